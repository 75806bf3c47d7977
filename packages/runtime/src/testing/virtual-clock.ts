import type { Clock, ClockAlarm } from '../clock.ts';
import { BadArgumentError } from '../errors.ts';
import { settle } from './settle.ts';

interface Alarm {
  readonly callback: () => void;
  readonly at: number;
}

/**
 * A clock that stands still until it is told to go on. Give it to a `Runtime`, and every timeout, timer and restart
 * window of its processes is in the test's hands.
 *
 * @example
 * ```ts
 * const clock = new VirtualClock();
 * const runtime = new Runtime({ clock });
 * const waiting = runtime.spawn(async (self) => {
 *   await self.receive({ timeout: 60_000 });
 * });
 * await settle();
 * await clock.advance(60_000);
 * runtime.isAlive(waiting); // => false
 * ```
 */
export class VirtualClock implements Clock {
  #now = 0;
  readonly #alarms = new Set<Alarm>();
  readonly #settle: () => Promise<void>;

  /** `settled` is waited for whenever time stands still for a moment; a few turns of Node's loop unless said. */
  constructor(settled: () => Promise<void> = settle) {
    this.#settle = settled;
  }

  now(): number {
    return this.#now;
  }

  setAlarm(callback: () => void, delayMs: number): ClockAlarm {
    const alarm = { callback, at: this.#now + delayMs };
    this.#alarms.add(alarm);
    return { keepAlive: () => {}, cancel: () => void this.#alarms.delete(alarm) };
  }

  /** When the next alarm goes off, in ms from now; undefined if none is set. It may find that nothing is due any more. */
  get nextIn(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.at - this.#now;
  }

  /**
   * Lets `ms` pass: what is due on the way happens at its own time, in order, and processes have settled in between. If it is
   * called while another is under way, each counts from when it was called. `BadArgumentError` for what is no time.
   */
  async advance(ms: number): Promise<void> {
    if (typeof ms !== 'number' || !Number.isFinite(ms) || ms < 0)
      throw BadArgumentError.of('ms', 'a number of ms >= 0', ms);
    const end = this.#now + ms;
    await this.#settle();
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      this.#now = Math.max(this.#now, next.at);
      this.#alarms.delete(next);
      next.callback();
      await this.#settle();
    }
    // Another one may have gone further meanwhile, and time does not go back.
    this.#now = Math.max(this.#now, end);
  }

  #next(): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of this.#alarms) if (first === undefined || alarm.at < first.at) first = alarm;
    return first;
  }
}
