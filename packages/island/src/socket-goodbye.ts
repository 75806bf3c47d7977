import type { Self } from '@thousand-island/runtime';
import type { SocketReader } from './socket-reader.ts';

/**
 * Waits until all that was sent has been taken (`drained`), or cannot be any more. Then it says goodbye to the client, and waits
 * `lingerMs` for it to do the same; what still comes is not looked at. If nothing was ever said, no last word can be lost: then
 * only an end in good order (`isClose`) waits. Undefined if nothing is to be waited for; rejects if what was sent is lost.
 */
export function sayGoodbye(
  reader: SocketReader,
  self: Self,
  lingerMs: number,
  isClose: boolean,
  drained: () => Promise<void>,
): Promise<void> | undefined {
  const lingers = lingerMs > 0 && reader.end?.kind !== 'closed' && (isClose || reader.raw.bytesWritten > 0);
  if (reader.raw.writableLength === 0) return lingers ? linger(reader, self, lingerMs) : undefined;
  const flushed = drained();
  return lingers ? flushed.then(() => linger(reader, self, lingerMs)) : flushed;
}

function linger(reader: SocketReader, self: Self, lingerMs: number): Promise<void> | undefined {
  const { raw } = reader;
  if (reader.end?.kind === 'closed' || raw.destroyed) return undefined;
  return new Promise((resolve) => {
    reader.awaitGoodbye(resolve);
    self.callAfter(lingerMs, resolve);
    raw.end();
    raw.resume();
  });
}
