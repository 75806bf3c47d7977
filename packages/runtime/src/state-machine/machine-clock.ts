import type { AnyActorRef } from 'xstate';
import { excluding, including } from '../process/few.ts';
import type { Process } from '../process/process.ts';
import type { Self } from '../process/self.ts';
import { Timer } from '../process/timer-queue.ts';

type Clock = AnyActorRef['system']['_clock'];

/** Time as a machine sees it: the runtime's, with timers that end with the process and go off as its messages. */
export class MachineClock implements Clock {
  /** The process whose time this is. */
  readonly self: Self;

  constructor(self: Self) {
    this.self = self;
  }

  get now(): number {
    return this.self.now;
  }

  setTimeout(callback: () => void, delayMs: number): Wake {
    const wake = new Wake(this.self.process, callback);
    wake.start(delayMs);
    return wake;
  }

  clearTimeout(wake: Wake): void {
    wake.cancel();
  }
}

/**
 * A time that a machine waits for: first a timer, then, when it is due, a message. So it keeps its turn among the other
 * messages, and one that was cancelled while it waited in the mailbox does nothing.
 */
export class Wake extends Timer {
  readonly #process: Process;
  #callback: (() => void) | undefined;

  constructor(process: Process, callback: () => void) {
    super();
    this.#process = process;
    this.#callback = callback;
  }

  start(delayMs: number): void {
    const process = this.#process;
    this.dueAt = process.kernel.clock.now() + delayMs;
    if (!process.alive || delayMs === Number.POSITIVE_INFINITY) return;
    if (!(delayMs > 0)) {
      this.#goOffNow();
      return;
    }
    process.extras.timers = including<Timer>(process.timers, this);
    process.kernel.timers.arm(this, Math.ceil(delayMs), true);
  }

  cancel(): void {
    this.#callback = undefined;
    this.#process.kernel.timers.cancel(this);
    this.#process.extras.timers = excluding<Timer>(this.#process.timers, this);
  }

  fire(): void {
    this.#process.extras.timers = excluding<Timer>(this.#process.timers, this);
    this.#process.deliver(this);
  }

  // OTP: a time of 0 is no timer, but comes before every message that waits; several come in the order they were set.
  #goOffNow(): void {
    const process = this.#process;
    const due: unknown[] = [];
    while (process.waiting > 0 && process.oldest instanceof Wake) due.push(process.takeNext());
    due.push(this);
    process.putFirst(due);
    if (!process.scheduled && process.isReady()) process.kernel.scheduler.requestSoon(process);
  }

  /** What the machine wanted to be done at this time; nothing, if it has changed its mind. */
  handle(): void {
    const callback = this.#callback;
    this.#callback = undefined;
    callback?.();
  }
}
