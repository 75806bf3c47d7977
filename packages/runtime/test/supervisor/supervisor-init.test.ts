import {
  DynamicSupervisor,
  type DynamicSupervisorOptions,
  defineServer,
  GenServer,
  ignore,
  type Pid,
  reply,
  Supervisor,
  type SupervisorOptions,
  serversSpec,
  sys,
} from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { listing, Nursery } from '../support/nursery.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

describe.each([
  ['Supervisor', Supervisor],
  ['DynamicSupervisor', DynamicSupervisor],
])('options of a %s that are a function', (_name, behaviour) => {
  test('can ignore: the start says so, and the link ends normal [S-02]', async () => {
    await using runtime = new TestRuntime();
    const ends: unknown[] = [];
    runtime.events.on('process:exit', ({ reason }) => ends.push(reason));
    const parent = await Puppet.trapping(runtime);
    const start = await parent.do((self) =>
      behaviour.startLink(self, () => ignore()).catch(({ reason }) => reason),
    );
    expect(start).toBe('ignore');
    await settle();
    // As OTP 26 and later: of a start that fails no exit message is left.
    expect([ends, parent.seen]).toEqual([['normal'], []]);
    expect(runtime.processes()).toEqual([parent.pid]);
  });

  test('leave an ignored child of another supervisor in its list, without a process [S-02, S-21]', async () => {
    await using runtime = new TestRuntime();
    const children = [behaviour.childSpec('inner', () => ignore())];
    const outer = await Supervisor.start(runtime, { children });
    expect(await listing(runtime, outer)).toEqual(['inner notRunning']);
  });

  test('are made in the supervisor, each time it is started, at once or later', async () => {
    await using runtime = new TestRuntime();
    const made: [self: Pid, parent: Pid | undefined][] = [];
    const inner = behaviour.childSpec('inner', async (self) => {
      await settle(1);
      made.push([self.pid, self.parent]);
      return {};
    });
    const outer = await Supervisor.start(runtime, { children: [inner] });
    const [first] = await Supervisor.whichChildren(runtime, outer);
    runtime.sendExit(first?.pid as Pid, 'kill');
    await settle(10);
    const [second] = await Supervisor.whichChildren(runtime, outer);
    expect(made).toEqual([
      [first?.pid, outer],
      [second?.pid, outer],
    ]);
  });

  test('fail the start with what they throw, and with what the check says of them [S-03]', async () => {
    await using runtime = new TestRuntime();
    const failing = behaviour.start(runtime, () => {
      throw new RangeError('no options');
    });
    await expect(failing).rejects.toMatchObject({ reason: expect.any(RangeError) });
    await expect(behaviour.start(runtime, () => ({ intensity: -1 }))).rejects.toMatchObject({
      reason: { code: 'OTP_BAD_ARGUMENT' },
    });
    expect(runtime.processCount).toBe(0);
  });
});

const echo = defineServer({
  init: (name: string) => name,
  handleCall: { name: (_: undefined, _from, state) => reply(state) },
});

