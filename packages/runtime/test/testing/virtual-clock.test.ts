import fc from 'fast-check';
import { Runtime } from '../../src/index.ts';
import { settle, VirtualClock } from '../../src/testing/index.ts';
import { TestRuntime } from '../support/test-runtime.ts';

describe('VirtualClock', () => {
  test('stands still until it is told to go on', async () => {
    const clock = new VirtualClock();
    const runtime = new Runtime({ clock });
    const waiting = runtime.spawn((self) => self.sleep(10));
    await settle(50);
    expect(clock.now()).toBe(0);
    expect(clock.nextIn).toBe(10);
    expect(runtime.isAlive(waiting)).toBe(true);
    await clock.advance(10);
    expect(runtime.isAlive(waiting)).toBe(false);
    expect(clock.nextIn).toBeUndefined();
  });

  test.each([undefined, '100', -5, Number.NaN, Number.POSITIVE_INFINITY])(
    'does not let %p pass',
    async (ms) => {
      const clock = new VirtualClock();
      await expect(clock.advance(ms as number)).rejects.toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
      expect(clock.now()).toBe(0);
    },
  );

  test('lets everything happen at its own time, and settles in between', async () => {
    await using runtime = new TestRuntime();
    const times: number[] = [];
    runtime.spawn(async (self) => {
      for (let round = 0; round < 5; round++) {
        await self.sleep(10);
        times.push(self.now);
      }
    });
    await runtime.clock.advance(45);
    expect(times).toEqual([10, 20, 30, 40]);
    expect(runtime.clock.now()).toBe(45);
    expect(runtime.clock.nextIn).toBe(5);
  });

  test('never goes back, also when it is told to go on twice at a time', async () => {
    const clock = new VirtualClock();
    await Promise.all([clock.advance(20), clock.advance(10)]);
    expect(clock.now()).toBe(20);
  });

  test('sets off alarms in the order of their times and never a cancelled one', async () => {
    const delays = fc.array(fc.record({ delay: fc.nat(50), cancelled: fc.boolean() }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(delays, async (plan) => {
        const clock = new VirtualClock();
        const rung: number[] = [];
        for (const { delay, cancelled } of plan) {
          const alarm = clock.setAlarm(() => rung.push(delay), delay);
          if (cancelled) alarm.cancel();
        }
        await clock.advance(50);
        const due = plan.filter(({ cancelled }) => !cancelled).map(({ delay }) => delay);
        expect(rung).toEqual(due.sort((one, other) => one - other));
      }),
      { numRuns: 20 },
    );
  });
});

describe('settle', () => {
  test('waits for messages that lead to messages, and for promises', async () => {
    await using runtime = new TestRuntime();
    let received = 0;
    const pid = runtime.spawn({
      receive: async (left, self) => {
        await Promise.resolve();
        received++;
        if ((left as number) > 0) self.send(self.pid, (left as number) - 1);
      },
    });
    runtime.send(pid, 9);
    await settle();
    expect(received).toBe(10);
  });
});
