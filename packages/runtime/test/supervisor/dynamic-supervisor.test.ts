import { type ChildSpec, DynamicSupervisor, type Pid, Supervisor, sys } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { type ChildPlan, Nursery } from '../support/nursery.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const start = () => ({ kind: 'ignore' }) as const;
const forEver = () => new Promise<void>(() => {});

async function open(runtime: TestRuntime, options: Parameters<typeof DynamicSupervisor.start>[1] = {}) {
  const nursery = new Nursery(runtime);
  const supervisor = await DynamicSupervisor.start(runtime, options);
  const add = (id: string, plan?: ChildPlan) => {
    return DynamicSupervisor.startChild(runtime, supervisor, nursery.spec(id, plan));
  };
  const statuses = async () => {
    return (await DynamicSupervisor.whichChildren(runtime, supervisor)).map(({ status }) => status);
  };
  return { nursery, supervisor, add, statuses };
}

/** Brings a child into the state between a failed restart and the next try. */
async function whileRestarting(
  runtime: TestRuntime,
  supervisor: Pid,
  crash: () => Promise<void>,
  ask: () => unknown[],
) {
  await sys.suspend(runtime, supervisor);
  await crash();
  const answers = Promise.all(ask());
  await sys.resume(runtime, supervisor);
  return await answers;
}

test.each<[object, string]>([
  [{}, 'start of child'],
  [{ start, shutdown: -1 }, 'shutdown of child'],
  [{ start, restart: 'often' }, 'restart of child'],
  [{ start, type: 'boss' }, 'type of child'],
  [{ start, significant: 'very' }, 'significant of child'],
  [{ start, significant: true }, 'a permanent child never ends of itself'],
])('a bad spec is refused before the supervisor hears of it: %p [D-03]', (spec, message) => {
  expect(() => DynamicSupervisor.startChild(new TestRuntime(), 'nobody', spec as ChildSpec)).toThrow(message);
});

test('a significant child is refused by a supervisor that does not heed it [D-03]', async () => {
  await using runtime = new TestRuntime();
  const { add, statuses } = await open(runtime);
  const result = await add('a', { restart: 'transient', significant: true });
  expect(result).toMatchObject({ kind: 'error', reason: { code: 'OTP_BAD_ARGUMENT' } });
  expect(await statuses()).toEqual([]);
});

test.each<[string, ChildSpec['start'], unknown]>([
  ['ignores', start, { kind: 'ignore' }],
  ['fails', () => ({ kind: 'error', reason: 'why' }), { kind: 'error', reason: 'why' }],
  ['answers junk', () => 'junk' as never, { kind: 'error', reason: 'junk' }],
])('a start that %s keeps nothing [D-04, S-23]', async (_, startIt, answer) => {
  await using runtime = new TestRuntime();
  const { supervisor, statuses } = await open(runtime);
  expect(await DynamicSupervisor.startChild(runtime, supervisor, { start: startIt })).toEqual(answer);
  expect(await statuses()).toEqual([]);
});

test('a start that throws fails with what it threw [D-05]', async () => {
  await using runtime = new TestRuntime();
  const { supervisor } = await open(runtime);
  const throwing = (thrown: unknown) => ({
    start: () => {
      throw thrown;
    },
  });
  const failed = await DynamicSupervisor.startChild(runtime, supervisor, throwing(new RangeError('x')));
  expect(failed).toEqual({ kind: 'error', reason: new RangeError('x') });
  const notCaught = await DynamicSupervisor.startChild(runtime, supervisor, throwing('x'));
  expect(notCaught).toMatchObject({ kind: 'error', reason: { code: 'OTP_NOCATCH', value: 'x' } });
});

test('where there are as many as can be, nothing is tried; the limit can be moved [D-06]', async () => {
  await using runtime = new TestRuntime();
  const { nursery, supervisor, add } = await open(runtime, { maxChildren: 1 });
  await add('a');
  expect(await add('b')).toEqual({ kind: 'error', reason: 'maxChildren' });
  expect(nursery.log).toEqual(['start a']);
  await DynamicSupervisor.setMaxChildren(runtime, supervisor, 2);
  expect(await add('b')).toMatchObject({ kind: 'ok' });
});

