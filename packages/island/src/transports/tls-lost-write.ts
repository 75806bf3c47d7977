import type { TLSSocket } from 'node:tls';
import type { RawSocket } from '../transport.ts';

/**
 * Node writes session tickets by itself, and loses the error if the client has reset meanwhile. It then takes that write for one
 * that is under way, and every later one waits behind it, for ever. A reset would still be noticed by reading, but not behind the
 * client's close_notify, after which Node reads no more (`TLSWrap::OnStreamRead`; seen up to Node 26). So that is when it is
 * looked at: a write that TLS waits for and that the socket below knows nothing of is lost, and so is the connection.
 */
export function endIfWriteIsLost(secured: TLSSocket, raw: RawSocket): void {
  if (lostBytes(secured, raw) === 0) return;
  const written = raw.bytesWritten;
  // A write that was done at once is told of in the next turn of the loop: one that is still there then is not.
  setImmediate(() =>
    setImmediate(() => {
      if (lostBytes(secured, raw) === 0) return;
      if (raw.bytesWritten !== written) {
        // Behind a lost one nothing is written any more: this is another, which may have been done just now.
        endIfWriteIsLost(secured, raw);
        return;
      }
      const text = 'the client has reset the connection while it was sent its session tickets';
      secured.destroy(Object.assign(new Error(text), { code: 'ECONNRESET' }));
    }),
  );
}

/** How many bytes wait in TLS although nothing waits below it. */
function lostBytes(secured: TLSSocket, raw: RawSocket): number {
  return waitingIn(raw) > 0 ? 0 : waitingIn(secured);
}

function waitingIn(socket: RawSocket): number {
  const { _handle: handle } = socket as { readonly _handle?: { readonly writeQueueSize?: number } | null };
  return handle?.writeQueueSize ?? 0;
}
