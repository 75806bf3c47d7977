import type { Process } from './process.ts';
import { Timer } from './timer-queue.ts';

/** A timer that calls a function for a process, and ends with it. */
export class CallTimer extends Timer {
  readonly #process: Process;
  readonly #callback: () => void;

  constructor(process: Process, callback: () => void) {
    super();
    this.#process = process;
    this.#callback = callback;
  }

  start(delayMs: number, keepsAlive = false): void {
    this.#process.timers ??= new Set();
    this.#process.timers.add(this);
    this.#process.kernel.timers.arm(this, delayMs, keepsAlive);
  }

  /** Takes the timer back: the ms that were left, or false if it has fired or its process has ended. */
  cancel(): number | false {
    const { timers } = this.#process.kernel;
    const left = timers.remaining(this);
    if (left === undefined) return false;
    timers.cancel(this);
    this.#process.timers?.delete(this);
    return left;
  }

  fire(): void {
    this.#process.timers?.delete(this);
    this.#process.kernel.guard(this.#callback);
  }
}
