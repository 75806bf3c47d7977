import { HandshakeError, UnsupportedUpgradeError } from './errors.ts';
import type { SocketReader } from './socket-reader.ts';
import type { RawSocket, Transport } from './transport.ts';

/** What both ends do together before they talk over a transport; answers what is talked over from then on. */
export type Exchange = (raw: RawSocket) => Promise<RawSocket>;

/** How a connection is switched from one transport to another. Throws `UnsupportedUpgradeError` if it cannot be. */
export function upgradeBetween(from: Transport, to: Transport): Exchange {
  // What is secured once stays so: nothing that was promised to the client is taken back.
  if (to.upgrade === undefined || from.isSecure === true)
    throw new UnsupportedUpgradeError(`a connection cannot be switched from ${from.name} to ${to.name}`);
  return to.upgrade;
}

/** Gives the raw socket to the transport for the exchange. Throws, or rejects with, `HandshakeError`. */
export function exchange(reader: SocketReader, transport: Transport, begin: Exchange): Promise<RawSocket> {
  const { raw } = reader;
  if (reader.end !== undefined || raw.destroyed) {
    const message = 'the client was gone before the handshake';
    throw new HandshakeError('closed', message, { cause: reader.endError() });
  }
  reader.letGo();
  return begin.call(transport, raw);
}
