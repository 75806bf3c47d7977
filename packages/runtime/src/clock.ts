// Imported, since the global is a getter that looks it up each time.
import { performance } from 'node:perf_hooks';
import { BadArgumentError } from './errors.ts';
import { nextTurn } from './next-turn.ts';

/**
 * Time as the runtime sees it. Every wait in the runtime goes through one of these, so that a test can hold time still.
 */
export interface Clock {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /**
   * Calls `callback` once, `delayMs` from now or later. The runtime has at most one alarm set at a time.
   * `keepsAlive` says whether Node should stay up for it.
   */
  setAlarm(callback: () => void, delayMs: number, keepsAlive: boolean): ClockAlarm;
  /**
   * Calls `callback` once, soon: in the next turn of the loop. A clock has this if it is dear to read. Timers that are nearly
   * always taken back in the turn they were armed in, those of calls, then count from the end of that turn.
   */
  soon?(callback: () => void): void;
}

/** An alarm that has been set. Owned by who set it. */
export interface ClockAlarm {
  /** Makes Node stay up for the alarm, or not. */
  keepAlive(keepsAlive: boolean): void;
  /** Takes the alarm back. Does nothing once it has gone off. */
  cancel(): void;
}

/** The clock itself, or an error that says what one can do. */
export function checkClock(clock: unknown): Clock {
  const { now, setAlarm } = (clock ?? {}) as Partial<Clock>;
  if (typeof now === 'function' && typeof setAlarm === 'function') return clock as Clock;
  throw BadArgumentError.of('clock', 'an object with now and setAlarm', clock);
}

// Node's timers hold at most this many milliseconds; a longer wait fires early and is set again by the timer queue.
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** The machine's monotonic clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  soon: (callback) => nextTurn.ask(callback),
  setAlarm(callback, delayMs, keepsAlive) {
    const timeout = setTimeout(callback, Math.min(Math.ceil(delayMs), LONGEST_TIMEOUT_MS));
    if (!keepsAlive) timeout.unref();
    return {
      keepAlive: (keep) => void (keep ? timeout.ref() : timeout.unref()),
      cancel: () => clearTimeout(timeout),
    };
  },
};
