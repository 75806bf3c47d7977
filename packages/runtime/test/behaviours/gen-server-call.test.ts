import {
  defineServer,
  type From,
  GenServer,
  reply,
  type Self,
  stop,
  stopWithReply,
  sys,
} from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

interface State {
  count: number;
  readonly log: unknown[];
  readonly pending: From<string>[];
}

const counter = defineServer({
  init: (count: number): State => ({ count, log: [], pending: [] }),
  handleCall: {
    add: (by: number, _from, state) => reply(state.count + by, { ...state, count: state.count + by }),
    count: (_: undefined, _from, state) => reply(state.count),
    later(_: undefined, from: From<string>, state) {
      state.pending.push(from);
    },
    slow: async (ms: number, _from, state, self) => {
      await self.sleep(ms);
      state.log.push(`slept ${ms}`);
      return reply('done');
    },
    twice(_: undefined, from, _state, self) {
      self.answer(from, 'first');
      return reply('second');
    },
    stop: (reason: unknown) => stop(reason as string),
    fail(error: Error): never {
      throw error;
    },
    myself: (how: string, _from, _state, self) => callMyself(how, self),
  },
  handleCast: {
    answer(value: string, state, self) {
      for (const from of state.pending.splice(0)) self.answer(from, value);
    },
  },
  handleInfo: (message, state) => void state.log.push(message),
});

async function callMyself(how: string, self: Self) {
  if (how === 'after an await') await settle(1);
  return reply(await self.call(self.pid, 'count').catch((error: { code: string }) => error.code));
}

describe('a call', () => {
  test('is answered with the value, and the next one finds the new state [G-10]', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, counter, 40);
    await expect(ref.call('add', 2)).resolves.toBe(42);
    await expect(ref.call('count')).resolves.toBe(42);
    await expect(runtime.call(ref.pid, 'add', 1)).resolves.toBe(43);
    const puppet = new Puppet(runtime);
    await expect(puppet.do((self) => self.call(ref.pid, 'count'))).resolves.toBe(43);
    expect(runtime.armedTimers).toBe(0);
  });

  test.each([['by the server'], ['by another process'], ['from outside']])(
    'is answered later: %s [G-11]',
    async (who) => {
      await using runtime = new TestRuntime();
      const ref = await GenServer.start(runtime, counter, 0);
      const answers = [ref.call('later'), ref.call('later')];
      await settle();
      if (who === 'by the server') ref.cast('answer', 'at last');
      else {
        const state = sys.getState(runtime, ref.pid) as Promise<State>;
        const { pending } = await state;
        const helper = new Puppet(runtime);
        for (const from of pending) {
          if (who === 'from outside') runtime.answer(from, 'at last');
          else await helper.do((self) => self.answer(from, 'at last'));
        }
      }
      await expect(Promise.all(answers)).resolves.toEqual(['at last', 'at last']);
    },
  );

  test.each([
    [undefined, 5_000],
    [50, 50],
  ])(
    'with timeout %p is given up after %p ms, and the server does the work all the same [G-12]',
    async (timeout, ms) => {
      await using runtime = new TestRuntime();
      const ref = await GenServer.start(runtime, counter, 0);
      const call = timeout === undefined ? ref.call('slow', 9_000) : ref.call('slow', 9_000, { timeout });
      const outcome = jest.fn();
      call.catch(outcome);
      await runtime.clock.advance(ms - 1);
      expect(outcome).not.toHaveBeenCalled();
      await runtime.clock.advance(1);
      expect(outcome).toHaveBeenCalledWith(
        expect.objectContaining({
          code: 'OTP_CALL_TIMEOUT',
          message: `the call slow to ${ref.pid} was not answered within ${ms} ms`,
        }),
      );
      await runtime.clock.advance(9_000);
      await expect(ref.call('count')).resolves.toBe(0);
      expect(runtime.processInfo(ref.pid)?.monitoredBy).toEqual([]);
    },
  );

  test('that was given up is not answered later: nothing arrives in the caller’s mailbox [G-13]', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, counter, 0);
    const caller = await Puppet.trapping(runtime);
    const codes: string[] = [];
    caller.tell((self) => {
      self.call(ref.pid, 'later', undefined, { timeout: 10 }).catch((error) => codes.push(error.code));
    });
    await runtime.clock.advance(10);
    expect(codes).toEqual(['OTP_CALL_TIMEOUT']);
    ref.cast('answer', 'too late');
    await settle();
    expect(caller.seen).toEqual([]);
    expect(runtime.isAlive(ref.pid)).toBe(true);
  });

  test.each([['infinity' as const], [Number.POSITIVE_INFINITY]])(
    'with timeout %p waits for an answer or the end [G-14]',
    async (timeout) => {
      await using runtime = new TestRuntime();
      const ref = await GenServer.start(runtime, counter, 0);
      const [answered, ended] = [
        ref.call('later', undefined, { timeout }),
        ref.call('later', undefined, { timeout }),
      ];
      await runtime.clock.advance(1e9);
      expect(runtime.armedTimers).toBe(0);
      const { pending } = (await sys.getState(runtime, ref.pid)) as State;
      runtime.answer(pending[0] as From<string>, 'at last');
      await expect(answered).resolves.toBe('at last');
      runtime.sendExit(ref.pid, 'over');
      await expect(ended).rejects.toMatchObject({ reason: 'over' });
    },
  );

  test('to a server that is not there fails with noproc [G-15]', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, counter, 0);
    await ref.stop();
    await expect(ref.call('count')).rejects.toMatchObject({ code: 'OTP_NOPROC', reason: 'noproc' });
    await expect(runtime.call('nobody', 'count')).rejects.toThrow(
      'the call count to nobody has nobody to go to',
    );
    expect(() => GenServer.ref(runtime, counter, 'nobody')).toThrow(
      expect.objectContaining({ code: 'OTP_NOPROC' }),
    );
  });

  test.each([['badly'], ['normal'], ['shutdown'], [{ shutdown: 1 }]])(
    'fails with the reason when the server ends first: %p [G-16]',
    async (reason) => {
      await using runtime = new TestRuntime();
      const ref = await GenServer.start(runtime, counter, 0);
      await expect(ref.call('stop', reason)).rejects.toMatchObject({ code: 'OTP_CALL_EXIT', reason });
      const other = await GenServer.start(runtime, counter, 0);
      const waiting = other.call('later');
      await settle();
      runtime.sendExit(other.pid, 'kill');
      await expect(waiting).rejects.toMatchObject({ code: 'OTP_CALL_EXIT', reason: 'killed' });
      expect(runtime.armedTimers).toBe(0);
    },
  );

  test.each([['at once'], ['after an await']])('to oneself fails at once: %s [G-17]', async (how) => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, counter, 0);
    await expect(ref.call('myself', how)).resolves.toBe('OTP_CALL_SELF');
  });

  test('is answered once: later answers vanish and never answer another call [G-18]', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, counter, 7);
    const caller = new Puppet(runtime);
    const answers = await caller.do((self) =>
      Promise.all([self.call(ref.pid, 'twice'), self.call(ref.pid, 'count')]),
    );
    expect(answers).toEqual(['first', 7]);
    await settle();
    expect(caller.seen).toEqual([]);
  });

  test('whose caller has ended is answered into nothing [G-51]', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, counter, 0);
    const caller = new Puppet(runtime);
    caller.tell((self) => void self.call(ref.pid, 'later'));
    await settle();
    runtime.sendExit(caller.pid, 'over');
    ref.cast('answer', 'to nobody');
    await expect(ref.call('count')).resolves.toBe(0);
    expect(runtime.armedTimers).toBe(0);
  });

  test.each([[-1], [1.5], ['5'], [Number.NaN]])(
    'with timeout %p is refused and not sent',
    async (timeout) => {
      await using runtime = new TestRuntime();
      const ref = await GenServer.start(runtime, counter, 0);
      await expect(ref.call('add', 1, { timeout: timeout as number })).rejects.toMatchObject({
        code: 'OTP_BAD_ARGUMENT',
      });
      await expect(ref.call('count')).resolves.toBe(0);
    },
  );

  test('can be given up through a signal, before and after it was sent', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, counter, 0);
    const controller = new AbortController();
    const waiting = ref.call('later', undefined, { signal: controller.signal });
    const answered = ref.call('count', undefined, { signal: controller.signal });
    await expect(answered).resolves.toBe(0);
    controller.abort('enough');
    await expect(waiting).rejects.toMatchObject({ code: 'OTP_CALL_ABORTED', cause: 'enough' });
    await expect(ref.call('add', 1, { signal: controller.signal })).rejects.toMatchObject({
      code: 'OTP_CALL_ABORTED',
    });
    await expect(ref.call('count')).resolves.toBe(0);
    expect(runtime.armedTimers).toBe(0);
    expect(runtime.processInfo(ref.pid)?.monitoredBy).toEqual([]);
  });
});

