import { AsyncResource } from 'node:async_hooks';
import type { Clock, ClockAlarm } from '../clock.ts';
import { Ref } from '../ref.ts';

const outside = new AsyncResource('otp.TimerQueue');

/** The place of a timer that is not armed. */
export const UNARMED = -1;
/** The place of the first timer that is to be armed; the others follow downwards. */
const FIRST_TO_ARM = -2;

/**
 * One thing that is to happen at a time. Made, armed and cancelled through a `TimerQueue`.
 *
 * It gets its fields when it is armed; until then they are those of the prototype. There are many kinds of timers, most monitors
 * are never armed, and V8 is slow with a constructor that it has seen making many kinds.
 */
export abstract class Timer extends Ref {
  /** When it is due, on the clock of its queue. */
  declare dueAt: number;
  /** Its place in the queue's heap; -1 while it is not armed, and less among those that are to be armed. */
  declare place: number;
  /** Among timers of the same time, the one that was armed first fires first. */
  declare turn: number;
  /** Whether somebody waits for it, so that Node must not end before. */
  declare keepsAlive: boolean;

  static {
    Object.assign(Timer.prototype, { dueAt: 0, place: UNARMED, turn: 0, keepsAlive: false });
  }

  /** What happens when the time has come. */
  abstract fire(): void;

  /** Takes back one that may be armed in another runtime than that of the process which it ends with. */
  cancelElsewhere(): void {}
}

/**
 * All timers of a runtime, on one alarm of its clock: a binary heap, earliest first, in which each timer knows its place.
 *
 * Most timers are never due: call timeouts and read deadlines are cancelled. So cancelling leaves the alarm as it is, also
 * when no timer is left, and an alarm that finds nothing due only looks for the next one. It keeps Node alive only while
 * somebody waits.
 */
export class TimerQueue {
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  readonly #heap: Timer[] = [];
  /** Timers whose time begins when this turn of the loop is over; until then `dueAt` is how long it will be. */
  readonly #toArm: Timer[] = [];
  #asked = false;
  #turnBeganAt: number | undefined = undefined;
  #alarm: ClockAlarm | undefined = undefined;
  #alarmAt = Number.POSITIVE_INFINITY;
  #attended = 0;
  #lastTurn = 0;

  /** `onError` is told of what a timer throws. */
  constructor(clock: Clock, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#onError = onError;
  }

  /** How many timers are armed. */
  get size(): number {
    return this.#heap.length + this.#toArm.length;
  }

