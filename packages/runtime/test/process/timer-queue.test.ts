import fc from 'fast-check';
import type { Clock } from '../../src/index.ts';
import { Timer, TimerQueue } from '../../src/process/timer-queue.ts';
import { VirtualClock } from '../../src/testing/index.ts';

/** A timer that notes its number and the time at which it fires. */
class Note extends Timer {
  readonly number: number;
  readonly #fired: (number: number) => void;

  constructor(number: number, fired: (number: number) => void) {
    super();
    this.number = number;
    this.#fired = fired;
  }

  fire(): void {
    this.#fired(this.number);
  }
}

/** A clock with one alarm, which the test sets off itself: for what the virtual clock does not tell. */
class AlarmClock implements Clock {
  time = 0;
  alarm: { callback: () => void; delayMs: number; keepsAlive: boolean } | undefined = undefined;
  alarmsSet = 0;

  now(): number {
    return this.time;
  }

  setAlarm(callback: () => void, delayMs: number, keepsAlive: boolean) {
    const alarm = { callback, delayMs, keepsAlive };
    this.alarm = alarm;
    this.alarmsSet++;
    return {
      keepAlive(keep: boolean) {
        alarm.keepsAlive = keep;
      },
      cancel: () => {
        if (this.alarm === alarm) this.alarm = undefined;
      },
    };
  }

  goOff(time: number): void {
    this.time = time;
    const { alarm } = this;
    this.alarm = undefined;
    alarm?.callback();
  }
}

/** None of these timers throws. */
function onError(error: unknown): never {
  throw error;
}

const plan = fc.array(
  fc.record({
    // Few durations and many, so that timers share a list or have one of their own.
    delayMs: fc.oneof(fc.constantFrom(0, 5, 50), fc.integer({ min: 0, max: 200 })),
    keepsAlive: fc.boolean(),
    waitMs: fc.integer({ min: 0, max: 20 }),
    cancels: fc.option(fc.nat(40), { nil: undefined }),
  }),
  { maxLength: 40 },
);

test('timers fire at their time, in its order, and cancelled ones never do [M-16]', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async (steps) => {
      const clock = new VirtualClock();
      const queue = new TimerQueue(clock, onError);
      const timers: Note[] = [];
      const expected = new Map<number, number>();
      const fired: (readonly [number, number])[] = [];
      for (const [number, { delayMs, keepsAlive, waitMs, cancels }] of steps.entries()) {
        const timer = new Note(number, (which) => fired.push([which, clock.now()]));
        timers.push(timer);
        expected.set(number, clock.now() + delayMs);
        queue.arm(timer, delayMs, keepsAlive);
        const cancelled = cancels === undefined ? undefined : timers[cancels];
        if (cancelled !== undefined) {
          const pending =
            expected.has(cancelled.number) && !fired.some(([which]) => which === cancelled.number);
          expect(queue.cancel(cancelled)).toBe(pending);
          if (pending) expected.delete(cancelled.number);
        }
        await clock.advance(waitMs);
      }
      await clock.advance(200);
      expect(queue.size).toBe(0);
      expect(clock.nextIn).toBeUndefined();
      expect(fired.map(([, at]) => at)).toEqual(fired.map(([, at]) => at).sort((one, other) => one - other));
      expect(new Map(fired)).toEqual(expected);
    }),
    { numRuns: 30 },
  );
});

