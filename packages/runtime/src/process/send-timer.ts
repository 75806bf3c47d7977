import type { Address } from '../name.ts';
import { Pid } from '../pid.ts';
import { excluding, including } from './few.ts';
import type { Kernel } from './kernel.ts';
import { TimeoutMessage } from './message.ts';
import { type Process, processOf } from './process.ts';
import { Timer } from './timer-queue.ts';

/**
 * A timer that sends a message. It ends with the process it will send to; a name is looked up when the time has come.
 * OTP: `send_after/3`, `start_timer/3`.
 */
export class SendTimer extends Timer {
  readonly #kernel: Kernel;
  readonly #to: Address;
  readonly #message: unknown;
  readonly #target: Process | undefined;

  /** `wrapped` sends a `TimeoutMessage` that names this timer, so that a timeout can be told from an older one. */
  constructor(kernel: Kernel, to: Address, message: unknown, wrapped: boolean) {
    super();
    this.#kernel = kernel;
    this.#to = to;
    this.#message = wrapped ? new TimeoutMessage(this, message) : message;
    this.#target = to instanceof Pid ? processOf(to) : undefined;
  }

  /** Arms the timer; for a pid that is dead already nothing is armed, since nobody will be there. */
  start(delayMs: number): void {
    if (this.#target !== undefined) {
      this.#target.timers = including(this.#target.timers, this);
    } else if (this.#to instanceof Pid) return;
    this.#kernel.timers.arm(this, delayMs, true);
  }

  /** Takes the timer back: the ms that were left, or false if it has fired or never was. */
  cancel(): number | false {
    const left = this.#kernel.timers.remaining(this);
    if (left === undefined) return false;
    this.#kernel.timers.cancel(this);
    this.#forget();
    return left;
  }

  fire(): void {
    this.#forget();
    this.#kernel.find(this.#to)?.deliver(this.#message);
  }

  #forget(): void {
    if (this.#target !== undefined) this.#target.timers = excluding(this.#target.timers, this);
  }
}
