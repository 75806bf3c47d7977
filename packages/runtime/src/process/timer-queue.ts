import type { Clock, ClockAlarm } from '../clock.ts';
import { Ref } from '../ref.ts';

/** One thing that is to happen at a time. Made, armed and cancelled through a `TimerQueue`. */
export abstract class Timer extends Ref {
  /** When it is due, on the clock of its queue. */
  dueAt = 0;
  /** @internal The list the timer stands in while it is armed. */
  list: TimerList | undefined = undefined;
  /** @internal */
  before: Timer | undefined = undefined;
  /** @internal */
  after: Timer | undefined = undefined;

  /** What happens when the time has come. */
  abstract fire(): void;
}

/**
 * The timers of one duration. Since the clock never goes back they are due in the order they were armed, so that arming
 * and cancelling cost the same however many there are.
 * @internal
 */
class TimerList {
  readonly durationMs: number;
  readonly keepsAlive: boolean;
  first: Timer | undefined = undefined;
  last: Timer | undefined = undefined;

  constructor(durationMs: number, keepsAlive: boolean) {
    this.durationMs = durationMs;
    this.keepsAlive = keepsAlive;
  }

  append(timer: Timer): void {
    timer.list = this;
    timer.before = this.last;
    timer.after = undefined;
    if (this.last === undefined) this.first = timer;
    else this.last.after = timer;
    this.last = timer;
  }

  remove(timer: Timer): void {
    if (timer.before === undefined) this.first = timer.after;
    else timer.before.after = timer.after;
    if (timer.after === undefined) this.last = timer.before;
    else timer.after.before = timer.before;
    timer.list = timer.before = timer.after = undefined;
  }
}

/**
 * All timers of a runtime, on one alarm of its clock.
 *
 * Most timers are never due: call timeouts and read deadlines are cancelled. So cancelling leaves the alarm as it is, and an
 * alarm that finds nothing due only looks for the next one. There are few durations, so they are searched one by one.
 */
export class TimerQueue {
  /** How many timers are armed. */
  size = 0;
  readonly #clock: Clock;
  readonly #lists = new Map<number, TimerList>();
  readonly #unattended = new Map<number, TimerList>();
  #alarm: ClockAlarm | undefined = undefined;
  #alarmAt = Number.POSITIVE_INFINITY;
  #attended = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Arms the timer. `keepsAlive` says whether somebody is waiting for it, so that Node must not end before: true for a
   * call's or a receive's timeout, false for a timer that only looks after something else.
   */
  arm(timer: Timer, delayMs: number, keepsAlive: boolean): void {
    const lists = keepsAlive ? this.#lists : this.#unattended;
    let list = lists.get(delayMs);
    if (list === undefined) {
      list = new TimerList(delayMs, keepsAlive);
      lists.set(delayMs, list);
    }
    const now = this.#clock.now();
    timer.dueAt = now + delayMs;
    list.append(timer);
    this.size++;
    if (keepsAlive && ++this.#attended === 1) this.#alarm?.keepAlive(true);
    if (timer.dueAt < this.#alarmAt) this.#setAlarm(timer.dueAt, now);
  }

  /** Takes the timer back; answers whether it was still armed. */
  cancel(timer: Timer): boolean {
    if (timer.list === undefined) return false;
    this.#remove(timer, timer.list);
    return true;
  }

  /** How many ms are left, rounded up; `undefined` if the timer is not armed. */
  remaining(timer: Timer): number | undefined {
    if (timer.list === undefined) return undefined;
    return Math.max(0, Math.ceil(timer.dueAt - this.#clock.now()));
  }

  #remove(timer: Timer, list: TimerList): void {
    list.remove(timer);
    this.size--;
    if (list.keepsAlive && --this.#attended === 0) this.#alarm?.keepAlive(false);
    if (this.size === 0) this.#clearAlarm();
  }

  #setAlarm(dueAt: number, now: number): void {
    this.#alarm?.cancel();
    this.#alarmAt = dueAt;
    this.#alarm = this.#clock.setAlarm(this.#onAlarm, Math.max(0, dueAt - now), this.#attended > 0);
  }

  #clearAlarm(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#alarmAt = Number.POSITIVE_INFINITY;
  }

  readonly #onAlarm = (): void => {
    this.#alarm = undefined;
    this.#alarmAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    // Each due timer is taken from the earliest list, so that timers of all durations fire in the order of their time.
    for (let list = this.#earliest(); list?.first !== undefined; list = this.#earliest()) {
      const timer = list.first;
      if (timer.dueAt > now) {
        if (timer.dueAt < this.#alarmAt) this.#setAlarm(timer.dueAt, now);
        return;
      }
      this.#remove(timer, list);
      timer.fire();
    }
  };

  #earliest(): TimerList | undefined {
    let earliest: TimerList | undefined;
    for (const lists of [this.#lists, this.#unattended]) {
      for (const [durationMs, list] of lists) {
        // A list is kept while its duration is in use; odd durations come and go.
        if (list.first === undefined) lists.delete(durationMs);
        else if (earliest?.first === undefined || list.first.dueAt < earliest.first.dueAt) earliest = list;
      }
    }
    return earliest;
  }
}
