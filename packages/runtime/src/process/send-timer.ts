import { checkFlag, checkOptions } from '../arguments.ts';
import { BadArgumentError } from '../errors.ts';
import { type Address, checkAddress } from '../name.ts';
import { Pid } from '../pid.ts';
import { excluding, including } from './few.ts';
import type { Kernel } from './kernel.ts';
import { TimeoutMessage } from './message.ts';
import { type Process, processOf } from './process.ts';
import { Timer } from './timer-queue.ts';

/** How the time of a timer is meant. */
export interface TimerOptions {
  /** The time is a moment on the runtime's clock, and not a delay. */
  readonly abs?: boolean;
}

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
      this.#target.extras.timers = including(this.#target.timers, this);
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

  override cancelElsewhere(): void {
    this.#kernel.timers.cancel(this);
  }

  fire(): void {
    this.#forget();
    // A keeper of names may throw, and nobody is there to be told but those who look on.
    const target = this.#target ?? this.#kernel.guard(() => this.#kernel.find(this.#to));
    target?.deliver(this.#message);
  }

  #forget(): void {
    if (this.#target !== undefined) this.#target.extras.timers = excluding(this.#target.timers, this);
  }
}

/** OTP: `send_after/4` and, `wrapped`, `start_timer/4`. */
export function startSendTimer(
  kernel: Kernel,
  timeMs: number,
  to: Address,
  message: unknown,
  wrapped: boolean,
  options: TimerOptions | undefined,
): SendTimer {
  if (options !== undefined) checkFlag('abs', checkOptions('a timer', options, ['abs']).abs);
  const timer = new SendTimer(kernel, checkAddress(to), message, wrapped);
  timer.start(options?.abs === true ? delayUntil(kernel, timeMs) : checkDelay(timeMs));
  return timer;
}

/** A delay that can be meant, or an error. */
export function checkDelay(delayMs: unknown): number {
  if (typeof delayMs === 'number' && Number.isInteger(delayMs) && delayMs >= 0) return delayMs;
  throw BadArgumentError.of('delayMs', 'a whole number of ms >= 0', delayMs);
}

function delayUntil(kernel: Kernel, timeMs: unknown): number {
  if (typeof timeMs === 'number' && Number.isFinite(timeMs)) return Math.max(0, timeMs - kernel.clock.now());
  throw BadArgumentError.of('an absolute time', 'a finite number of ms', timeMs);
}
