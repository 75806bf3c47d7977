import { RecvTimeoutError } from './errors.ts';

/** As much may have been read ahead of the handler before reading is paused, in bytes. */
export const READ_HIGH_WATER = 1024 * 1024;

/**
 * The bytes that were read and not yet handled, in the chunks they came in. Pure: whoever reads puts them in.
 */
export class Inbox {
  /** How many bytes wait. */
  length = 0;
  readonly #chunks: Buffer[] = [];

  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.length += chunk.length;
  }

  /** Takes the oldest chunk as it came. */
  shift(): Buffer | undefined {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) this.length -= chunk.length;
    return chunk;
  }

  /** Takes exactly `count` bytes, or all there are if `count` is 0; undefined if there are not enough. */
  take(count: number): Buffer | undefined {
    if (this.length === 0 || this.length < count) return undefined;
    const [first] = this.#chunks;
    const all = this.#chunks.length === 1 ? (first as Buffer) : Buffer.concat(this.#chunks, this.length);
    this.#chunks.length = 0;
    if (count === 0 || count === all.length) {
      this.length = 0;
      return all;
    }
    this.#chunks.push(all.subarray(count));
    this.length -= count;
    return all.subarray(0, count);
  }
}

/** One `recv` that waits for bytes. */
export interface PendingRecv {
  readonly count: number;
  readonly resolve: (data: Buffer) => void;
  readonly reject: (error: Error) => void;
}

export function recvTimeout(count: number, timeoutMs: number, waiting: number): RecvTimeoutError {
  const wanted = count === 0 ? 'nothing' : `${waiting} of ${count} bytes`;
  return new RecvTimeoutError(`${wanted} came within ${timeoutMs} ms`);
}
