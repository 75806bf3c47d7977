import {
  CancelTimerMessage,
  defineServer,
  GenServer,
  type Pid,
  ReadTimerMessage,
  Ref,
  sys,
  systemClock,
  TimeoutMessage,
} from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

describe('a timer that sends', () => {
  test('startTimer sends a timeout message with the reference it returned [M-09]', async () => {
    await using runtime = new TestRuntime();
    const puppet = new Puppet(runtime);
    const ref = await puppet.do((self) => self.startTimer(50, self.pid, 'tick'));
    await runtime.clock.advance(49);
    expect(puppet.seen).toEqual([]);
    await runtime.clock.advance(1);
    expect(puppet.seen).toEqual([new TimeoutMessage(ref, 'tick')]);
    expect((puppet.seen[0] as TimeoutMessage).ref).toBe(ref);
  });

  test('sendAfter sends the bare message [M-10]', async () => {
    await using runtime = new TestRuntime();
    const [puppet, other] = [new Puppet(runtime), new Puppet(runtime)];
    await puppet.do((self) => self.sendAfter(50, other.pid, 'tick'));
    await runtime.clock.advance(50);
    expect(other.seen).toEqual(['tick']);
    expect(puppet.seen).toEqual([]);
  });

  test('timers fire in the order of their times, whatever the order they were set in [M-16]', async () => {
    await using runtime = new TestRuntime();
    const puppet = new Puppet(runtime);
    await puppet.do((self) => {
      for (const delay of [300, 0, 200, 400, 100]) self.sendAfter(delay, self.pid, [delay, 'due']);
    });
    await runtime.clock.advance(250);
    expect(puppet.seen).toEqual([0, 100, 200].map((delay) => [delay, 'due']));
    await runtime.clock.advance(250);
    expect(puppet.seen).toEqual([0, 100, 200, 300, 400].map((delay) => [delay, 'due']));
  });

  test('timers of the same time all fire, in whatever order [M-17]', async () => {
    await using runtime = new TestRuntime();
    const puppet = new Puppet(runtime);
    await puppet.do((self) => {
      for (const message of ['a', 'b', 'c']) self.sendAfter(10, self.pid, message);
    });
    await runtime.clock.advance(10);
    expect([...puppet.seen].sort()).toEqual(['a', 'b', 'c']);
  });

  test.each([[-1], [0.5], [Number.NaN], [Number.POSITIVE_INFINITY], ['10'], [undefined]])(
    'refuses the time %p [M-18]',
    async (delay) => {
      await using runtime = new TestRuntime();
      const puppet = new Puppet(runtime);
      for (const method of ['sendAfter', 'startTimer'] as const) {
        await expect(puppet.do((self) => self[method](delay as number, self.pid, 1))).rejects.toMatchObject({
          code: 'OTP_BAD_ARGUMENT',
        });
      }
      expect(runtime.armedTimers).toBe(0);
    },
  );

  test('takes longer times than one of Node’s timers can [M-19]', async () => {
    await using runtime = new TestRuntime();
    const puppet = new Puppet(runtime);
    const ref = await puppet.do((self) => self.sendAfter(2 ** 31, self.pid, 'late'));
    await runtime.clock.advance(2 ** 31 - 1);
    expect(puppet.seen).toEqual([]);
    await expect(puppet.do((self) => self.readTimer(ref))).resolves.toBe(1);
    await expect(puppet.do((self) => self.cancelTimer(ref))).resolves.toBe(1);
  });

  test('with time 0 comes after what the process sends itself right away [M-20]', async () => {
    await using runtime = new TestRuntime();
    const puppet = new Puppet(runtime);
    await puppet.do((self) => {
      self.sendAfter(0, self.pid, 'timer');
      self.send(self.pid, 'self-send');
    });
    await runtime.clock.advance(0);
    expect(puppet.seen).toEqual(['self-send', 'timer']);
  });

  test('looks a name up when it fires: registered by then it is served, if not it is nothing [M-21]', async () => {
    await using runtime = new TestRuntime();
    const [setter, late] = [new Puppet(runtime), new Puppet(runtime)];
    await setter.do((self) => {
      self.sendAfter(10, 'late', 'first');
      self.sendAfter(30, 'late', 'second');
    });
    runtime.register('late', late.pid);
    await runtime.clock.advance(20);
    runtime.unregister('late');
    await runtime.clock.advance(20);
    expect(late.seen).toEqual(['first']);
    expect(runtime.armedTimers).toBe(0);
  });

  test('ends with the process it would send to [M-22]', async () => {
    await using runtime = new TestRuntime();
    const [setter, target] = [new Puppet(runtime), new Puppet(runtime)];
    const ref = await setter.do((self) => self.sendAfter(10, target.pid, 'tick'));
    expect(runtime.processInfo(target.pid)?.timers).toBe(1);
    runtime.sendExit(target.pid, 'over');
    expect(runtime.armedTimers).toBe(0);
    await expect(setter.do((self) => [self.readTimer(ref), self.cancelTimer(ref)])).resolves.toEqual([
      false,
      false,
    ]);
    await setter.do((self) => self.sendAfter(10, target.pid, 'to a dead one'));
    expect(runtime.armedTimers).toBe(0);
  });

  test('outlives the process that set it [M-23]', async () => {
    await using runtime = new TestRuntime();
    const [setter, target] = [new Puppet(runtime), new Puppet(runtime)];
    await setter.do((self) => self.sendAfter(10, target.pid, 'tick'));
    runtime.sendExit(setter.pid, 'over');
    await runtime.clock.advance(10);
    expect(target.seen).toEqual(['tick']);
  });

  test.each([['sendAfter'], ['startTimer']] as const)(
    '%s with an absolute time fires when the clock says so [M-24]',
    async (method) => {
      await using runtime = new TestRuntime();
      await runtime.clock.advance(1_000);
      const puppet = new Puppet(runtime);
      const ref = await puppet.do((self) => self[method](1_250.5, self.pid, 'due', { abs: true }));
      await expect(puppet.do((self) => self.readTimer(ref))).resolves.toBe(251);
      await runtime.clock.advance(250);
      expect(puppet.seen).toEqual([]);
      await runtime.clock.advance(1);
      expect(puppet.seen).toEqual([method === 'sendAfter' ? 'due' : new TimeoutMessage(ref, 'due')]);
      await puppet.do((self) => self[method](10, self.pid, 'past', { abs: true }));
      await runtime.clock.advance(0);
      expect(puppet.seen).toHaveLength(2);
      const wrong = puppet.do((self) => self[method](Number.NaN, self.pid, 'never', { abs: true }));
      await expect(wrong).rejects.toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
    },
  );

  test('that has fired is not kept by its process', async () => {
    await using runtime = new TestRuntime();
    const puppet = new Puppet(runtime);
    await puppet.do((self) => self.sendAfter(10, self.pid, 'tick'));
    await runtime.clock.advance(10);
    expect(runtime.processInfo(puppet.pid)?.timers).toBe(0);
  });
});