describe('an answer', () => {
  test('to what no call came with is refused', async () => {
    await using runtime = new TestRuntime();
    expect(() => runtime.answer({} as From, 1)).toThrow(
      expect.objectContaining({ code: 'OTP_BAD_ARGUMENT' }),
    );
  });
});

describe('a call that stops the server', () => {
  const stopping = (log: string[], terminate: () => void | Promise<void>) =>
    defineServer({
      init: () => null,
      handleCall: { stop: () => stopWithReply('over', 'bye') },
      async terminate(reason) {
        log.push(`terminate ${reason}`);
        await terminate();
        log.push('terminated');
      },
    });

  test('is answered after terminate and before the end [G-19]', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const ref = await GenServer.start(
      runtime,
      stopping(log, () => settle(2)),
      undefined,
    );
    runtime.events.on('process:exit', ({ reason }) => log.push(`exit ${reason}`));
    const answer = await ref.call('stop');
    log.push(`answer ${answer}`);
    expect(log).toEqual(['terminate over', 'terminated', 'exit over', 'answer bye']);
    expect(runtime.isAlive(ref.pid)).toBe(false);
  });

  test('is answered also when terminate fails, whose error is the exit reason [G-20, G-26]', async () => {
    await using runtime = new TestRuntime();
    const broken = new Error('terminate');
    const fails = stopping([], () => Promise.reject(broken));
    const ref = await GenServer.start(runtime, fails, undefined);
    const ended = runtime.ended(ref.pid);
    await expect(ref.call('stop')).resolves.toBe('bye');
    expect(await ended).toBe(broken);
  });
});

test('a call into another runtime ends with the server, and leaves the timers of both as they are', async () => {
  await using one = new TestRuntime();
  await using other = new TestRuntime();
  const silent = { init: () => null, handleCall: { ask: () => {} } };
  const { pid } = await GenServer.start(other, silent, undefined);
  const sleepers = [10, 20].map((ms) => other.spawn((self) => self.sleep(ms)));
  const called = one.call(pid, 'ask', undefined, { timeout: 300 });
  await settle();
  other.sendExit(pid, 'kill');
  await expect(called).rejects.toMatchObject({ code: 'OTP_CALL_EXIT', reason: 'killed' });
  expect([one.armedTimers, other.armedTimers]).toEqual([0, 2]);
  await other.clock.advance(20);
  expect(sleepers.map((sleeper) => other.isAlive(sleeper))).toEqual([false, false]);
});
