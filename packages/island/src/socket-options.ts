import { BadOptionError } from './errors.ts';
import type { IslandEvents } from './events.ts';
import { type Framing, type FramingOptions, framingOf } from './framing/framing.ts';
import { boolean, type Check, INFINITY, timeout, whole } from './option-checks.ts';
import type { ProxyPolicy } from './proxy-options.ts';
import type { RawSocket, Transport } from './transport.ts';

/** What can be changed while a connection is open. OTP: `inet:setopts/2`. Times are in ms. */
export interface SocketOptions extends FramingOptions {
  /** Whether small writes go out at once. */
  readonly noDelay?: boolean;
  /** Whether the kernel asks a silent client if it is still there; a number is how long it is silent before, in ms. */
  readonly keepAlive?: boolean | number;
  /** How long a client may take nothing of what is sent before the socket is closed. */
  readonly sendTimeout?: number | 'infinity';
  /** How many bytes can wait for the client before the socket is closed. */
  readonly maxSendBuffer?: number;
}

/** What a socket has to know of its server, and its options, complete: the server's configuration until one is changed. */
export interface SocketSettings {
  /** What is talked over. */
  readonly transport: Transport;
  readonly events: IslandEvents;
  readonly handler: object;
  readonly readTimeout: number;
  /** How long it may take until the connection can be talked over. */
  readonly handshakeTimeout: number;
  readonly sendTimeout: number;
  readonly maxSendBuffer: number;
  readonly noDelay: boolean;
  readonly keepAlive: boolean | number;
  /** Undefined if what comes is not cut into frames. */
  readonly framing: Framing | undefined;
  /** Undefined if connections do not begin with a header. */
  readonly proxyProtocol: ProxyPolicy | undefined;
}

/** Why an option that other sockets have cannot be set here. */
const REFUSED: Readonly<Record<string, string>> = {
  active: 'reading is paused while a callback runs, and goes on after it',
  buffer: 'Node decides how much is read at once',
  exitOnClose: 'an answer is still sent when the client has closed its side',
  header: "what recv and handleData give are bytes; use packet, or recv(count)'s exact count",
  highWatermark: 'it is called maxSendBuffer',
  keepalive: 'it is called keepAlive',
  linger: 'Node cannot set SO_LINGER; close() of a result waits for what was sent',
  mode: 'what comes are always bytes',
  nodelay: 'it is called noDelay',
  packet_size: 'it is called packetSize',
  line_delimiter: 'it is called lineDelimiter',
  priority: 'Node cannot set SO_PRIORITY',
  raw: 'Node cannot set what it has no name for',
  readTimeout:
    "it is the connection's, not the socket's: continueAs({ persistentTimeout }), or recv's timeout",
  recbuf: 'Node cannot set SO_RCVBUF of a TCP socket',
  reuseaddr: 'it is for what listens, and Node always sets it',
  send_timeout: 'it is called sendTimeout',
  sndbuf: 'Node cannot set SO_SNDBUF of a TCP socket',
  tclass: 'Node cannot set IPV6_TCLASS',
  tos: 'Node cannot set IP_TOS',
  ttl: 'Node cannot set IP_TTL of a TCP socket',
};

const KNOWN: readonly (keyof SocketOptions)[] = [
  'noDelay',
  'keepAlive',
  'sendTimeout',
  'maxSendBuffer',
  'packet',
  'packetSize',
  'lineDelimiter',
];

export function keepAlive(option: string, value: unknown): boolean | number {
  if (typeof value === 'boolean') return value;
  // Node counts in seconds, and takes less than one for none.
  if (typeof value === 'number' && Number.isInteger(value) && value >= 1_000) return value;
  throw BadOptionError.of(option, 'a boolean or a whole number of ms >= 1000', value);
}

/** Tells Node what has changed of what is Node's to do. */
export function applySettings(raw: RawSocket, before: SocketSettings, after: SocketSettings): void {
  if (after.noDelay !== before.noDelay) raw.setNoDelay?.(after.noDelay);
  if (after.keepAlive !== before.keepAlive) setKeepAlive(raw, after.keepAlive);
}

/** Tells Node; a stream that lies over no kernel has nothing to be kept alive. */
export function setKeepAlive(raw: RawSocket, value: boolean | number): void {
  raw.setKeepAlive?.(value !== false, typeof value === 'number' ? value : 0);
}

/** Answers how what comes is cut into frames; undefined if not at all. Throws `BadOptionError`. */
export function framingOrRaw(options: FramingOptions): Framing | undefined {
  const framing = framingOf(options);
  return framing.packet === 'raw' ? undefined : framing;
}

/** Answers the settings with some of them changed. Throws `BadOptionError`; then none is. */
export function changedSettings(settings: SocketSettings, options: SocketOptions): SocketSettings {
  if (typeof options !== 'object' || options === null)
    throw BadOptionError.of('options', 'an object', options);
  for (const option of Object.keys(options)) checkName(option);
  const given = options as Readonly<Record<string, unknown>>;
  const read = <Value>(option: string, present: Value, check: Check<Value>): Value => {
    return given[option] === undefined ? present : check(option, given[option]);
  };
  return {
    ...settings,
    noDelay: read('noDelay', settings.noDelay, boolean),
    keepAlive: read('keepAlive', settings.keepAlive, keepAlive),
    sendTimeout: read('sendTimeout', settings.sendTimeout, timeout),
    maxSendBuffer: read('maxSendBuffer', settings.maxSendBuffer, whole(0, INFINITY)),
    framing: changedFraming(settings.framing, options),
  };
}

/** What is not said stays as it is, as far as it means something with the new `packet`. */
function changedFraming(present: Framing | undefined, options: SocketOptions): Framing | undefined {
  const isSaid =
    options.packet !== undefined || options.packetSize !== undefined || options.lineDelimiter !== undefined;
  if (!isSaid) return present;
  const { packet = present?.packet ?? 'raw' } = options;
  const packetSize = options.packetSize ?? (packet === 'raw' ? undefined : sizeOf(present));
  const lineDelimiter = options.lineDelimiter ?? (packet === 'line' ? present?.lineDelimiter : undefined);
  return framingOrRaw({
    packet,
    ...(packetSize === undefined ? {} : { packetSize }),
    ...(lineDelimiter === undefined ? {} : { lineDelimiter }),
  });
}

/** The settings as `setopts` would take them. */
export function optionsOf(settings: SocketSettings): SocketOptions {
  const { noDelay, keepAlive, sendTimeout, maxSendBuffer, framing } = settings;
  const packetSize = sizeOf(framing);
  return {
    noDelay,
    keepAlive,
    sendTimeout: sendTimeout === INFINITY ? 'infinity' : sendTimeout,
    maxSendBuffer,
    packet: framing?.packet ?? 'raw',
    ...(packetSize === undefined ? {} : { packetSize }),
    ...(framing?.packet === 'line' ? { lineDelimiter: framing.lineDelimiter } : {}),
  };
}

function sizeOf(framing: Framing | undefined): number | 'infinity' | undefined {
  return framing?.packetSize === INFINITY ? 'infinity' : framing?.packetSize;
}

function checkName(option: string): void {
  if ((KNOWN as readonly string[]).includes(option)) return;
  const why = Object.hasOwn(REFUSED, option) ? ` (${REFUSED[option]})` : '';
  throw new BadOptionError(option, `a socket has no option ${option}${why}; it has ${KNOWN.join(', ')}`);
}
