import { defineServer, GenServer, reply, sys } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const counter = defineServer({
  name: 'counter',
  init: ({ count, traps = false }: { count: number; traps?: boolean; terminated?: unknown[] }, self) => {
    self.trapExit(traps);
    return { count, terminated: [] as unknown[] };
  },
  handleCall: {
    add(by: number, _from, state) {
      state.count += by;
      return reply(state.count);
    },
  },
  handleInfo(message, state) {
    state.count = message as number;
  },
  terminate: (reason, state) => void state.terminated.push(reason),
});

describe('getState and replaceState', () => {
  test('getState answers the state, also of a suspended server [Y-01]', async () => {
    await using runtime = new TestRuntime();
    const { pid } = await GenServer.start(runtime, counter, { count: 1 });
    await expect(sys.getState(runtime, pid)).resolves.toMatchObject({ count: 1 });
    await sys.suspend(runtime, pid);
    await expect(sys.getState(runtime, pid)).resolves.toMatchObject({ count: 1 });
  });

  test('replaceState answers the new state, with which the next callback works [Y-02]', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, counter, { count: 1 });
    const replace = (state: unknown) => ({ ...(state as object), count: 40 });
    await expect(sys.replaceState(runtime, ref.pid, replace)).resolves.toMatchObject({ count: 40 });
    await expect(ref.call('add', 2)).resolves.toBe(42);
  });

  test('replaceState with a function that throws changes nothing and tells the caller [Y-03]', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, counter, { count: 1 });
    const broken = new Error('cannot replace');
    const replacing = sys.replaceState(runtime, ref.pid, () => {
      throw broken;
    });
    await expect(replacing).rejects.toBe(broken);
    await expect(ref.call('add', 1)).resolves.toBe(2);
  });

  test('replaceState waits for a function that is async, and what it rejects with changes nothing [Y-02, Y-03]', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, counter, { count: 1 });
    const replace = async (state: unknown) => ({ ...(state as object), count: 40 });
    await expect(sys.replaceState(runtime, ref.pid, replace)).resolves.toMatchObject({ count: 40 });
    await expect(ref.call('add', 2)).resolves.toBe(42);
    const broken = new Error('cannot replace');
    await expect(sys.replaceState(runtime, ref.pid, async () => Promise.reject(broken))).rejects.toBe(broken);
    await expect(ref.call('add', 1)).resolves.toBe(43);
  });

  test('refuse what cannot be meant, by name', async () => {
    await using runtime = new TestRuntime();
    const { pid } = await GenServer.start(runtime, counter, { count: 1 });
    for (const [message, asked] of [
      ['replace must be a function, not 5', sys.replaceState(runtime, pid, 5 as never)],
      [
        'the options of a debug function must be an object, not undefined',
        sys.install(runtime, pid, undefined as never),
      ],
      ["one of debug, id, state, not 'func'", sys.install(runtime, pid, { func() {} } as never)],
      [
        'the options of a code change must be an object, not undefined',
        sys.changeCode(runtime, pid, undefined as never),
      ],
    ] as const)
      await expect(asked).rejects.toMatchObject({
        code: 'OTP_BAD_ARGUMENT',
        message: expect.stringContaining(message),
      });
  });

  test('wait for the messages before them', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, counter, { count: 1 });
    void ref.call('add', 1);
    await expect(sys.getState(runtime, ref.pid)).resolves.toMatchObject({ count: 2 });
  });

  test('fail as calls do; a process that is no server does not answer [Y-15]', async () => {
    await using runtime = new TestRuntime();
    const puppet = new Puppet(runtime);
    await expect(sys.getState(runtime, 'nobody')).rejects.toMatchObject({ code: 'OTP_NOPROC' });
    const noServer = sys.getState(runtime, puppet.pid, { timeout: 10 }).catch((error: unknown) => error);
    await runtime.clock.advance(10);
    expect(await noServer).toMatchObject({ code: 'OTP_CALL_TIMEOUT' });
    expect(puppet.seen).toHaveLength(1);
  });
});

