/** As much may have been read ahead of the handler before reading is paused, in bytes. */
export const READ_HIGH_WATER = 1024 * 1024;

/**
 * The bytes that were read and not yet handled, in the chunks they came in. Pure: whoever reads puts them in.
 */
export class Inbox {
  /** How many bytes wait. */
  length = 0;
  // Nearly always there is one chunk or none, and an idle connection is to cost no list.
  #first: Buffer | undefined = undefined;
  #others: Buffer[] | undefined = undefined;

  get isEmpty(): boolean {
    return this.#first === undefined;
  }

  push(chunk: Buffer): void {
    this.length += chunk.length;
    if (this.#first === undefined) this.#first = chunk;
    else if (this.#others === undefined) this.#others = [chunk];
    else this.#others.push(chunk);
  }

  /** Takes the oldest chunk as it came. */
  shift(): Buffer | undefined {
    const chunk = this.#first;
    if (chunk === undefined) return undefined;
    this.length -= chunk.length;
    this.#first = this.#others?.shift();
    if (this.#others?.length === 0) this.#others = undefined;
    return chunk;
  }

  /** Takes exactly `count` bytes, or all there are if `count` is 0; undefined if there are not enough. */
  take(count: number): Buffer | undefined {
    if (this.#first === undefined || this.length < count) return undefined;
    const all = this.#others === undefined ? this.#first : Buffer.concat([this.#first, ...this.#others]);
    this.#others = undefined;
    if (count === 0 || count === all.length) {
      this.#first = undefined;
      this.length = 0;
      return all;
    }
    this.#first = all.subarray(count);
    this.length -= count;
    return all.subarray(0, count);
  }
}
