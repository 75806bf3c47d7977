/** A chunk shorter than this that comes behind others is copied, so that tiny chunks do not cost more than their bytes. */
const SMALL_CHUNK = 1024;
const SPARE_SIZE = 4096;
/** The used-up front of the list of chunks is cut off when it is this long, and longer than the rest. */
const USED_UP_MANY = 32;
const NOTHING = Buffer.alloc(0);

/**
 * Bytes that come in chunks and are taken in other pieces. A piece that lies within one chunk is a view of it, any other is
 * copied once; bytes that were handed out are never written to again. All work is linear in the bytes, however they are cut.
 */
export class ByteQueue {
  /** How many bytes wait. */
  length = 0;
  #chunks: Buffer[] = [];
  /** The chunks before it are used up. */
  #first = 0;
  /** How much of the first chunk was taken. */
  #offset = 0;
  /** What the last chunk is the beginning of, if small chunks are gathered there. */
  #spare: Buffer | undefined = undefined;

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.length += chunk.length;
    if (chunk.length < SMALL_CHUNK && this.#chunks.length > this.#first) this.#gather(chunk);
    else {
      this.#spare = undefined;
      this.#chunks.push(chunk);
    }
  }

  /** Answers the byte at `index`, which must be less than `length`. Meant for the first few. */
  at(index: number): number {
    let at = index + this.#offset;
    for (let which = this.#first; which < this.#chunks.length; which += 1) {
      const chunk = this.#chunks[which] as Buffer;
      if (at < chunk.length) return chunk[at] as number;
      at -= chunk.length;
    }
    throw new RangeError(`there is no byte ${index} among ${this.length}`);
  }

  /** Takes what is left of the oldest chunk; undefined if nothing is there. */
  shift(): Buffer | undefined {
    const chunk = this.#chunks[this.#first];
    return chunk === undefined ? undefined : this.take(chunk.length - this.#offset);
  }

  /** Takes exactly `count` bytes, of which there must be as many. */
  take(count: number): Buffer {
    const chunk = this.#chunks[this.#first];
    if (count === 0 || chunk === undefined) return NOTHING;
    this.length -= count;
    const end = this.#offset + count;
    if (end < chunk.length) {
      const piece = chunk.subarray(this.#offset, end);
      this.#offset = end;
      return piece;
    }
    if (end === chunk.length) {
      const piece = this.#offset === 0 ? chunk : chunk.subarray(this.#offset);
      this.#next();
      return piece;
    }
    return this.#join(count);
  }

  /** Takes `count` bytes, of which there must be as many, and forgets them. */
  skip(count: number): void {
    this.length -= count;
    let left = count;
    while (left > 0) {
      const rest = (this.#chunks[this.#first] as Buffer).length - this.#offset;
      if (left < rest) {
        this.#offset += left;
        return;
      }
      left -= rest;
      this.#next();
    }
  }

  /** Answers the index of the first `byte` from the index `from` on; -1 if there is none. Costs nothing for what is before. */
  indexOf(byte: number, from: number): number {
    let which = this.#chunks.length;
    let before = this.length;
    while (which > this.#first && before > from) {
      which -= 1;
      before -= (this.#chunks[which] as Buffer).length;
    }
    for (; which < this.#chunks.length; which += 1) {
      const chunk = this.#chunks[which] as Buffer;
      const found = chunk.indexOf(byte, Math.max(from - before, 0));
      if (found !== -1) return before + found;
      before += chunk.length;
    }
    return -1;
  }

  #join(count: number): Buffer {
    const joined = Buffer.allocUnsafe(count);
    let filled = 0;
    while (filled < count) {
      const chunk = this.#chunks[this.#first] as Buffer;
      const copied = chunk.copy(joined, filled, this.#offset);
      filled += copied;
      if (this.#offset + copied === chunk.length) this.#next();
      else this.#offset += copied;
    }
    return joined;
  }

  /** Writes behind the last chunk, where nobody has been given anything. */
  #gather(chunk: Buffer): void {
    const last = this.#chunks.length - 1;
    const used = this.#spare === undefined ? SPARE_SIZE : (this.#chunks[last] as Buffer).length;
    if (this.#spare === undefined || chunk.length > this.#spare.length - used) {
      this.#spare = Buffer.allocUnsafeSlow(SPARE_SIZE);
      chunk.copy(this.#spare);
      this.#chunks.push(this.#spare.subarray(0, chunk.length));
    } else {
      chunk.copy(this.#spare, used);
      this.#chunks[last] = this.#spare.subarray(0, used + chunk.length);
    }
  }

  #next(): void {
    this.#offset = 0;
    // A used-up chunk is not kept until the list is cut.
    this.#chunks[this.#first] = NOTHING;
    this.#first += 1;
    if (this.#first === this.#chunks.length) this.#clear();
    else if (this.#first >= USED_UP_MANY && this.#first * 2 > this.#chunks.length) {
      this.#chunks.splice(0, this.#first);
      this.#first = 0;
    }
  }

  #clear(): void {
    this.#chunks.length = 0;
    this.#first = 0;
    this.#offset = 0;
    this.#spare = undefined;
  }
}
