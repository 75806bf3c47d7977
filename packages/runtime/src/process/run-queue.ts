import type { Process } from './process.ts';

const FIRST_CAPACITY = 64;

/** Processes that wait for their turn, in the order they came: a ring whose size is a power of two. */
export class RunQueue {
  length = 0;
  #ring: (Process | undefined)[] = new Array(FIRST_CAPACITY);
  #head = 0;

  push(process: Process): void {
    process.scheduled = true;
    if (this.length === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.length++) & (this.#ring.length - 1)] = process;
  }

  /** The process that has waited longest. Only to be asked while `length > 0`. */
  shift(): Process {
    const process = this.#ring[this.#head] as Process;
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.length--;
    process.scheduled = false;
    return process;
  }

  #grow(): void {
    const old = this.#ring;
    const ring = new Array<Process | undefined>(old.length * 2);
    for (let index = 0; index < old.length; index++)
      ring[index] = old[(this.#head + index) & (old.length - 1)];
    this.#ring = ring;
    this.#head = 0;
  }
}