test('a child that is being restarted is restarting, not active, and counts for the limit [D-07, D-11, S-64, S-65]', async () => {
  await using runtime = new TestRuntime();
  const { nursery, supervisor, add, statuses } = await open(runtime, { maxChildren: 1 });
  await add('a', { starts: ['ok', 'fail', 'ok'] });
  const answers = await whileRestarting(
    runtime,
    supervisor,
    () => nursery.kill('a'),
    () => [statuses(), DynamicSupervisor.countChildren(runtime, supervisor), add('b')],
  );
  expect(answers).toEqual([
    ['restarting'],
    { specs: 1, active: 0, supervisors: 0, workers: 1 },
    { kind: 'error', reason: 'maxChildren' },
  ]);
  expect(nursery.reported).toEqual(['childTerminated undefined killed', 'startError undefined no']);
  expect(await statuses()).toEqual(['running']);
});

test('a child that is being restarted is stopped by the pid it had [D-11, S-64]', async () => {
  await using runtime = new TestRuntime();
  const { nursery, supervisor, add, statuses } = await open(runtime);
  await add('a', { starts: ['ok', 'fail', 'ok'] });
  const old = nursery.pid('a');
  const answers = await whileRestarting(
    runtime,
    supervisor,
    () => nursery.kill('a'),
    () => [DynamicSupervisor.terminateChild(runtime, supervisor, old)],
  );
  expect(answers).toEqual([{ kind: 'ok' }]);
  await settle();
  expect(nursery.log).toEqual(['start a']);
  expect(await statuses()).toEqual([]);
});

test('a restart calls the very start that the child came with [D-08, S-96]', async () => {
  await using runtime = new TestRuntime();
  const { nursery, supervisor, add, statuses } = await open(runtime);
  await add('a');
  await add('b');
  await nursery.kill('b');
  expect(nursery.log).toEqual(['start a', 'start b', 'start b']);
  expect(await statuses()).toEqual(['running', 'running']);
  expect(runtime.isAlive(supervisor)).toBe(true);
});

test.each([
  ['permanent', 'normal', true],
  ['permanent', 'crash', true],
  ['transient', 'normal', false],
  ['transient', 'shutdown', false],
  ['transient', 'crash', true],
  ['temporary', 'normal', false],
  ['temporary', 'crash', false],
] as const)(
  'a %s child that ends with %s: is it restarted? (else it is forgotten) [D-09]',
  async (restart, reason, again) => {
    await using runtime = new TestRuntime();
    const { nursery, add, statuses } = await open(runtime);
    await add('a', { restart });
    await nursery.end('a', reason);
    expect(await statuses()).toEqual(again ? ['running'] : []);
  },
);

test('a restart that ignores is the end of the child [D-10]', async () => {
  await using runtime = new TestRuntime();
  const { nursery, add, statuses } = await open(runtime);
  await add('a', { starts: ['ok', 'ignore'] });
  await nursery.end('a');
  expect(await statuses()).toEqual([]);
});

test('too many restarts end it, and all its children with it [D-12]', async () => {
  await using runtime = new TestRuntime();
  const { nursery, supervisor, add } = await open(runtime, { intensity: 1 });
  await add('a');
  await add('b');
  await nursery.end('a');
  const ended = runtime.ended(supervisor);
  await nursery.end('b');
  expect(await ended).toBe('shutdown');
  expect(nursery.reported.at(-1)).toBe('shutdown undefined reachedMaxRestartIntensity');
  expect(runtime.processCount).toBe(0);
});

