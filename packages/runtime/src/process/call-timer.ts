import { excluding, including } from './few.ts';
import type { Process } from './process.ts';
import { Timer } from './timer-queue.ts';

/** A timer that calls a function for a process, and ends with it. */
export class CallTimer<Argument = undefined> extends Timer {
  readonly #process: Process;
  readonly #callback: (argument: Argument) => void;
  readonly #argument: Argument;

  constructor(process: Process, callback: (argument: Argument) => void, argument: Argument) {
    super();
    this.#process = process;
    this.#callback = callback;
    this.#argument = argument;
  }

  start(delayMs: number, keepsAlive = false): void {
    this.#process.extras.timers = including<Timer>(this.#process.timers, this);
    this.#process.kernel.timers.arm(this, delayMs, keepsAlive);
  }

  /** Takes the timer back: the ms that were left, or false if it has fired or its process has ended. */
  cancel(): number | false {
    const { timers } = this.#process.kernel;
    const left = timers.remaining(this);
    if (left === undefined) return false;
    timers.cancel(this);
    this.#process.extras.timers = excluding<Timer>(this.#process.timers, this);
    return left;
  }

  fire(): void {
    this.#process.extras.timers = excluding<Timer>(this.#process.timers, this);
    const process = this.#process;
    process.kernel.guard(() => process.within(this.#callback, this.#argument));
  }
}
