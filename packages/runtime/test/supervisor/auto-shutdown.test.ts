import {
  type AutoShutdown,
  DynamicSupervisor,
  type Pid,
  type StartResult,
  Supervisor,
} from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { type ChildPlan, listing, Nursery } from '../support/nursery.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const transient = { restart: 'transient', significant: true } as const;
const temporary = { restart: 'temporary', significant: true } as const;

async function familyOf(runtime: TestRuntime, autoShutdown: AutoShutdown, plans: Record<string, ChildPlan>) {
  const nursery = new Nursery(runtime);
  const children = Object.entries(plans).map(([id, plan]) => nursery.spec(id, plan));
  const supervisor = await Supervisor.start(runtime, { autoShutdown, children });
  return { nursery, supervisor, ended: runtime.ended(supervisor) };
}

test('anySignificant: a clean end of one takes all others along, youngest first [S-102]', async () => {
  await using runtime = new TestRuntime();
  const { nursery, ended } = await familyOf(runtime, 'anySignificant', { a: {}, b: transient, c: {}, d: {} });
  nursery.log.length = 0;
  await nursery.end('b', 'normal');
  expect(await ended).toBe('shutdown');
  expect(nursery.log).toEqual(['stop b normal', 'stop d shutdown', 'stop c shutdown', 'stop a shutdown']);
});

test('a significant transient child that crashes is restarted [S-103]', async () => {
  await using runtime = new TestRuntime();
  const { nursery, supervisor } = await familyOf(runtime, 'anySignificant', { a: transient });
  await nursery.end('a', 'crash');
  expect(await listing(runtime, supervisor)).toEqual(['a running']);
});

test.each(['normal', 'crash'])(
  'a significant temporary child counts, however it ends: %s [S-104]',
  async (reason) => {
    await using runtime = new TestRuntime();
    const { nursery, ended } = await familyOf(runtime, 'anySignificant', { a: {}, b: temporary });
    await nursery.end('b', reason);
    expect(await ended).toBe('shutdown');
  },
);

test('a significant child that was stopped on request does not count [S-105]', async () => {
  await using runtime = new TestRuntime();
  const { supervisor } = await familyOf(runtime, 'anySignificant', { a: transient });
  await Supervisor.terminateChild(runtime, supervisor, 'a');
  expect(await listing(runtime, supervisor)).toEqual(['a notRunning']);
});

test('allSignificant: the last one decides [S-106]', async () => {
  await using runtime = new TestRuntime();
  const { nursery, supervisor, ended } = await familyOf(runtime, 'allSignificant', {
    a: transient,
    b: temporary,
    c: {},
  });
  await nursery.end('a', 'normal');
  expect(runtime.isAlive(supervisor)).toBe(true);
  await nursery.end('b', 'crash');
  expect(await ended).toBe('shutdown');
});

test('allSignificant: one that was stopped on request is gone as well [S-107]', async () => {
  await using runtime = new TestRuntime();
  const { nursery, supervisor, ended } = await familyOf(runtime, 'allSignificant', {
    a: transient,
    b: transient,
    c: {},
  });
  await Supervisor.terminateChild(runtime, supervisor, 'a');
  expect(runtime.isAlive(supervisor)).toBe(true);
  await nursery.end('b', 'normal');
  expect(await ended).toBe('shutdown');
});

test('a significant sibling that is stopped in a group restart does not count [S-108]', async () => {
  await using runtime = new TestRuntime();
  const nursery = new Nursery(runtime);
  const children = [nursery.spec('a'), nursery.spec('b', transient), nursery.spec('c', temporary)];
  const options = { strategy: 'oneForAll', autoShutdown: 'anySignificant', children } as const;
  const supervisor = await Supervisor.start(runtime, options);
  await nursery.end('a');
  expect(await listing(runtime, supervisor)).toEqual(['b running', 'a running']);
});

test.each(['anySignificant', 'allSignificant'] as const)(
  '%s: who is not significant never counts [S-109]',
  async (auto) => {
    await using runtime = new TestRuntime();
    const plans = { a: { restart: 'transient' }, b: { restart: 'temporary' }, c: transient } as const;
    const { nursery, supervisor } = await familyOf(runtime, auto, plans);
    await nursery.end('a', 'normal');
    await nursery.end('b', 'crash');
    expect(await listing(runtime, supervisor)).toEqual(['c running', 'a notRunning']);
  },
);

async function dynamicFamily(runtime: TestRuntime, autoShutdown: AutoShutdown, ...ids: string[]) {
  const nursery = new Nursery(runtime);
  const supervisor = await DynamicSupervisor.start(runtime, { autoShutdown });
  for (const id of ids) await startDynamic(runtime, supervisor, nursery, id);
  return { nursery, supervisor, ended: runtime.ended(supervisor) };
}

function startDynamic(
  runtime: TestRuntime,
  supervisor: Pid,
  nursery: Nursery,
  id: string,
): Promise<StartResult> {
  return DynamicSupervisor.startChild(runtime, supervisor, nursery.spec(id, transient));
}

test('a dynamic supervisor ends with the last of its significant children [S-110]', async () => {
  await using runtime = new TestRuntime();
  const { nursery, supervisor, ended } = await dynamicFamily(runtime, 'allSignificant', 'a', 'b');
  await nursery.end('a', 'normal');
  expect(runtime.isAlive(supervisor)).toBe(true);
  await nursery.end('b', 'normal');
  expect(await ended).toBe('shutdown');
});

test('a dynamic supervisor ends with the first of them, and stops the others [S-110]', async () => {
  await using runtime = new TestRuntime();
  const { nursery, ended } = await dynamicFamily(runtime, 'anySignificant', 'a', 'b');
  await nursery.end('a', 'normal');
  expect(await ended).toBe('shutdown');
  expect(nursery.log).toContain('stop b shutdown');
});

test.each([
  ['a significant', true, false],
  ['another', false, true],
])(
  '%s supervisor that ends of itself: does its own supervisor live on? [S-111]',
  async (_, significant, lives) => {
    await using runtime = new TestRuntime();
    const nursery = new Nursery(runtime);
    const inner = Supervisor.childSpec(
      'inner',
      { autoShutdown: 'anySignificant', children: [nursery.spec('a', transient)] },
      { restart: 'transient', significant },
    );
    const outer = await Supervisor.start(runtime, {
      autoShutdown: 'anySignificant',
      children: [inner, nursery.spec('b')],
    });
    await nursery.end('a', 'normal');
    await settle();
    expect(runtime.isAlive(outer)).toBe(lives);
  },
);
