import { BadOptionError } from './errors.ts';

/** What the options of gen_tcp, ranch and Thousand Island are called here. By their names without case and `_`. */
const RENAMED: Readonly<Record<string, string>> = {
  handlermodule: 'handler',
  transportmodule: 'transport',
  numacceptors: 'acceptors',
  numconnections: 'maxConnections',
  numlistensockets: 'listenSockets',
  nodelay: 'noDelay',
  ip: 'host',
  ifaddr: 'host',
  address: 'host',
  hostname: 'host',
  inet6: 'host',
  ipv6v6only: 'ipv6Only',
  reuseport: 'listenSockets',
  reuseportlb: 'listenSockets',
  sendtimeoutclose: 'sendTimeout',
  postlistencallback: 'postListen',
  supervisoroptions: 'name',
  protocol: 'handler',
  protoopts: 'handlerOptions',
  shutdown: 'shutdownTimeout',
  unix: 'path',
  socket: 'path',
};

const NO_SOCKET_OPTION = 'Node.js has no way to set it';
const ALWAYS_BYTES = 'a handler is always given bytes, when they come';

/** What Node.js cannot do, and why; likewise. */
const IMPOSSIBLE: Readonly<Record<string, string>> = {
  linger: `${NO_SOCKET_OPTION}; a connection that is closed says goodbye first, for up to a second`,
  recbuf: `${NO_SOCKET_OPTION}; the kernel sizes it by itself (net.ipv4.tcp_rmem)`,
  sndbuf: `${NO_SOCKET_OPTION}; the kernel sizes it by itself (net.ipv4.tcp_wmem), and maxSendBuffer bounds what waits in Node.js`,
  buffer: `${NO_SOCKET_OPTION}; Node.js reads up to 64 KiB at a time`,
  tos: NO_SOCKET_OPTION,
  tclass: NO_SOCKET_OPTION,
  ttl: NO_SOCKET_OPTION,
  recvtos: NO_SOCKET_OPTION,
  recvtclass: NO_SOCKET_OPTION,
  recvttl: NO_SOCKET_OPTION,
  pktoptions: NO_SOCKET_OPTION,
  priority: NO_SOCKET_OPTION,
  raw: `${NO_SOCKET_OPTION}, nor any other by its number`,
  bindtodevice: `${NO_SOCKET_OPTION}; bind the address of the device (host)`,
  netns: `${NO_SOCKET_OPTION}; start the process in the namespace, or give it a socket from there (fd)`,
  dontroute: NO_SOCKET_OPTION,
  nopush: `${NO_SOCKET_OPTION}; what a callback sends goes out together at its end`,
  delaysend: `${NO_SOCKET_OPTION}; what a callback sends goes out together at its end`,
  highwatermark: 'send waits when more than 64 KiB wait, and maxSendBuffer is the bound',
  lowwatermark: 'send waits when more than 64 KiB wait, and maxSendBuffer is the bound',
  highmsgqwatermark: 'maxSendBuffer is the bound of what waits',
  lowmsgqwatermark: 'maxSendBuffer is the bound of what waits',
  readpacketsize: NO_SOCKET_OPTION,
  reuseaddr: 'Node.js sets it always',
  reuseaddress: 'Node.js sets it always',
  exclusiveaddruse: 'it is of Windows, and Node.js sets it as it sees fit',
  exclusive: 'a server under node:cluster shares its port as Node.js does it',
  debug: NO_SOCKET_OPTION,
  inetbackend: 'there is one, that of Node.js',
  tcpmodule: 'that is what a transport is: transport',
  active: 'reading pauses by itself while a handler is busy',
  exitonclose: 'an answer always gets out after the client has closed its side',
  allowhalfopen: 'an answer always gets out after the client has closed its side',
  halfopen: 'an answer always gets out after the client has closed its side',
  mode: `${ALWAYS_BYTES}; the mode of a Unix socket is socketMode`,
  header: ALWAYS_BYTES,
  deliver: ALWAYS_BYTES,
  binary: ALWAYS_BYTES,
  list: ALWAYS_BYTES,
  pauseonconnect: 'a socket is always paused until its handler is ready',
  genserveroptions: 'a process has no option but its name, which only one can have; init is given its Self',
  numconnssups: 'there is one supervisor of connections for each acceptor',
  connectiontype: 'a handler with startConnection starts what it likes, a supervisor too',
  logger: 'a server logs nothing itself; attach a Logger',
  transportoptions: "the options of where to listen are the server's own, those of TLS its transport's",
  socketopts: "the options of sockets are the server's own",
  signal: 'a server is stopped by its supervisor, or by stop()',
  readableall: 'the access to a Unix socket is its mode: socketMode',
  writableall: 'the access to a Unix socket is its mode: socketMode',
};

/** The error for an option that there is not: what it is called here, why it cannot be, or which there are. */
export function unknownOption(option: string, known: readonly string[]): BadOptionError {
  const key = option.replaceAll('_', '').toLowerCase();
  const name = known.find((each) => each.toLowerCase() === key) ?? entry(RENAMED, key);
  if (name !== undefined)
    return new BadOptionError(option, `there is no option ${option}: here it is called ${name}`);
  const why = entry(IMPOSSIBLE, key);
  if (why !== undefined) return new BadOptionError(option, `there cannot be an option ${option}: ${why}`);
  return new BadOptionError(option, `there is no option ${option}; there are ${known.join(', ')}`);
}

// What every object has by birth is no entry.
function entry(table: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
