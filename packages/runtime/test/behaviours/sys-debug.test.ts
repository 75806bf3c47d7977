import { inspect } from 'node:util';
import {
  type DebugFunction,
  defineServer,
  GenServer,
  noReply,
  ok,
  reply,
  type ServerTraced,
  Supervisor,
  type SystemEvent,
  stopWithReply,
  sys,
} from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const counter = defineServer({
  name: 'counter',
  init: (count: number) => ok(count, { continue: 'begin' }),
  handleCall: {
    add: (by: number, _from, count) => reply(count + by, count + by),
    later: async (by: number, _from, count) => reply(count + by, count + by),
    silent: () => noReply(),
    stop: () => stopWithReply('normal', 'bye'),
  },
  handleCast: { reset: (to: number) => noReply(to) },
  handleContinue: () => {},
  handleInfo: () => {},
});

const kinds = (events: readonly SystemEvent[]): string[] => events.map(({ kind }) => kind);

describe('sys.getStatus', () => {
  test('tells who the server is and how it is [Y-08]', async () => {
    await using runtime = new TestRuntime();
    const parent = new Puppet(runtime);
    const { pid } = await parent.do((self) => GenServer.startLink(self, counter, 7));
    const status = {
      pid,
      parent: parent.pid,
      behaviour: 'GenServer',
      module: 'counter',
      status: 'running',
      debug: undefined,
      state: 7,
    };
    await expect(sys.getStatus(runtime, pid)).resolves.toEqual(status);
    await sys.log(runtime, pid, 3);
    await sys.suspend(runtime, pid);
    await expect(sys.getStatus(runtime, pid)).resolves.toEqual({
      ...status,
      status: 'suspended',
      debug: { statistics: false, trace: false, log: 3, installed: [] },
    });
  });

  test('hides what formatStatus hides, and a formatStatus that throws does no harm [Y-08]', async () => {
    await using runtime = new TestRuntime();
    const failures: unknown[] = [];
    runtime.events.on('callback:failed', ({ error }) => failures.push(error));
    const secretive = await GenServer.start(
      runtime,
      { ...counter, formatStatus: () => ({ state: '***' }) },
      7,
    );
    const broken = await GenServer.start(
      runtime,
      {
        ...counter,
        formatStatus: () => {
          throw new Error('cannot format');
        },
      },
      7,
    );
    await expect(sys.getStatus(runtime, secretive.pid)).resolves.toMatchObject({ state: '***' });
    await expect(sys.getStatus(runtime, broken.pid)).resolves.toMatchObject({ state: undefined });
    expect(failures).toEqual([new Error('cannot format')]);
    await expect(sys.getState(runtime, broken.pid)).resolves.toBe(7);
  });

  test('works on supervisors', async () => {
    await using runtime = new TestRuntime();
    const supervisor = await Supervisor.start(runtime, {});
    await expect(sys.getStatus(runtime, supervisor)).resolves.toMatchObject({ behaviour: 'Supervisor' });
  });
});

describe('sys.statistics', () => {
  test('counts messages and answers from when it is on [Y-09]', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, counter, 0);
    await ref.call('add', 1);
    await expect(sys.getStatistics(runtime, ref.pid)).resolves.toBeUndefined();
    await runtime.clock.advance(10);
    await sys.statistics(runtime, ref.pid, true);
    await ref.call('add', 1);
    ref.cast('reset', 0);
    runtime.send(ref.pid, 'info');
    await ref.call('later', 1);
    await runtime.clock.advance(5);
    await expect(sys.getStatistics(runtime, ref.pid)).resolves.toEqual({
      startedAt: 10,
      now: 15,
      messagesIn: 4,
      messagesOut: 2,
    });
    await sys.statistics(runtime, ref.pid, false);
    await expect(sys.getStatistics(runtime, ref.pid)).resolves.toBeUndefined();
  });
});

