const FIRST_CAPACITY = 8;
// An emptied queue larger than this is given back: a burst must not be paid for by an idle process ever after.
const KEPT_CAPACITY = 1024;

/**
 * The messages that wait for one process, oldest first: a ring in an array whose size is a power of two.
 *
 * A process has one only since a second message has had to wait, or somebody has looked among them: see `Process`.
 */
export class Mailbox {
  length = 0;
  #ring: unknown[] = new Array(FIRST_CAPACITY);
  #head = 0;

  push(message: unknown): void {
    if (this.length === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.length++) & (this.#ring.length - 1)] = message;
  }

  /** Takes the oldest message. Only to be asked while `length > 0`. */
  shift(): unknown {
    this.length--;
    const ring = this.#ring;
    const head = this.#head;
    const message = ring[head];
    ring[head] = undefined;
    this.#head = (head + 1) & (ring.length - 1);
    if (this.length === 0 && ring.length > KEPT_CAPACITY) this.clear();
    return message;
  }

  /** Puts messages back in front of all others, in their own order. */
  unshift(messages: readonly unknown[]): void {
    for (let index = messages.length - 1; index >= 0; index--) {
      if (this.length === this.#ring.length) this.#grow();
      this.#head = (this.#head - 1) & (this.#ring.length - 1);
      this.#ring[this.#head] = messages[index];
      this.length++;
    }
  }

  #grow(): void {
    this.#ring = unrolled(this.#ring, this.#head);
    this.#head = 0;
  }

  /** Takes the oldest message at or after position `from` that matches, and answers it as a one-element list. */
  take(matches: (message: unknown) => boolean, from = 0): [unknown] | undefined {
    const index = this.find(matches, from);
    return index < 0 ? undefined : [this.takeAt(index)];
  }

  /** The position of the oldest message at or after position `from` that matches; -1 if none does. */
  find(matches: (message: unknown) => boolean, from: number): number {
    for (let index = from; index < this.length; index++) if (matches(this.at(index))) return index;
    return -1;
  }

  /** Takes the message in this position. */
  takeAt(index: number): unknown {
    const message = this.at(index);
    // The older messages move up by one: what is taken is mostly near the front.
    const ring = this.#ring;
    const mask = ring.length - 1;
    for (let i = index; i > 0; i--) ring[(this.#head + i) & mask] = ring[(this.#head + i - 1) & mask];
    this.shift();
    return message;
  }

  at(index: number): unknown {
    return this.#ring[(this.#head + index) & (this.#ring.length - 1)];
  }

  clear(): void {
    this.length = 0;
    this.#ring = new Array(FIRST_CAPACITY);
    this.#head = 0;
  }

  toArray(): unknown[] {
    return Array.from({ length: this.length }, (_, index) => this.at(index));
  }
}

/** A ring twice as large, with the oldest message first. */
function unrolled(ring: unknown[], head: number): unknown[] {
  const { length } = ring;
  const larger = new Array<unknown>(length * 2);
  for (let index = 0; index < length; index++) larger[index] = ring[(head + index) & (length - 1)];
  return larger;
}
