import { HandshakeError, UnsupportedUpgradeError } from './errors.ts';
import type { SocketReader } from './socket-reader.ts';
import type { RawSocket, Transport } from './transport.ts';

/** What both ends do together before they talk over a transport; answers what is talked over from then on. */
export type Exchange = (raw: RawSocket) => Promise<RawSocket>;

export type OnFailed = (error: Error) => void;

/** How a connection is switched from one transport to another. Throws `UnsupportedUpgradeError` if it cannot be. */
export function upgradeBetween(from: Transport, to: Transport): Exchange {
  // What is secured once stays so: nothing that was promised to the client is taken back.
  if (to.upgrade === undefined || from.isSecure === true)
    throw new UnsupportedUpgradeError(`a connection cannot be switched from ${from.name} to ${to.name}`);
  return to.upgrade;
}

/**
 * Gives the raw socket to the transport for the exchange. When that is over, the reader goes on with what is talked over from then on,
 * and `onDone` is called, or `onFailed`. Throws, or fails with, `HandshakeError`.
 */
export function exchange(
  reader: SocketReader,
  transport: Transport,
  begin: Exchange,
  onDone: () => void,
  onFailed: OnFailed,
): void {
  const { raw } = reader;
  if (reader.end !== undefined || raw.destroyed) throw gone('before the handshake', reader.endError());
  const before = reader.letGo();
  void begin.call(transport, raw).then((after) => {
    // In the time that it takes to hear of the handshake's end, the end of the connection may have come.
    if (after.destroyed) {
      onFailed(gone('at the end of the handshake'));
      return;
    }
    reader.goOnWith(after, before);
    if (raw.destroyed) after.destroy();
    onDone();
  }, onFailed);
}

function gone(when: string, cause?: Error): HandshakeError {
  return new HandshakeError('closed', `the client was gone ${when}`, cause && { cause });
}