describe('sys.trace', () => {
  test('tells of a call and its answer, in order, until it is off [Y-10]', async () => {
    await using runtime = new TestRuntime();
    const traced: ServerTraced[] = [];
    runtime.events.on('server:trace', (event) => traced.push(event));
    const ref = await GenServer.start(runtime, counter, 0, { name: 'counter' });
    await sys.trace(runtime, ref.pid, true);
    await ref.call('add', 1);
    ref.cast('reset', 5);
    await settle();
    await sys.trace(runtime, ref.pid, false);
    await ref.call('add', 1);
    expect(traced.map(({ text }) => text.replace(/#Ref<\d+>/, '#Ref'))).toEqual([
      'got call add(1) from #Ref',
      'sent 1 to #Ref, new state 1',
      'got cast reset(5)',
      'new state 5',
    ]);
    expect(traced[0]).toMatchObject({ pid: ref.pid, name: 'counter', event: { kind: 'in' } });
  });

  test('harms no server whose messages and state throw when they are looked at [Y-10]', async () => {
    await using runtime = new TestRuntime();
    const texts: string[] = [];
    runtime.events.on('server:trace', ({ text }) => texts.push(text.replace(/#Ref<\d+>/, '#Ref')));
    const shy = {
      [inspect.custom]() {
        throw new Error('do not look');
      },
    };
    const keeper = defineServer({ init: () => shy, handleCall: { give: (what: unknown) => reply(what) } });
    const ref = await GenServer.start(runtime, keeper, undefined);
    await sys.trace(runtime, ref.pid, true);
    await expect(ref.call('give', shy)).resolves.toBe(shy);
    const unseen = 'a value that cannot be shown';
    expect(texts).toEqual([
      `got call give(${unseen}) from #Ref`,
      `sent ${unseen} to #Ref, new state ${unseen}`,
    ]);
  });
});

describe('sys.log', () => {
  test('keeps the last events, oldest first, and forgets them when it is off [Y-11]', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, counter, 0);
    await sys.log(runtime, ref.pid, 4);
    runtime.send(ref.pid, 'forgotten');
    await ref.call('add', 1);
    runtime.send(ref.pid, 'info');
    await settle();
    const events = await sys.getLog(runtime, ref.pid);
    expect(events).toEqual([
      { kind: 'in', message: expect.objectContaining({ type: 'call', request: 'add', payload: 1 }) },
      { kind: 'out', message: 1, to: expect.anything(), state: 1 },
      { kind: 'in', message: 'info' },
      { kind: 'noReply', state: 1 },
    ]);
    const text = await sys.formatLog(runtime, ref.pid);
    expect(text.split('\n').slice(2)).toEqual(["got 'info'", 'new state 1']);
    await sys.log(runtime, ref.pid, 1);
    await expect(sys.getLog(runtime, ref.pid)).resolves.toEqual([{ kind: 'noReply', state: 1 }]);
    await sys.log(runtime, ref.pid, false);
    await expect(sys.getLog(runtime, ref.pid)).resolves.toEqual([]);
  });

  test('keeps 10 unless said, and refuses what is no size [Y-11]', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, counter, 0);
    await sys.log(runtime, ref.pid, true);
    for (let count = 0; count < 20; count++) runtime.send(ref.pid, count);
    await settle();
    await expect(sys.getLog(runtime, ref.pid)).resolves.toHaveLength(10);
    for (const size of [0, -1, 1.5, 'all' as never]) {
      await expect(sys.log(runtime, ref.pid, size)).rejects.toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
    }
    await expect(sys.getLog(runtime, ref.pid)).resolves.toHaveLength(10);
  });

  test.each([
    ['silent', ['in', 'noReply']],
    ['later', ['in', 'out']],
    ['stop', ['in', 'out']],
  ] as const)('tells what became of the call %s [Y-11]', async (request, expected) => {
    await using runtime = new TestRuntime();
    const events: SystemEvent[] = [];
    const debug: DebugFunction<undefined> = (state, event) => void events.push(event) as typeof state;
    const { pid } = await GenServer.start(runtime, counter, 0);
    await sys.install(runtime, pid, { debug, state: undefined });
    runtime.call(pid, request, 1, { timeout: 10 }).catch(() => {});
    await runtime.clock.advance(10);
    expect(kinds(events)).toEqual(expected);
  });
});