test('a pid that is no child, or no longer, is not found [D-13]', async () => {
  await using runtime = new TestRuntime();
  const { nursery, supervisor, add } = await open(runtime);
  await add('a');
  const pid = nursery.pid('a');
  const notFound = { kind: 'error', reason: 'notFound' };
  expect(await DynamicSupervisor.terminateChild(runtime, supervisor, pid)).toEqual({ kind: 'ok' });
  expect(await DynamicSupervisor.terminateChild(runtime, supervisor, pid)).toEqual(notFound);
  expect(await DynamicSupervisor.terminateChild(runtime, supervisor, supervisor)).toEqual(notFound);
  expect(() => DynamicSupervisor.terminateChild(runtime, supervisor, 'a' as never)).toThrow(
    'the pid of a child',
  );
});

test('all children are told at once, each has its own time [D-14]', async () => {
  await using runtime = new TestRuntime();
  const { nursery, supervisor, add } = await open(runtime);
  await add('obeys');
  await add('brutal', { shutdown: 'brutalKill' });
  await add('short', { shutdown: 100, whenStopped: forEver });
  await add('long', { shutdown: 300, whenStopped: forEver });
  nursery.log.length = 0;
  const stopped = DynamicSupervisor.stop(runtime, supervisor);
  await settle();
  expect(nursery.log.sort()).toEqual(['stop long shutdown', 'stop obeys shutdown', 'stop short shutdown']);
  const alive = () => ['obeys', 'brutal', 'short', 'long'].filter((id) => runtime.isAlive(nursery.pid(id)));
  expect(alive()).toEqual(['short', 'long']);
  await runtime.clock.advance(100);
  expect(alive()).toEqual(['long']);
  await runtime.clock.advance(200);
  await stopped;
  expect(nursery.reports.map(({ pid, reason }) => [pid, reason])).toEqual([
    [nursery.pid('short'), 'killed'],
    [nursery.pid('long'), 'killed'],
  ]);
});

test('children are counted by what they are [D-15]', async () => {
  await using runtime = new TestRuntime();
  const { supervisor, add } = await open(runtime);
  await add('a');
  await DynamicSupervisor.startChild(runtime, supervisor, Supervisor.childSpec('inner', {}));
  const counts = { specs: 2, active: 2, supervisors: 1, workers: 1 };
  expect(await DynamicSupervisor.countChildren(runtime, supervisor)).toEqual(counts);
});

test('children have no names, also in reports: two of one id are two [D-16]', async () => {
  await using runtime = new TestRuntime();
  const { nursery, add, statuses } = await open(runtime);
  await add('a');
  await add('a');
  expect(await statuses()).toEqual(['running', 'running']);
  await nursery.kill('a');
  expect(nursery.reports.map(({ id }) => id)).toEqual([undefined]);
});

test('two dynamic supervisors under one supervisor need two ids [D-17]', async () => {
  await using runtime = new TestRuntime();
  const supervisor = await Supervisor.start(runtime, { children: [DynamicSupervisor.childSpec('d')] });
  const again = await Supervisor.startChild(runtime, supervisor, DynamicSupervisor.childSpec('d'));
  expect(again).toMatchObject({ kind: 'error', reason: { alreadyStarted: expect.anything() } });
  expect(await Supervisor.startChild(runtime, supervisor, DynamicSupervisor.childSpec('e'))).toMatchObject({
    kind: 'ok',
  });
});

test('looked at from outside it is a supervisor like any other [D-18]', async () => {
  await using runtime = new TestRuntime();
  const { supervisor, add } = await open(runtime);
  await add('a');
  const info = runtime.processInfo(supervisor);
  expect(info).toMatchObject({
    behaviour: 'DynamicSupervisor',
    description: { module: 'DynamicSupervisor' },
  });
  expect(info?.description?.children).toHaveLength(1);
});

test('unexpected messages are told to those who look on [S-45]', async () => {
  await using runtime = new TestRuntime();
  const unhandled: unknown[] = [];
  runtime.events.on('message:unhandled', ({ message }) => unhandled.push(message));
  const { supervisor } = await open(runtime);
  runtime.send(supervisor, 'hello');
  await settle();
  expect(unhandled).toEqual(['hello']);
});
