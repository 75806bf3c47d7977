import { BadArgumentError } from '@thousand-island/runtime';

/**
 * How bytes are cut on their way: as they were sent; all that is there in one piece; what was sent in pieces of so many at
 * most; or pieces of exactly these sizes, for which the wire waits, and as they were sent behind the last one.
 */
export type Pieces = 'asSent' | 'merged' | number | readonly number[];

/** One direction of a connection in memory, and what can befall it. */
export interface MemoryDirection {
  /** Lets nothing through until `release()`: neither bytes nor the end. */
  hold(): void;
  /** Lets through what `hold()` has held back, and what comes. */
  release(): void;
  /** Cuts what is not through yet, and what comes, in another way. */
  setPieces(pieces: Pieces): void;
  /** Breaks the connection for both sides (ECONNRESET) when so many bytes more have come through; 0 breaks it now. */
  cutAfter(bytes: number): void;
  /** Has every write from now on fail with this code, such as `'EPIPE'`. */
  failWrites(code: string): void;
}

/** An error as Node makes them: `write EPIPE`, with `code` and `syscall`. */
export function systemError(syscall: string, code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}

interface Write {
  rest: Buffer;
  readonly done: (error?: Error) => void;
}

/**
 * Bytes on their way from one side to the other. Like a kernel it takes so many, and has the writer wait for the rest; what
 * there is to read is told in a turn of the loop, a piece a turn. It knows no time.
 */
export class Wire implements MemoryDirection {
  /** How many bytes it has taken. */
  taken = 0;
  readonly #capacity: number;
  readonly #chunks: Buffer[] = [];
  readonly #writes: Write[] = [];
  readonly #onBroken: () => void;
  #length = 0;
  #pieces: Pieces = 'asSent';
  #nextSize = 0;
  #left = Number.POSITIVE_INFINITY;
  #isHeld = false;
  #isEnded = false;
  #endCode: string | undefined = undefined;
  #isClosed = false;
  #failure: string | undefined = undefined;
  #isTold = false;
  #onReadable: (() => void) | undefined = undefined;

  constructor(capacity: number, onBroken: () => void) {
    this.#capacity = capacity;
    this.#onBroken = onBroken;
  }

  /** Takes bytes, of which it makes a copy; `done` is called when it has taken all, in a later turn. */
  write(bytes: Uint8Array, done: (error?: Error) => void): void {
    const code = this.#failure ?? (this.#isClosed || this.#isEnded ? 'EPIPE' : undefined);
    if (code !== undefined) {
      setImmediate(done, systemError('write', code));
      return;
    }
    this.#writes.push({ rest: Buffer.from(bytes), done });
    this.#fill();
  }

  /** The writer has said all it had to say; or, with a code, broke off, which the reader is told behind what is under way. */
  end(code?: string): void {
    this.#isEnded = true;
    this.#endCode = code;
    for (const { done } of this.#writes.splice(0)) setImmediate(done, systemError('write', 'EPIPE'));
    this.#tell();
  }

  /** What broke the writer off; undefined if it has said all it had to say. */
  get endCode(): string | undefined {
    return this.#endCode;
  }

  /** Whether anything is under way. */
  get isEmpty(): boolean {
    return this.#length === 0 && this.#writes.length === 0;
  }

  /** Whether a write waits for room. */
  get isFull(): boolean {
    return this.#writes.length > 0;
  }

  /** Nobody reads any more: what is under way is gone, and so is what is written from now on. */
  close(): void {
    this.#isClosed = true;
    this.#chunks.length = 0;
    this.#length = 0;
    this.#onReadable = undefined;
    for (const { done } of this.#writes.splice(0)) setImmediate(done, systemError('write', 'ECONNRESET'));
  }

  /** Tells once, in a later turn, when `take` would answer something. */
  whenReadable(onReadable: () => void): void {
    this.#onReadable = onReadable;
    this.#tell();
  }

  /** The next piece; `'end'` when no more will come; undefined if there is none yet. */
  take(): Buffer | 'end' | undefined {
    if (this.#isHeld || this.#isClosed) return undefined;
    const size = this.#pieceSize();
    if (size === undefined) return this.#isEnded && this.#length === 0 ? 'end' : undefined;
    const piece = this.#cut(Math.min(size, this.#left));
    this.#left -= piece.length;
    if (this.#left === 0) setImmediate(this.#onBroken);
    this.#fill();
    return piece;
  }

  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    this.#tell();
  }

  setPieces(pieces: Pieces): void {
    const sizes = [pieces].flat();
    const isWord = pieces === 'asSent' || pieces === 'merged';
    if (!isWord && (sizes.length === 0 || sizes.some((size) => !Number.isInteger(size) || Number(size) < 1)))
      throw BadArgumentError.of('pieces', "'asSent', 'merged', or sizes >= 1", pieces);
    this.#pieces = pieces;
    this.#nextSize = 0;
    this.#tell();
  }

  cutAfter(bytes: number): void {
    if (!Number.isInteger(bytes) || bytes < 0)
      throw BadArgumentError.of('bytes', 'a whole number >= 0', bytes);
    this.#left = bytes;
    if (bytes === 0) this.#onBroken();
  }

  failWrites(code: string): void {
    if (typeof code !== 'string' || code === '')
      throw BadArgumentError.of('code', "that of an error, such as 'EPIPE'", code);
    this.#failure = code;
  }

  #fill(): void {
    for (let write = this.#writes[0]; write !== undefined; write = this.#writes[0]) {
      const room = this.#capacity - this.#length;
      const part = write.rest.subarray(0, Math.max(room, 0));
      if (part.length > 0) this.#chunks.push(part);
      this.#length += part.length;
      this.taken += part.length;
      write.rest = write.rest.subarray(part.length);
      if (write.rest.length > 0) break;
      this.#writes.shift();
      setImmediate(write.done);
    }
    this.#tell();
  }

  #tell(): void {
    if (this.#isTold || this.#onReadable === undefined) return;
    if (this.#isHeld || (this.#pieceSize() === undefined && !(this.#isEnded && this.#length === 0))) return;
    this.#isTold = true;
    setImmediate(() => {
      this.#isTold = false;
      const onReadable = this.#onReadable;
      this.#onReadable = undefined;
      onReadable?.();
    });
  }

  /** How long the next piece is; undefined if it is not there yet. */
  #pieceSize(): number | undefined {
    if (this.#length === 0 || this.#left === 0) return undefined;
    const pieces = this.#pieces;
    if (pieces === 'merged') return this.#length;
    const sent = this.#chunks[0]?.length ?? 0;
    if (typeof pieces === 'number') return Math.min(pieces, sent);
    const size = pieces === 'asSent' ? undefined : pieces[this.#nextSize];
    if (size === undefined) return sent;
    // What is not through at the end comes as it is; what the wire cannot hold at once, too.
    const isAll = this.#isEnded || this.#length >= this.#capacity;
    return this.#length >= size ? size : isAll ? this.#length : undefined;
  }

  #cut(size: number): Buffer {
    const all = this.#chunks[0]?.length === size ? this.#chunks[0] : Buffer.concat(this.#chunks);
    this.#length -= size;
    this.#nextSize++;
    if (all.length === size) {
      this.#chunks.splice(0, all === this.#chunks[0] ? 1 : this.#chunks.length);
      return all;
    }
    for (let left = size; left > 0; ) {
      const [first] = this.#chunks as [Buffer];
      if (first.length > left) this.#chunks[0] = first.subarray(left);
      else this.#chunks.shift();
      left -= first.length;
    }
    return all.subarray(0, size);
  }
}
