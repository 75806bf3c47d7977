/** How much is read in one go at most, as Node has it. */
const READ_SIZE = 64 * 1024;
/** A smaller chunk is copied out: that costs less than a buffer for each, and nobody keeps memory that it does not fill. */
const GIVEN_FROM = READ_SIZE / 2;
/** So many connections at most are read into buffers of their own, since one that then rests keeps its buffer. */
const MOST_OWNERS = 64;

/**
 * The memory that sockets are read into. All share one buffer, and what has come is copied out of it at once: a message then
 * takes as much memory as it is long, where Node takes 64 KiB for each and gives most of it back. A connection that brings
 * much at a time gets a buffer of its own, which is given away with what is in it and replaced.
 */
export class ReadBuffers {
  /** What is read into until something else is said. */
  readonly shared: Buffer = Buffer.allocUnsafeSlow(READ_SIZE);
  readonly #owners = new Set<object>();

  /** What a read has left in the first `length` bytes of `buffer`, to be kept: if it is not the shared one, nobody may read into it again. */
  take(buffer: Buffer, length: number): Buffer {
    if (buffer === this.shared || length < GIVEN_FROM) return this.copy(buffer, length);
    return length === buffer.length ? buffer : buffer.subarray(0, length);
  }

  /** The same, where it is not sure that the next read will be into another buffer. */
  copy(buffer: Buffer, length: number): Buffer {
    const chunk = Buffer.allocUnsafe(length);
    buffer.copy(chunk, 0, 0, length);
    return chunk;
  }

  /** Where the same connection is to be read into next. */
  next(owner: object, length: number): Buffer {
    if (length < GIVEN_FROM) this.release(owner);
    else if (this.#owners.has(owner) || this.#owners.size < MOST_OWNERS) {
      this.#owners.add(owner);
      return Buffer.allocUnsafeSlow(READ_SIZE);
    }
    return this.shared;
  }

  /** Nothing more is read into a buffer of its own: another connection may have one. */
  release(owner: object): void {
    if (this.#owners.size > 0) this.#owners.delete(owner);
  }
}
