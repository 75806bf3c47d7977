const FIRST_CAPACITY = 8;
// An emptied queue larger than this is given back: a burst must not be paid for by an idle process ever after.
const KEPT_CAPACITY = 1024;

/**
 * The messages that wait for one process, oldest first.
 *
 * A ring in an array whose size is a power of two. The array is made only when a second message is waiting, so that an
 * idle process, or one that is served message by message, costs none.
 */
export class Mailbox {
  length = 0;
  #only: unknown = undefined;
  #ring: unknown[] | undefined = undefined;
  #head = 0;

  push(message: unknown): void {
    if (this.#ring === undefined) {
      if (this.length === 0) {
        this.#only = message;
        this.length = 1;
        return;
      }
      this.#ring = new Array(FIRST_CAPACITY);
      this.#ring[0] = this.#only;
      this.#only = undefined;
      this.#head = 0;
    } else if (this.length === this.#ring.length) {
      this.#ring = this.#copy(this.length * 2);
    }
    this.#ring[(this.#head + this.length++) & (this.#ring.length - 1)] = message;
  }

  /** Takes the oldest message. Only to be asked while `length > 0`. */
  shift(): unknown {
    this.length--;
    const ring = this.#ring;
    if (ring === undefined) {
      const message = this.#only;
      this.#only = undefined;
      return message;
    }
    const head = this.#head;
    const message = ring[head];
    ring[head] = undefined;
    this.#head = (head + 1) & (ring.length - 1);
    if (this.length === 0 && ring.length > KEPT_CAPACITY) this.#ring = undefined;
    return message;
  }

  /** Puts messages back in front of all others, in their own order. */
  unshift(messages: readonly unknown[]): void {
    const all = [...messages, ...this.toArray()];
    this.clear();
    for (const message of all) this.push(message);
  }

  /** Takes the oldest message at or after position `from` that matches, and answers it as a one-element list. */
  take(matches: (message: unknown) => boolean, from = 0): [unknown] | undefined {
    for (let index = from; index < this.length; index++) {
      const message = this.at(index);
      if (!matches(message)) continue;
      this.#removeAt(index);
      return [message];
    }
    return undefined;
  }

  at(index: number): unknown {
    const ring = this.#ring;
    return ring === undefined ? this.#only : ring[(this.#head + index) & (ring.length - 1)];
  }

  clear(): void {
    this.length = 0;
    this.#only = undefined;
    this.#ring = undefined;
    this.#head = 0;
  }

  toArray(): unknown[] {
    return Array.from({ length: this.length }, (_, index) => this.at(index));
  }

  #removeAt(index: number): void {
    const ring = this.#ring;
    if (ring !== undefined) {
      const mask = ring.length - 1;
      // The older messages move up by one: what is taken is mostly near the front.
      for (let i = index; i > 0; i--) ring[(this.#head + i) & mask] = ring[(this.#head + i - 1) & mask];
    }
    this.shift();
  }

  #copy(capacity: number): unknown[] {
    const ring = new Array(capacity);
    for (let index = 0; index < this.length; index++) ring[index] = this.at(index);
    this.#head = 0;
    return ring;
  }
}
