import { checkTimeout } from '../process/call.ts';
import { excluding, including } from '../process/few.ts';
import type { Process } from '../process/process.ts';
import { Timer } from '../process/timer-queue.ts';

/** The time a callback has asked for is up. Sent to the server itself; one that is not the latest is stale. */
export class IdleTimeout extends Timer {
  readonly delayMs: number;
  readonly #process: Process;

  private constructor(process: Process, delayMs: number) {
    super();
    this.#process = process;
    this.delayMs = delayMs;
  }

  /** Begins to wait for a process; undefined if that is for ever. */
  static arm(process: Process, delayMs: number): IdleTimeout | undefined {
    if (checkTimeout(delayMs) === Number.POSITIVE_INFINITY) return undefined;
    const idle = new IdleTimeout(process, delayMs);
    // OTP: 0 means after the messages that are there already, each of which takes the timeout back.
    if (delayMs === 0) idle.fire();
    else {
      process.extras.timers = including<Timer>(process.timers, idle);
      process.kernel.timers.arm(idle, delayMs, true);
    }
    return idle;
  }

  fire(): void {
    this.#process.deliver(this);
  }

  /** It is waited for no longer. One that has been sent already is stale. */
  takeBack(): void {
    this.#process.kernel.timers.cancel(this);
    this.#process.extras.timers = excluding<Timer>(this.#process.timers, this);
  }
}

/** A message as `handleInfo` is given it. */
export function plain(message: unknown): unknown {
  return message instanceof IdleTimeout ? 'timeout' : message;
}