describe('cancelTimer', () => {
  test('answers what was left, once, and the message never comes [M-11]', async () => {
    await using runtime = new TestRuntime();
    const puppet = new Puppet(runtime);
    const ref = await puppet.do((self) => self.sendAfter(50, self.pid, 'tick'));
    await runtime.clock.advance(20);
    await expect(puppet.do((self) => self.readTimer(ref))).resolves.toBe(30);
    await expect(puppet.do((self) => [self.cancelTimer(ref), self.cancelTimer(ref)])).resolves.toEqual([
      30,
      false,
    ]);
    await runtime.clock.advance(100);
    expect(puppet.seen).toEqual([]);
    expect(runtime.armedTimers).toBe(0);
  });

  test('answers false for a timer that has fired, and leaves its message [M-12]', async () => {
    await using runtime = new TestRuntime();
    const taken: unknown[] = [];
    const pid = runtime.spawn(async (self) => {
      const ref = self.sendAfter(10, self.pid, 'tick');
      await self.receive({ match: (message) => message === 'look' });
      taken.push(self.cancelTimer(ref), self.readTimer(ref), await self.receive({ timeout: 0 }));
    });
    await runtime.clock.advance(10);
    runtime.send(pid, 'look');
    await settle();
    expect(taken).toEqual([false, false, 'tick']);
  });

  test('answers false for a reference that names no timer, and refuses what is none [M-13]', async () => {
    await using runtime = new TestRuntime();
    const puppet = new Puppet(runtime);
    for (const method of ['cancelTimer', 'readTimer'] as const) {
      await expect(puppet.do((self) => self[method](new Ref()))).resolves.toBe(false);
      await expect(puppet.do((self) => self[method](self.monitor('nobody')))).resolves.toBe(false);
      await expect(puppet.do((self) => self[method](7 as never))).rejects.toMatchObject({
        code: 'OTP_BAD_ARGUMENT',
      });
    }
  });
});

describe('cancelTimer with options', () => {
  test('always answers ok without info, and takes the timer back all the same [M-14]', async () => {
    await using runtime = new TestRuntime();
    const puppet = new Puppet(runtime);
    const ref = await puppet.do((self) => self.sendAfter(50, self.pid, 'tick'));
    const answers = await puppet.do((self) => [
      self.cancelTimer(ref, { info: false }),
      self.cancelTimer(ref, { info: false }),
      self.cancelTimer(new Ref(), { info: false }),
      self.cancelTimer(ref, { info: false, async: true }),
    ]);
    expect(answers).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(runtime.armedTimers).toBe(0);
    await runtime.clock.advance(100);
    expect(puppet.seen).toEqual([]);
  });

  test('answers by a message later, if it is asynchronous [M-15]', async () => {
    await using runtime = new TestRuntime();
    const puppet = new Puppet(runtime);
    const ref = await puppet.do((self) => self.sendAfter(50, self.pid, 'tick'));
    await runtime.clock.advance(20);
    const answers = await puppet.do((self) => [
      self.readTimer(ref, { async: true }),
      self.cancelTimer(ref, { async: true }),
      runtime.armedTimers,
      self.cancelTimer(ref, { async: true }),
      self.readTimer(ref, { async: true }),
      puppet.seen.length,
    ]);
    expect(answers).toEqual(['ok', 'ok', 0, 'ok', 'ok', 0]);
    await runtime.clock.advance(100);
    expect(puppet.seen).toEqual([
      new ReadTimerMessage(ref, 30),
      new CancelTimerMessage(ref, 30),
      new CancelTimerMessage(ref, false),
      new ReadTimerMessage(ref, false),
    ]);
  });

  test.each([
    ['cancelTimer', { flush: true }, "an option of cancelTimer must be one of async, info, not 'flush'"],
    ['cancelTimer', { info: 0 }, 'info of cancelTimer must be a boolean, not 0'],
    ['readTimer', { info: false }, "an option of readTimer must be one of async, not 'info'"],
  ] as const)('%s refuses %j, and leaves the timer alone', async (method, options, message) => {
    await using runtime = new TestRuntime();
    const puppet = new Puppet(runtime);
    const asked = puppet.do((self) => self[method](self.sendAfter(50, self.pid, 'tick'), options as never));
    await expect(asked).rejects.toMatchObject({ code: 'OTP_BAD_ARGUMENT', message });
    expect(runtime.armedTimers).toBe(1);
  });
});