describe('sys.install', () => {
  test('calls the function with its state, until it says that it is done [Y-12]', async () => {
    await using runtime = new TestRuntime();
    const { pid } = await GenServer.start(runtime, counter, 0);
    const seen: unknown[] = [];
    const debug: DebugFunction<number> = (left, event, server) => {
      seen.push([left, event.kind, server]);
      return left === 1 ? sys.done : left - 1;
    };
    await sys.install(runtime, pid, { debug, state: 3 });
    for (const message of [1, 2, 3]) runtime.send(pid, message);
    await settle();
    expect(seen).toEqual([
      [3, 'in', pid],
      [2, 'noReply', pid],
      [1, 'in', pid],
    ]);
  });

  test('takes out a function that throws, tells of it, and harms nobody [Y-12]', async () => {
    await using runtime = new TestRuntime();
    const failures: unknown[] = [];
    runtime.events.on('callback:failed', ({ error }) => failures.push(error));
    const ref = await GenServer.start(runtime, counter, 0);
    const broken = (): never => {
      throw new Error('broken');
    };
    await sys.install(runtime, ref.pid, { debug: broken, state: undefined });
    await expect(ref.call('add', 1)).resolves.toBe(1);
    await expect(ref.call('add', 1)).resolves.toBe(2);
    expect(failures).toEqual([new Error('broken')]);
  });

  test('installs one id, or one function without an id, once; remove takes it out [Y-12]', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, counter, 0);
    const debug: DebugFunction<string[]> = (log, { kind }) => [...log, kind];
    const calls = jest.fn(debug);
    for (const state of [['first'], ['second']]) {
      await sys.install(runtime, ref.pid, { debug: calls, state });
      await sys.install(runtime, ref.pid, { debug: calls, id: 'named', state });
    }
    runtime.send(ref.pid, 'message');
    await settle();
    expect(calls).toHaveBeenCalledTimes(4);
    expect(calls).not.toHaveBeenCalledWith(['second'], expect.anything(), expect.anything());
    const { debug: options } = await sys.getStatus(runtime, ref.pid);
    expect(options?.installed).toEqual([calls, 'named']);
    await sys.remove(runtime, ref.pid, calls);
    await sys.remove(runtime, ref.pid, 'named');
    runtime.send(ref.pid, 'message');
    await settle();
    expect(calls).toHaveBeenCalledTimes(4);
    await expect(sys.getStatus(runtime, ref.pid)).resolves.toMatchObject({ debug: undefined });
  });

  test('and all else is undone by noDebug [Y-12]', async () => {
    await using runtime = new TestRuntime();
    const { pid } = await GenServer.start(runtime, counter, 0);
    await sys.install(runtime, pid, { debug: (state) => state, state: 0 });
    await sys.trace(runtime, pid, true);
    await sys.log(runtime, pid, true);
    await sys.statistics(runtime, pid, true);
    await sys.noDebug(runtime, pid);
    await expect(sys.getStatus(runtime, pid)).resolves.toMatchObject({ debug: undefined });
    await expect(sys.getStatistics(runtime, pid)).resolves.toBeUndefined();
  });

  test('refuses what is no function', async () => {
    await using runtime = new TestRuntime();
    const { pid } = await GenServer.start(runtime, counter, 0);
    const wrong = sys.install(runtime, pid, { debug: 'log' as never, state: 0 });
    await expect(wrong).rejects.toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
    await expect(sys.getStatus(runtime, pid)).resolves.toMatchObject({ debug: undefined });
  });
});

describe('sys.terminate', () => {
  test('answers at once and stops the server after terminate [Y-13]', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    const slow = {
      ...counter,
      terminate: async (reason: unknown) => {
        await settle(2);
        log.push(reason);
      },
    };
    const { pid } = await GenServer.start(runtime, slow, 0);
    const ended = runtime.ended(pid);
    await sys.terminate(runtime, pid, 'enough');
    expect(log).toEqual([]);
    expect(await ended).toBe('enough');
    expect(log).toEqual(['enough']);
  });
});

describe('debug options of a start', () => {
  test('are as if turned on right after it [Y-16]', async () => {
    await using runtime = new TestRuntime();
    const traced: string[] = [];
    runtime.events.on('server:trace', ({ text }) => traced.push(text));
    const debug = {
      trace: true,
      log: 5,
      statistics: true,
      install: [{ debug: (n: unknown) => n, state: 0 }],
    };
    const ref = await GenServer.start(runtime, counter, 0, { debug });
    runtime.send(ref.pid, 'info');
    await expect(sys.getStatistics(runtime, ref.pid)).resolves.toMatchObject({ messagesIn: 1 });
    await expect(sys.getStatus(runtime, ref.pid)).resolves.toMatchObject({
      debug: { trace: true, log: 5, statistics: true, installed: [debug.install[0]?.debug] },
    });
    expect(traced).toContain("got 'info'");
  });

  test('that cannot be meant fail the start, and leave no process [Y-16]', async () => {
    await using runtime = new TestRuntime();
    for (const debug of [{ log: -1 }, { trace: 'yes' }, { install: [{ debug: 1, state: 0 }] }]) {
      const starting = GenServer.start(runtime, counter, 0, { debug: debug as never });
      await expect(starting).rejects.toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
    }
    const { pid } = await GenServer.start(runtime, counter, 0, { debug: {} });
    await expect(sys.getStatus(runtime, pid)).resolves.toMatchObject({ debug: undefined });
    expect(runtime.processCount).toBe(1);
  });
});
