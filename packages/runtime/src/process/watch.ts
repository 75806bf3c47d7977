import type { ExitReason } from '../exit-reason.ts';
import type { Address } from '../name.ts';
import { excluding, including } from './few.ts';
import { DownMessage, TaggedDownMessage } from './message.ts';
import type { Process } from './process.ts';
import { Timer } from './timer-queue.ts';

/**
 * Somebody's interest in the end of one process: a monitor, a call that waits for its answer, a promise of the end.
 *
 * While active it stands in the watched process' `watchers` and, if a process owns it, in that one's `watching`. Either
 * end takes it out of both, so that no watch outlives its two processes. It is a timer as well, since most waits are
 * bounded; one that is never armed waits for ever.
 *
 * Each kind sets `owner` and `target` by itself, for the reason that `Timer` has.
 */
export abstract class Watch extends Timer {
  declare owner: Process | undefined;
  declare target: Process | undefined;

  /** What happens when the target has ended. Called once, after the watch was taken out. */
  abstract down(reason: ExitReason): void;

  /** Starts watching. The target must be alive. */
  attach(target: Process): void {
    this.target = target;
    target.watchers = including<Watch>(target.watchers, this);
    if (this.owner !== undefined) {
      this.owner.watching = including<Watch>(this.owner.watching, this);
    }
  }

  /** Stops watching; answers whether it was still active. Nothing of this watch arrives later. */
  detach(): boolean {
    const target = this.target;
    if (target === undefined) return false;
    this.target = undefined;
    target.watchers = excluding<Watch>(target.watchers, this);
    this.forget();
    return true;
  }

  /** Takes it out of its owner's list alone: for a target that is being released. */
  forget(): void {
    if (this.owner !== undefined) this.owner.watching = excluding<Watch>(this.owner.watching, this);
  }
}

/** What else a monitor can do. OTP: `monitor/3`. */
export interface MonitorOptions {
  /**
   * Makes the reference an alias too: it can be sent to, and what is sent to it reaches the one who monitors.
   *
   * - `'explicitUnalias'`: until it is taken back by `unalias`;
   * - `'demonitor'`: as long as the monitor is active;
   * - `'replyDemonitor'`: the same, and the first message that comes by it ends both.
   */
  readonly alias?: 'explicitUnalias' | 'demonitor' | 'replyDemonitor';
  /** Tells of the end with a `TaggedDownMessage` that carries this. */
  readonly tag?: unknown;
}

/** A monitor: tells its owner with a `DownMessage`. */
export class Monitor extends Watch {
  readonly #object: Address;
  readonly #options: MonitorOptions | undefined;

  constructor(owner: Process, object: Address, options?: MonitorOptions) {
    super();
    this.owner = owner;
    this.target = undefined;
    this.#object = object;
    this.#options = options;
  }

  down(reason: ExitReason): void {
    const options = this.#options;
    this.owner?.deliver(
      options !== undefined && 'tag' in options
        ? new TaggedDownMessage(options.tag, this, this.#object, reason)
        : new DownMessage(this, this.#object, reason),
    );
  }

  /** Never armed: a monitor waits for ever. */
  fire(): void {}
}

/** How a bounded wait for the end of a process went. */
export type Ended = { readonly ended: true; readonly reason: ExitReason } | { readonly ended: false };

/** A watch that calls a function, once: with the reason of the end, or when the time it was armed for is up. */
export class EndWatch extends Watch {
  readonly #onSettled: (result: Ended) => void;

  constructor(owner: Process | undefined, onSettled: (result: Ended) => void) {
    super();
    this.owner = owner;
    this.target = undefined;
    this.#onSettled = onSettled;
  }

  /** Waits for the end of a process that lives, by the clock of its runtime; `Infinity` waits for ever. */
  begin(target: Process, timeoutMs: number): void {
    this.attach(target);
    if (timeoutMs !== Number.POSITIVE_INFINITY) target.kernel.timers.arm(this, timeoutMs, true);
  }

  down(reason: ExitReason): void {
    this.#onSettled({ ended: true, reason });
  }

  override cancelElsewhere(): void {
    this.target?.kernel.timers.cancel(this);
  }

  fire(): void {
    if (this.detach()) this.#onSettled({ ended: false });
  }
}
