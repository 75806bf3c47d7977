import type { Self } from '@thousand-island/runtime';
import type { SocketReader } from './socket-reader.ts';

/**
 * Says goodbye to the client and waits, `lingerMs` at most, for it to do the same; what still comes is not looked at. Undefined
 * if it has done so already.
 */
export function linger(reader: SocketReader, self: Self, lingerMs: number): Promise<void> | undefined {
  const { raw } = reader;
  if (reader.end !== undefined || raw.destroyed) return undefined;
  return new Promise((resolve) => {
    reader.onGoodbye = resolve;
    self.callAfter(lingerMs, resolve);
    raw.end();
    raw.resume();
  });
}