  /** The armed timers, in no order that means anything. */
  armed(): Timer[] {
    this.#armAll();
    return [...this.#heap];
  }

  /**
   * Arms the timer. `keepsAlive` says whether somebody is waiting for it, so that Node must not end before: true for a
   * call's or a receive's timeout, false for a timer that only looks after something else.
   */
  arm(timer: Timer, delayMs: number, keepsAlive: boolean): void {
    const now = this.#clock.now();
    // In whole ms: a fraction would cost each timer a number of its own.
    timer.dueAt = Math.ceil(now + delayMs);
    timer.turn = ++this.#lastTurn;
    // Most never do, and then have no field of their own for it.
    if (timer.keepsAlive !== keepsAlive) timer.keepsAlive = keepsAlive;
    this.#heap.push(timer);
    this.#rise(timer, this.#heap.length - 1);
    if (keepsAlive && ++this.#attended === 1) this.#alarm?.keepAlive(true);
    if (timer.dueAt < this.#alarmAt) this.#setAlarm(timer.dueAt, now);
  }

  /**
   * Arms a timer that somebody waits for and that will most likely be taken back before this turn of the loop is over. With a
   * clock that is dear to read, its time begins only then.
   */
  armSoon(timer: Timer, delayMs: number): void {
    if (this.#clock.soon === undefined) {
      this.arm(timer, delayMs, true);
      return;
    }
    timer.dueAt = delayMs;
    timer.place = FIRST_TO_ARM - this.#toArm.length;
    this.#toArm.push(timer);
    this.#askForEnd();
  }

  /** About now: with a clock that is dear to read, the time at which it was first asked for in this turn of the loop. */
  roughNow(): number {
    if (this.#clock.soon === undefined) return this.#clock.now();
    if (this.#turnBeganAt === undefined) {
      this.#turnBeganAt = this.#clock.now();
      this.#askForEnd();
    }
    return this.#turnBeganAt;
  }

  #askForEnd(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#clock.soon?.(this.#onTurnOver);
  }

  readonly #onTurnOver = (): void => {
    this.#asked = false;
    this.#turnBeganAt = undefined;
    this.#armAll();
  };

  #armAll(): void {
    if (this.#toArm.length === 0) return;
    for (const timer of this.#toArm.splice(0)) this.arm(timer, timer.dueAt, true);
  }

  /** Takes the timer back; answers whether it was still armed. One of another runtime's is left alone. */
  cancel(timer: Timer): boolean {
    const { place } = timer;
    if (place === UNARMED) return false;
    if (place <= FIRST_TO_ARM) {
      if (this.#toArm[FIRST_TO_ARM - place] !== timer) return false;
      this.#forget(timer);
      return true;
    }
    if (this.#heap[place] !== timer) return false;
    this.#remove(timer);
    return true;
  }

  /** How many whole ms are left; `undefined` if the timer is not armed. */
  remaining(timer: Timer): number | undefined {
    if (timer.place === UNARMED) return undefined;
    this.#armAll();
    return Math.max(0, Math.floor(timer.dueAt - this.#clock.now()));
  }

  /** Takes out a timer that is still to be armed; the last one takes its place. */
  #forget(timer: Timer): void {
    const last = this.#toArm.pop() as Timer;
    if (last !== timer) {
      this.#toArm[FIRST_TO_ARM - timer.place] = last;
      last.place = timer.place;
    }
    timer.place = UNARMED;
  }

  #remove(timer: Timer): void {
    const { place } = timer;
    const last = this.#heap.pop() as Timer;
    timer.place = UNARMED;
    if (last !== timer) {
      this.#rise(last, place);
      this.#sink(last, last.place);
    }
    if (timer.keepsAlive && --this.#attended === 0) this.#alarm?.keepAlive(false);
  }

  #rise(timer: Timer, from: number): void {
    const heap = this.#heap;
    let place = from;
    while (place > 0) {
      const above = heap[(place - 1) >> 1] as Timer;
      if (!isEarlier(timer, above)) break;
      heap[place] = above;
      above.place = place;
      place = (place - 1) >> 1;
    }
    heap[place] = timer;
    timer.place = place;
  }

  #sink(timer: Timer, from: number): void {
    const heap = this.#heap;
    let place = from;
    for (let below = 2 * place + 1; below < heap.length; below = 2 * place + 1) {
      const right = below + 1;
      if (right < heap.length && isEarlier(heap[right] as Timer, heap[below] as Timer)) below = right;
      const earliest = heap[below] as Timer;
      if (!isEarlier(earliest, timer)) break;
      heap[place] = earliest;
      earliest.place = place;
      place = below;
    }
    heap[place] = timer;
    timer.place = place;
  }

  #setAlarm(dueAt: number, now: number): void {
    this.#alarm?.cancel();
    this.#alarmAt = dueAt;
    const delayMs = Math.max(0, dueAt - now);
    // Nobody's: the alarm is for all timers, whoever happens to have armed the earliest.
    this.#alarm = outside.runInAsyncScope(
      setAlarm,
      undefined,
      this.#clock,
      this.#onAlarm,
      delayMs,
      this.#attended > 0,
    );
  }

  readonly #onAlarm = (): void => {
    this.#alarm = undefined;
    this.#alarmAt = Number.POSITIVE_INFINITY;
    const now = this.#clock.now();
    for (let timer = this.#heap[0]; timer !== undefined; timer = this.#heap[0]) {
      if (timer.dueAt > now) {
        if (timer.dueAt < this.#alarmAt) this.#setAlarm(timer.dueAt, now);
        return;
      }
      this.#remove(timer);
      try {
        timer.fire();
      } catch (error) {
        // The others are due all the same.
        this.#onError(error);
      }
    }
  };
}

function setAlarm(clock: Clock, onAlarm: () => void, delayMs: number, keepsAlive: boolean): ClockAlarm {
  return clock.setAlarm(onAlarm, delayMs, keepsAlive);
}

function isEarlier(one: Timer, other: Timer): boolean {
  return one.dueAt < other.dueAt || (one.dueAt === other.dueAt && one.turn < other.turn);
}
