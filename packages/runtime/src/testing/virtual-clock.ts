import type { Clock, ClockAlarm } from '../clock.ts';

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

  now(): number {
    return this.#now;
  }

  setAlarm(callback: () => void, delayMs: number): ClockAlarm {
    const alarm = { callback, at: this.#now + delayMs };
    this.#alarms.add(alarm);
    return { keepAlive: () => {}, cancel: () => void this.#alarms.delete(alarm) };
  }

  /** When the next alarm goes off, in ms from now; undefined if none is set. */
  get nextIn(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.at - this.#now;
  }

  /**
   * Lets `ms` pass: what is due on the way happens at its own time, in order, and processes have settled in between.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) {
      this.#now = Math.max(this.#now, next.at);
      this.#alarms.delete(next);
      next.callback();
      await settle();
    }
    this.#now = end;
  }

  #next(): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of this.#alarms) if (first === undefined || alarm.at < first.at) first = alarm;
    return first;
  }
}

/**
 * Waits until everything that is going on of itself has happened: messages handled, promises settled. It lets Node's loop
 * go round a few times, and so does not wait for sockets or for time.
 */
export async function settle(turns = 5): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
}
