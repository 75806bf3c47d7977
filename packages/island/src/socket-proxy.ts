import type { Self } from '@thousand-island/runtime';
import { IslandError, ProxyProtocolError } from './errors.ts';
import type { ProxyHeader } from './proxy/proxy-header.ts';
import type { ProxyReading } from './proxy/proxy-header-reader.ts';
import type { ProxyPolicy } from './proxy-options.ts';
import type { Socket } from './socket.ts';

/** What is known of a connection's beginning when no more of it is needed. */
type Clear = Exclude<ProxyReading, { readonly kind: 'more' }>;

/**
 * Whether a connection has to be read from for a header. From a source that is not trusted, nothing is read: it is refused if a
 * header is required, since it can have none that would be believed; if not, its connection is taken as it comes, and a
 * header is data like any other.
 */
export function expectsProxyHeader(socket: Socket, policy: ProxyPolicy): boolean {
  return policy.isRequired || trusts(policy, socket);
}

/**
 * Reads the PROXY header that a connection begins with, and believes it. Rejects with `ProxyProtocolError` if there
 * has to be one and is none in `timeoutMs`, or if what there is may not be; with `SocketError` if the connection broke.
 */
export async function readProxyHeader(
  socket: Socket,
  self: Self,
  policy: ProxyPolicy,
  timeoutMs: number,
): Promise<void> {
  if (!trusts(policy, socket)) throw untrusted(socket);
  const reading = await read(socket, self, policy, timeoutMs);
  switch (reading.kind) {
    case 'header':
      socket.reader.putBack(reading.rest);
      believe(socket, reading.header);
      return;
    case 'absent':
      if (policy.isRequired) {
        const message = `the connection does not begin with a PROXY header, or not within ${timeoutMs} ms`;
        throw new ProxyProtocolError('missing', message);
      }
      socket.reader.putBack(reading.rest);
      return;
    case 'rejected':
      throw reading.error;
    default:
      reading satisfies never;
  }
}

function trusts({ trusted }: ProxyPolicy, socket: Socket): boolean {
  if (trusted === undefined) return true;
  const peer = socket.peername();
  // A client over a Unix socket has no address; nor has one that is gone, which makes no difference any more.
  if (peer === undefined || peer.family === 'Unix') return trusted.trustsUnix;
  return trusted.has(peer.address);
}

function untrusted(socket: Socket): ProxyProtocolError {
  const peer = socket.peername();
  const who = peer?.family === 'Unix' ? 'a client of a Unix socket' : (peer?.address ?? 'a nameless client');
  return new ProxyProtocolError('untrusted', `${who} is none of the trusted sources of PROXY headers`);
}

/** Reads until it is clear whether there is a header: at the latest when the client has closed, or the time is up. */
async function read(socket: Socket, self: Self, policy: ProxyPolicy, timeoutMs: number): Promise<Clear> {
  const reader = policy.newReader();
  const deadline = self.now + timeoutMs;
  for (;;) {
    const chunk = await more(socket, Math.max(0, Math.ceil(deadline - self.now)));
    const reading = chunk === undefined ? reader.end() : reader.push(chunk);
    if (reading.kind !== 'more') return reading;
  }
}

/** What comes next; undefined if the client has closed, or nothing has come in time. */
function more(socket: Socket, timeoutMs: number): Promise<Buffer | undefined> {
  return socket.reader.recv(0, timeoutMs).catch((error: unknown) => {
    const code = error instanceof IslandError ? error.code : undefined;
    if (code === 'ISLAND_RECV_TIMEOUT' || code === 'ISLAND_SOCKET_CLOSED') return undefined;
    throw error;
  });
}

/** Addresses of datagrams cannot be those of this connection: as haproxy does, the header's are then left aside. */
function believe(socket: Socket, header: ProxyHeader): void {
  const isStream =
    header.transport !== 'udp4' && header.transport !== 'udp6' && header.transport !== 'unixDgram';
  socket.proxyHeader = isStream ? header : { ...header, source: undefined, destination: undefined };
}
