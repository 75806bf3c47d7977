import { BadArgumentError } from '@thousand-island/runtime';
import { type Framing, frameHeader } from './framing/framing.ts';
import type { RawSocket } from './transport.ts';

/** What can be sent: text as UTF-8, bytes, or several of these in one go. */
export type SendData = string | Uint8Array | readonly (string | Uint8Array)[];

/** So many characters may wait as text: what comes behind them waits as bytes, and so does a longer text. */
const UNCOUNTED_TEXT = 16 * 1024;

/** What `send` answers when nobody needs to wait: one promise for all, which a caller can tell by identity. @internal */
export const SENT: Promise<void> = Promise.resolve();

/** Whether this is what `send` answers when nobody needs to wait. @internal */
export function isSent(value: unknown): boolean {
  return value === SENT;
}

/** Gives data to Node; as one frame if there is framing. Throws `FrameTooLargeError` if its header cannot tell its length. */
export function writeTo(raw: RawSocket, data: SendData, framing: Framing | undefined): void {
  const header = framing === undefined ? undefined : frameHeader(framing, byteLength(data));
  if (header === undefined) {
    writeParts(raw, data);
    return;
  }
  raw.cork();
  raw.write(header);
  writeParts(raw, data);
  raw.uncork();
}

/** Several parts go out in one piece. */
function writeParts(raw: RawSocket, data: SendData): void {
  if (typeof data === 'string') {
    if (data.length > 0) raw.write(isCounted(raw, data) ? data : Buffer.from(data));
    return;
  }
  if (data instanceof Uint8Array) {
    if (data.length > 0) raw.write(data);
    return;
  }
  // All of it before any of it goes out: the client is not to be sent one half of something.
  byteLength(data);
  raw.cork();
  for (const part of data) writeParts(raw, part);
  raw.uncork();
}

/** Whether it makes no difference that Node counts text that waits by its characters, of which each may be three bytes. */
function isCounted(raw: RawSocket, text: string): boolean {
  return text.length + raw.writableLength <= UNCOUNTED_TEXT;
}

/** Lets out what has waited for more to go with, however often it was told to. */
export function uncork(raw: RawSocket): void {
  while (raw.writableCorked > 0) raw.uncork();
}

/** How many bytes data is. */
export function byteLength(data: SendData): number {
  if (typeof data === 'string') return Buffer.byteLength(data);
  if (data instanceof Uint8Array) return data.byteLength;
  if (!Array.isArray(data)) throw BadArgumentError.of('data', 'a string, bytes or a list of these', data);
  return data.reduce((sum: number, part: SendData) => sum + byteLength(part), 0);
}

/** Those who await it see the rejection; for those who do not, the connection's own end tells. @internal */
export function rejected<Value>(error: Error): Promise<Value> {
  return handled(Promise.reject(error));
}

/** A promise whose rejection nobody has to look at. @internal */
export function handled<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}