describe('a supervisor with one spec for all its children', () => {
  test('has exactly one, and starts each child with it and an argument of its own [S-14]', async () => {
    await using runtime = new TestRuntime();
    const supervisor = await DynamicSupervisor.start(runtime, { child: serversSpec(echo) });
    for (const name of ['one', 'two']) {
      const started = await DynamicSupervisor.startChildWith(runtime, supervisor, name);
      expect(started).toMatchObject({ kind: 'ok' });
      const { pid } = started as { pid: Pid };
      expect(await runtime.call(pid, 'name')).toBe(name);
      runtime.sendExit(pid, 'kill');
    }
    await settle();
    const children = await DynamicSupervisor.whichChildren(runtime, supervisor);
    const names = children.map(({ pid }) => runtime.call(pid as Pid, 'name'));
    expect(await Promise.all(names)).toEqual(['one', 'two']);
    expect(await DynamicSupervisor.countChildren(runtime, supervisor)).toMatchObject({ specs: 1, active: 2 });
  });

  test.each<[unknown, string]>([
    [[serversSpec(echo), serversSpec(echo)], 'child must be one child spec without an id, not ['],
    [[], 'child must be one child spec without an id, not []'],
    [null, 'child must be one child spec without an id, not null'],
    [{}, "start of child 'dynamic' must be a function, not undefined"],
    [{ ...serversSpec(echo), restart: 'transient', significant: true }, 'cannot be significant'],
  ])('refuses %p for it [S-14]', async (child, message) => {
    await using runtime = new TestRuntime();
    const options = { child } as DynamicSupervisorOptions;
    await expect(DynamicSupervisor.start(runtime, options)).rejects.toThrow(message);
    expect(() => DynamicSupervisor.childSpec('s', options)).toThrow(message);
  });

  test('takes no other, and without one there is none to start by [S-14]', async () => {
    await using runtime = new TestRuntime();
    const [one, own] = [
      await DynamicSupervisor.start(runtime, { child: serversSpec(echo) }),
      await DynamicSupervisor.start(runtime),
    ];
    expect(await DynamicSupervisor.startChild(runtime, one, serversSpec(echo), 'a')).toMatchObject({
      kind: 'error',
      reason: { code: 'OTP_BAD_ARGUMENT', message: expect.stringContaining('none can bring another') },
    });
    expect(await DynamicSupervisor.startChildWith(runtime, own, 'a')).toMatchObject({
      kind: 'error',
      reason: { code: 'OTP_BAD_ARGUMENT', message: expect.stringContaining('each child has to bring one') },
    });
  });
});

/** Suspends, changes and resumes: what a change of code is. */
async function change(runtime: TestRuntime, supervisor: Pid, extra?: unknown): Promise<void> {
  await sys.suspend(runtime, supervisor);
  try {
    await sys.changeCode(runtime, supervisor, { extra });
  } finally {
    await sys.resume(runtime, supervisor);
  }
}