describe('callAfter and sleep', () => {
  test('call back on the runtime’s clock, unless they are cancelled or the process ends', async () => {
    await using runtime = new TestRuntime();
    const [puppet, victim] = [new Puppet(runtime), new Puppet(runtime)];
    const log: string[] = [];
    const cancelled = await puppet.do((self) => {
      self.callAfter(10, () => log.push('called'));
      return self.callAfter(10, () => log.push('cancelled'));
    });
    await victim.do((self) => self.callAfter(10, () => log.push('dead')));
    const sleeper = runtime.spawn(async (self) => {
      await self.sleep(15);
      log.push(`slept until ${self.now}`);
    });
    await expect(puppet.do((self) => self.cancelTimer(cancelled))).resolves.toBe(10);
    runtime.sendExit(victim.pid, 'over');
    await runtime.clock.advance(15);
    expect(log).toEqual(['called', 'slept until 15']);
    expect(runtime.isAlive(sleeper)).toBe(false);
  });

  test('report what a callback throws and go on', async () => {
    await using runtime = new TestRuntime();
    const failures: unknown[] = [];
    runtime.events.on('callback:failed', ({ error }) => failures.push(error));
    const puppet = new Puppet(runtime);
    const broken = new Error('broken');
    await puppet.do((self) => {
      self.callAfter(10, () => {
        throw broken;
      });
      self.sendAfter(10, self.pid, 'still sent');
    });
    await runtime.clock.advance(10);
    expect(failures).toEqual([broken]);
    expect(puppet.seen).toEqual(['still sent']);
  });
});

describe('systemClock', () => {
  test('cuts a wait down to what Node’s timers can hold, rounds up and can let Node end', () => {
    const unref = jest.fn();
    const set = jest.spyOn(globalThis, 'setTimeout').mockReturnValue({ unref, ref: jest.fn() } as never);
    try {
      systemClock.setAlarm(() => {}, 2 ** 40, true);
      systemClock.setAlarm(() => {}, 0.25, false);
      expect(set.mock.calls.map(([, delay]) => delay)).toEqual([2 ** 31 - 1, 1]);
      expect(unref).toHaveBeenCalledTimes(1);
    } finally {
      set.mockRestore();
    }
  });
});

test('a server is told of its timers as of any message', async () => {
  await using runtime = new TestRuntime();
  const told: unknown[] = [];
  await GenServer.start(
    runtime,
    defineServer({
      init: (_: undefined, self) => void self.sendAfter(5, self.pid, 'tick'),
      handleInfo: (message) => void told.push(message),
    }),
    undefined,
  );
  await runtime.clock.advance(5);
  expect(told).toEqual(['tick']);
});

describe('what waits for a process of another runtime leaves no timer in either', () => {
  const plain = defineServer({ init: (_: undefined) => 0 });

  test('when that ends', async () => {
    await using here = new TestRuntime();
    await using there = new TestRuntime();
    const puppet = new Puppet(here);
    const servers = await Promise.all([1, 2].map(() => GenServer.start(there, plain, undefined)));
    await GenServer.stop(here, servers[0]?.pid as Pid, { timeout: 60_000 });
    await puppet.do((self) => {
      self.sendAfter(60_000, servers[1]?.pid as Pid, 'late');
      return GenServer.stop(self, servers[1]?.pid as Pid, { timeout: 60_000 });
    });
    expect([here.armedTimers, there.armedTimers]).toEqual([0, 0]);
  });

  test('when the one who waits ends', async () => {
    await using here = new TestRuntime();
    await using there = new TestRuntime();
    const puppet = new Puppet(here);
    const { pid } = await GenServer.start(there, plain, undefined);
    await sys.suspend(there, pid);
    puppet.tell((self) => void self.endAndWait(pid, 'normal', 60_000));
    await settle();
    here.sendExit(puppet.pid, 'kill');
    expect([here.armedTimers, there.armedTimers]).toEqual([0, 0]);
  });
});
