import { defineServer, GenServer, noReply, ok, reply, stop, sys } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { TestRuntime } from '../support/test-runtime.ts';

/** A server that keeps a log of what it handles, as its state, and goes on as it is told. */
const logger = defineServer({
  init: (log: unknown[]) => log,
  handleCall: {
    noteThenContinue: (what: unknown, _from, log) =>
      reply('noted', [...log, what], { continue: 'after call' }),
  },
  handleCast: {
    note: (what: unknown, log) => void log.push(what),
    continue: (what: unknown, log) => noReply(log, { continue: what }),
    timeout: (ms: number, log) => noReply(log, { timeout: ms }),
  },
  handleContinue(what: unknown, log) {
    log.push(`continue ${what}`);
    return what === 'chain' ? noReply(log, { continue: 'end of chain' }) : undefined;
  },
  handleInfo: (message, log) => void log.push(message),
});

async function started(runtime: TestRuntime) {
  const log: unknown[] = [];
  return { log, ref: await GenServer.start(runtime, logger, log) };
}

describe('continue', () => {
  test('from init runs before any message, also one that is there already [G-08]', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    const slow = {
      ...logger,
      init: async (state: unknown[]) => {
        await settle(1);
        return ok(state, { continue: 'from init' });
      },
    };
    const starting = GenServer.start(runtime, slow, log, { name: 'server' });
    runtime.send('server', 'early');
    await starting;
    await settle();
    expect(log).toEqual(['continue from init', 'early']);
  });

  test.each([['call'], ['cast']])('from a %s runs at once, before the next message [G-09]', async (kind) => {
    await using runtime = new TestRuntime();
    const { log, ref } = await started(runtime);
    const answer = kind === 'call' ? ref.call('noteThenContinue', 'first') : undefined;
    if (kind === 'cast') ref.cast('continue', 'after cast');
    ref.cast('note', 'next');
    await settle();
    const state = await sys.getState(runtime, ref.pid);
    expect(state).toEqual(
      kind === 'call' ? ['first', 'continue after call', 'next'] : ['continue after cast', 'next'],
    );
    expect(await answer).toBe(kind === 'call' ? 'noted' : undefined);
    expect(log).toEqual(kind === 'call' ? [] : state);
  });

  test('runs after the caller was answered and may chain [G-09]', async () => {
    await using runtime = new TestRuntime();
    const { log, ref } = await started(runtime);
    ref.cast('continue', 'chain');
    ref.cast('note', 'next');
    await settle();
    expect(log).toEqual(['continue chain', 'continue end of chain', 'next']);
    const fails = { ...logger, handleContinue: () => 'junk' as never };
    const other = await GenServer.start(runtime, fails, []);
    const ended = runtime.ended(other.pid);
    await expect(other.call('noteThenContinue', 1)).resolves.toBe('noted');
    expect(await ended).toMatchObject({
      code: 'OTP_BAD_RETURN',
      message: expect.stringMatching(/^handleContinue /),
    });
  });
});

describe('a timeout that a callback asks for', () => {
  test('is told once when nothing comes in time [G-39]', async () => {
    await using runtime = new TestRuntime();
    const { log, ref } = await started(runtime);
    ref.cast('timeout', 100);
    await runtime.clock.advance(99);
    expect(log).toEqual([]);
    await runtime.clock.advance(1_000);
    expect(log).toEqual(['timeout']);
    expect(runtime.armedTimers).toBe(0);
    expect(runtime.processInfo(ref.pid)?.timers).toBe(0);
  });

  test('from init counts as well [G-39]', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    await GenServer.start(
      runtime,
      { ...logger, init: (state: unknown[]) => ok(state, { timeout: 10 }) },
      log,
    );
    await runtime.clock.advance(10);
    expect(log).toEqual(['timeout']);
  });

  test('is taken back by any message, for good [G-40]', async () => {
    await using runtime = new TestRuntime();
    const { log, ref } = await started(runtime);
    ref.cast('timeout', 100);
    await runtime.clock.advance(50);
    runtime.send(ref.pid, 'message');
    await runtime.clock.advance(1_000);
    expect(log).toEqual(['message']);
  });

  test('of 0 comes after what is there already, which takes it back [G-41]', async () => {
    await using runtime = new TestRuntime();
    const { log, ref } = await started(runtime);
    ref.cast('timeout', 0);
    runtime.send(ref.pid, 'queued');
    await settle();
    expect(log).toEqual(['queued']);
    ref.cast('timeout', 0);
    await settle();
    expect(log).toEqual(['queued', 'timeout']);
  });

  test('begins anew after a system message [G-42]', async () => {
    await using runtime = new TestRuntime();
    const { log, ref } = await started(runtime);
    ref.cast('timeout', 100);
    await runtime.clock.advance(60);
    await sys.getState(runtime, ref.pid);
    await runtime.clock.advance(99);
    expect(log).toEqual([]);
    await runtime.clock.advance(1);
    expect(log).toEqual(['timeout']);
  });
});

test.each([
  ['at once', 200_000, (left: number) => noReply(left, { continue: left - 1 })],
  ['later', 20_000, async (left: number) => noReply(left, { continue: left - 1 })],
] as const)('a server may go on and on, each time %s', async (_when, times, next) => {
  await using runtime = new TestRuntime();
  const restless = defineServer({
    init: (left: number): number => left,
    handleCall: { run: (_: undefined, _from, left: number) => reply('begun', left, { continue: left }) },
    handleContinue: (left) => (left === 0 ? noReply(-1, { timeout: 10 }) : next(left as number)),
    handleInfo: (message) => stop({ shutdown: message }),
  });
  const ref = await GenServer.start(runtime, restless, times);
  const ended = runtime.ended(ref.pid);
  expect(await ref.call('run')).toBe('begun');
  expect(await sys.getState(runtime, ref.pid)).toBe(-1);
  await runtime.clock.advance(10);
  expect(await ended).toEqual({ shutdown: 'timeout' });
});

test.each([
  ['at once', (result: unknown) => result],
  ['by a promise', (result: unknown) => Promise.resolve(result)],
])('a server that continues without end, %s, leaves room for Node’s loop', async (_when, answer) => {
  await using runtime = new TestRuntime();
  const many = 1_000_000;
  let done = 0;
  const restless = {
    init: () => ok(null, { continue: 'step' }),
    handleContinue: () => answer(++done < many ? noReply(null, { continue: 'step' }) : undefined) as never,
  };
  const ref = await GenServer.start(runtime, restless, undefined);
  await settle(3);
  expect(done).toBeLessThan(many);
  runtime.sendExit(ref.pid, 'kill');
});

test('what a server that continues over several turns is sent meanwhile waits until it is done', async () => {
  await using runtime = new TestRuntime();
  const log: unknown[] = [];
  const counting = defineServer({
    init: () => ok(0, { continue: 'step' }),
    handleContinue(_: unknown, steps: number) {
      if (steps < 20_000) return noReply(steps + 1, { continue: 'step' });
      log.push(steps);
      return noReply(steps);
    },
    handleInfo: (message) => void log.push(message),
  });
  const ref = await GenServer.start(runtime, counting, undefined);
  runtime.send(ref.pid, 'later');
  for (let turns = 0; log.length < 2 && turns < 1_000; turns++) await settle(1);
  expect(log).toEqual([20_000, 'later']);
});