describe('a suspended server', () => {
  test('handles nothing but system messages; callers may give up [Y-04]', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, counter, { count: 1 });
    await sys.suspend(runtime, ref.pid);
    await sys.suspend(runtime, ref.pid);
    runtime.send(ref.pid, 100);
    const call = ref.call('add', 1, { timeout: 50 }).catch((error: { code: string }) => error.code);
    await runtime.clock.advance(50);
    expect(await call).toBe('OTP_CALL_TIMEOUT');
    await expect(sys.getState(runtime, ref.pid)).resolves.toMatchObject({ count: 1 });
    expect(runtime.processInfo(ref.pid)?.description).toMatchObject({ module: 'counter', suspended: true });
  });

  test('handles what has come meanwhile in order when it is resumed [Y-05]', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, counter, { count: 1 });
    await sys.suspend(runtime, ref.pid);
    const first = ref.call('add', 1);
    runtime.send(ref.pid, 100);
    const second = ref.call('add', 1);
    await settle();
    const resumed = sys.resume(runtime, ref.pid);
    const third = ref.call('add', 1);
    await resumed;
    await sys.resume(runtime, ref.pid);
    await expect(Promise.all([first, second, third])).resolves.toEqual([2, 101, 102]);
    expect(runtime.processInfo(ref.pid)?.description).toMatchObject({ suspended: false });
  });

  test('still does the work of a caller that has given up, whose answer vanishes [Y-06]', async () => {
    await using runtime = new TestRuntime();
    const { pid } = await GenServer.start(runtime, counter, { count: 1 });
    const caller = new Puppet(runtime);
    await sys.suspend(runtime, pid);
    caller.tell((self) => void self.call(pid, 'add', 1, { timeout: 10 }).catch(() => {}));
    await runtime.clock.advance(10);
    await sys.resume(runtime, pid);
    await expect(sys.getState(runtime, pid)).resolves.toMatchObject({ count: 2 });
    expect(caller.seen).toEqual([]);
  });

  test('that traps exits ends with its parent after terminate [Y-07]', async () => {
    await using runtime = new TestRuntime();
    const parent = new Puppet(runtime);
    const ref = await parent.do((self) => GenServer.startLink(self, counter, { count: 1, traps: true }));
    const { terminated } = (await sys.getState(runtime, ref.pid)) as { terminated: unknown[] };
    await sys.suspend(runtime, ref.pid);
    const ended = runtime.ended(ref.pid);
    runtime.sendExit(parent.pid, 'over');
    expect(await ended).toBe('over');
    expect(terminated).toEqual(['over']);
  });

  test('can be stopped', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, counter, { count: 1 });
    await sys.suspend(runtime, ref.pid);
    await ref.stop();
    expect(runtime.isAlive(ref.pid)).toBe(false);
  });

  test('is told of a timeout that ran out meanwhile when it is resumed', async () => {
    await using runtime = new TestRuntime();
    const { pid } = await GenServer.start(runtime, counter, { count: 1 });
    await sys.suspend(runtime, pid);
    const puppet = new Puppet(runtime);
    await puppet.do((self) => self.sendAfter(10, pid, 7));
    await runtime.clock.advance(20);
    await expect(sys.getState(runtime, pid)).resolves.toMatchObject({ count: 1 });
    await sys.resume(runtime, pid);
    await expect(sys.getState(runtime, pid)).resolves.toMatchObject({ count: 7 });
  });
});

test('what a suspended server has not looked at is there for its terminate', async () => {
  await using runtime = new TestRuntime();
  const found: unknown[] = [];
  const server = defineServer({
    init: () => null,
    terminate: (_reason, _state, self) =>
      void found.push(
        self.take(() => true),
        self.take(() => true),
      ),
  });
  const ref = await GenServer.start(runtime, server, undefined);
  await sys.suspend(runtime, ref.pid);
  runtime.send(ref.pid, 'one');
  runtime.send(ref.pid, 'two');
  await settle();
  await ref.stop();
  expect(found).toEqual([['one'], ['two']]);
});