describe('a running supervisor', () => {
  test('takes other flags: they count from the next crash on, as do the restarts so far [S-101]', async () => {
    await using runtime = new TestRuntime();
    const nursery = new Nursery(runtime);
    const children = [nursery.spec('a'), nursery.spec('b')];
    const supervisor = await Supervisor.start(runtime, { children, intensity: 1 });
    const ended = runtime.ended(supervisor);
    await nursery.end('a');
    await change(runtime, supervisor, { children, strategy: 'oneForAll', intensity: 2, period: 60 });
    nursery.log.length = 0;
    await nursery.end('a');
    expect(nursery.log).toEqual(['stop a crash', 'stop b shutdown', 'start a', 'start b']);
    await nursery.end('b');
    expect(await ended).toBe('shutdown');
  });

  test('takes other specs: known children go on, others stay, new ones wait to be started [S-101]', async () => {
    await using runtime = new TestRuntime();
    const nursery = new Nursery(runtime);
    const supervisor = await Supervisor.start(runtime, {
      children: [nursery.spec('old'), nursery.spec('older'), nursery.spec('a'), nursery.spec('b')],
    });
    const [a, b] = [nursery.pid('a'), nursery.pid('b')];
    const specs = [nursery.spec('b'), nursery.spec('a', { restart: 'temporary' }), nursery.spec('new')];
    await change(runtime, supervisor, { children: specs });
    expect(await listing(runtime, supervisor)).toEqual([
      'older running',
      'old running',
      'new notRunning',
      'a running',
      'b running',
    ]);
    expect([nursery.pid('a'), nursery.pid('b')]).toEqual([a, b]);
    expect(await Supervisor.getChildSpec(runtime, supervisor, 'a')).toMatchObject({ restart: 'temporary' });
    await nursery.kill('a');
    await nursery.kill('b');
    expect(await listing(runtime, supervisor)).toEqual([
      'older running',
      'old running',
      'new notRunning',
      'b running',
    ]);
    expect(await Supervisor.restartChild(runtime, supervisor, 'new')).toMatchObject({ kind: 'ok' });
    nursery.log.length = 0;
    await Supervisor.stop(runtime, supervisor);
    expect(nursery.log).toEqual(['older', 'old', 'new', 'b'].map((id) => `stop ${id} shutdown`));
  });

  test('that was started with a function asks it again; ignore leaves all as it is [S-101]', async () => {
    await using runtime = new TestRuntime();
    const nursery = new Nursery(runtime);
    const answers: (SupervisorOptions | ReturnType<typeof ignore>)[] = [
      { children: [nursery.spec('a')] },
      { children: [nursery.spec('a'), nursery.spec('b')], intensity: 7 },
      ignore(),
    ];
    const supervisor = await Supervisor.start(runtime, () => answers.shift() ?? ignore());
    for (let times = 0; times < 2; times++) {
      await change(runtime, supervisor);
      expect(await listing(runtime, supervisor)).toEqual(['b notRunning', 'a running']);
      expect(runtime.processInfo(supervisor)?.description?.restarts).toMatchObject({ allowed: 7 });
    }
  });

  test.each<[string, unknown]>([
    ['flags', { strategy: 'oneForNone' }],
    ['specs', { children: [{ id: 'a' }] }],
    [
      'options that throw',
      () => {
        throw new RangeError('no options');
      },
    ],
  ])('refuses wrong %s, and is as it was [S-101]', async (_what, extra) => {
    await using runtime = new TestRuntime();
    const nursery = new Nursery(runtime);
    const supervisor = await Supervisor.start(runtime, { children: [nursery.spec('a')], intensity: 2 });
    await expect(change(runtime, supervisor, extra)).rejects.toBeInstanceOf(Error);
    expect(await listing(runtime, supervisor)).toEqual(['a running']);
    expect(runtime.processInfo(supervisor)?.description).toMatchObject({
      strategy: 'oneForOne',
      restarts: { allowed: 2 },
    });
  });

  test('of one spec for all takes another, for the children to come [S-101]', async () => {
    await using runtime = new TestRuntime();
    const louder = { ...echo, init: (name: string) => name.toUpperCase() };
    const supervisor = await DynamicSupervisor.start(runtime, { child: serversSpec(echo) });
    const start = async () =>
      runtime.call(
        ((await DynamicSupervisor.startChildWith(runtime, supervisor, 'a')) as { pid: Pid }).pid,
        'name',
      );
    expect(await start()).toBe('a');
    await change(runtime, supervisor, { child: serversSpec(louder), maxChildren: 2 });
    expect(await start()).toBe('A');
    expect(await DynamicSupervisor.startChildWith(runtime, supervisor, 'b')).toMatchObject({
      reason: 'maxChildren',
    });
  });

  test('ends with its parent also while its code is being changed', async () => {
    await using runtime = new TestRuntime();
    const parent = new Puppet(runtime);
    const supervisor = await parent.do((self) => Supervisor.startLink(self, {}));
    await sys.suspend(runtime, supervisor);
    const changed = sys.changeCode(runtime, supervisor, { extra: () => settle(3).then(() => ({})) });
    const ended = runtime.ended(supervisor);
    await settle(1);
    runtime.sendExit(parent.pid, 'over');
    await changed;
    expect(await ended).toBe('over');
  });
});

test('GenServer.stop works on a suspended supervisor whose code was changed', async () => {
  await using runtime = new TestRuntime();
  const supervisor = await Supervisor.start(runtime, {});
  await sys.suspend(runtime, supervisor);
  await sys.changeCode(runtime, supervisor, { extra: {} });
  await GenServer.stop(runtime, supervisor);
  expect(runtime.processCount).toBe(0);
});