describe('the alarm', () => {
  test('is set for the earliest timer alone, and not again for later ones', () => {
    const clock = new AlarmClock();
    const queue = new TimerQueue(clock, onError);
    for (const delayMs of [50, 60, 70, 50]) queue.arm(new Note(0, () => {}), delayMs, true);
    expect(clock).toMatchObject({ alarmsSet: 1, alarm: { delayMs: 50 } });
    queue.arm(new Note(1, () => {}), 10, true);
    expect(clock).toMatchObject({ alarmsSet: 2, alarm: { delayMs: 10 } });
  });

  test('that goes off before anything is due fires nothing and is set again', () => {
    const clock = new AlarmClock();
    const queue = new TimerQueue(clock, onError);
    const fired: number[] = [];
    queue.arm(new Note(7, (number) => fired.push(number)), 100, true);
    clock.goOff(99.5);
    expect(fired).toEqual([]);
    expect(clock.alarm?.delayMs).toBe(0.5);
    clock.goOff(100);
    expect(fired).toEqual([7]);
  });

  test('stays when the last timer is taken back, but keeps nobody up', () => {
    const clock = new AlarmClock();
    const queue = new TimerQueue(clock, onError);
    const timer = new Note(0, () => {});
    queue.arm(timer, 10, true);
    expect(queue.cancel(timer)).toBe(true);
    expect(queue.cancel(timer)).toBe(false);
    expect(clock.alarm?.keepsAlive).toBe(false);
  });

  test('keeps Node alive only as long as somebody waits for a timer', () => {
    const clock = new AlarmClock();
    const queue = new TimerQueue(clock, onError);
    const [looksAfter, waitedFor] = [new Note(0, () => {}), new Note(1, () => {})];
    queue.arm(looksAfter, 10, false);
    expect(clock.alarm?.keepsAlive).toBe(false);
    queue.arm(waitedFor, 20, true);
    expect(clock.alarm?.keepsAlive).toBe(true);
    queue.cancel(waitedFor);
    expect(clock.alarm?.keepsAlive).toBe(false);
  });

  test('serves timers that are armed while others fire', () => {
    const clock = new AlarmClock();
    const queue = new TimerQueue(clock, onError);
    const fired: number[] = [];
    const again = new Note(2, (number) => fired.push(number));
    queue.arm(
      new Note(1, (number) => {
        fired.push(number);
        queue.arm(again, 5, true);
      }),
      10,
      true,
    );
    clock.goOff(10);
    expect(clock.alarm?.delayMs).toBe(5);
    clock.goOff(15);
    expect(fired).toEqual([1, 2]);
    expect(queue.size).toBe(0);
  });
});

test('remaining answers how many whole ms are left, and nothing for a timer that is not armed', () => {
  const clock = new AlarmClock();
  const queue = new TimerQueue(clock, onError);
  const timer = new Note(0, () => {});
  expect(queue.remaining(timer)).toBeUndefined();
  queue.arm(timer, 10, true);
  clock.time = 0.25;
  expect(queue.remaining(timer)).toBe(9);
  clock.time = 99;
  expect(queue.remaining(timer)).toBe(0);
});

test('a timer that throws keeps none of the others from firing, and is told of', () => {
  const clock = new AlarmClock();
  const errors: unknown[] = [];
  const queue = new TimerQueue(clock, (error) => errors.push(error));
  const fired: number[] = [];
  const failure = new Error('a timer has thrown');
  const bad = new Note(0, () => {
    throw failure;
  });
  queue.arm(bad, 1, true);
  queue.arm(new Note(1, (number) => fired.push(number)), 1, true);
  queue.arm(new Note(2, (number) => fired.push(number)), 5, true);
  clock.goOff(1);
  expect(fired).toEqual([1]);
  expect(errors).toEqual([failure]);
  clock.goOff(5);
  expect(fired).toEqual([1, 2]);
});

test('a queue does not take out a timer of another one', () => {
  const clock = new AlarmClock();
  const [one, other] = [new TimerQueue(clock, onError), new TimerQueue(clock, onError)];
  const [mine, theirs] = [new Note(0, () => {}), new Note(1, () => {})];
  one.arm(mine, 5, true);
  other.arm(theirs, 5, true);
  expect(one.cancel(theirs)).toBe(false);
  expect([one.size, other.size]).toEqual([1, 1]);
  expect(other.cancel(theirs)).toBe(true);
  expect(one.cancel(mine)).toBe(true);
});
