import { assign, createActor, createMachine, fromPromise, sendTo, setup } from 'xstate';
import { type Pid, Supervisor } from '../../src/index.ts';
import {
  type MachineChildOptions,
  type PersistedMachine,
  StateMachine,
} from '../../src/state-machine/index.ts';
import { settle } from '../../src/testing/index.ts';
import { TestRuntime } from '../support/test-runtime.ts';

function fail(): never {
  throw new Error('broken');
}

type Event = { type: 'add' | 'work' | 'fail' | 'finish' } | { type: 'keep'; value: unknown };

const starts: string[] = [];

/** Counts; works for a minute, with a child that works for half of it and a promise that never ends. */
const worker = setup({
  types: { context: {} as { count: number; kept: unknown; child: unknown }, events: {} as Event },
  actors: {
    pending: fromPromise(({ input }: { input: string }) => {
      starts.push(input);
      return new Promise(() => {});
    }),
    child: createMachine({
      initial: 'early',
      states: { early: { after: { 30000: 'late' } }, late: {} },
      context: { nested: { list: [] } },
      on: { skip: '.late' },
    }),
  },
  actions: { fail },
}).createMachine({
  id: 'worker',
  context: ({ spawn }) => ({ count: 0, kept: undefined, child: { ref: spawn('child', { id: 'child' }) } }),
  initial: 'idle',
  states: {
    idle: { on: { work: 'working' } },
    working: {
      invoke: { src: 'pending', input: 'work' },
      after: { 60000: 'worked' },
      on: { work: { actions: sendTo('child', { type: 'skip' }) } },
    },
    worked: {},
    finished: { type: 'final' },
  },
  on: {
    add: { actions: assign({ count: ({ context }) => context.count + 1 }) },
    keep: { actions: assign({ kept: ({ event }) => event.value }) },
    fail: { actions: 'fail' },
    finish: '.finished',
  },
});

/** The machine under a supervisor, by its name. */
async function supervised(runtime: TestRuntime, options: MachineChildOptions<typeof worker>) {
  const spec = StateMachine.childSpec(worker, { name: 'worker', ...options });
  const supervisor = await Supervisor.start(runtime, { children: [spec], intensity: 3 });
  const ref = () => StateMachine.ref(runtime, worker, 'worker');
  return { supervisor, ref };
}

async function crash(runtime: TestRuntime): Promise<void> {
  const pid = runtime.whereis('worker') as Pid;
  runtime.send(pid, { type: 'fail' });
  await settle();
  expect(runtime.whereis('worker')).not.toBe(pid);
}

function childValue(snapshot: { children: Record<string, { getSnapshot(): unknown } | undefined> }): unknown {
  return (snapshot.children.child?.getSnapshot() as { value: unknown } | undefined)?.value;
}

describe('a restarted machine', () => {
  test('begins anew unless it is told to resume', async () => {
    await using runtime = new TestRuntime();
    const { ref } = await supervised(runtime, {});
    ref().send({ type: 'add' });
    ref().send({ type: 'work' });
    await crash(runtime);
    expect(await ref().snapshot()).toMatchObject({ value: 'idle', context: { count: 0 } });
    expect(runtime.armedTimers).toBe(1);
  });

  test('resumes from the last event before the crash, which is lost as are those behind it', async () => {
    await using runtime = new TestRuntime();
    const { ref } = await supervised(runtime, { resume: true });
    for (const type of ['add', 'add', 'fail', 'add'] as const) ref().send({ type });
    await settle();
    expect(await ref().snapshot()).toMatchObject({ value: 'idle', context: { count: 2 } });
  });

  test('resumes with the rest of its delays and with its actors', async () => {
    await using runtime = new TestRuntime();
    starts.length = 0;
    const { ref } = await supervised(runtime, { resume: true });
    ref().send({ type: 'work' });
    await runtime.clock.advance(20_000);
    await crash(runtime);
    expect(starts).toEqual(['work', 'work']);
    await runtime.clock.advance(9_999);
    expect(childValue(await ref().snapshot())).toBe('early');
    await runtime.clock.advance(1);
    expect(childValue(await ref().snapshot())).toBe('late');
    const { context, children } = await ref().snapshot();
    expect(context.child).toEqual({ ref: children.child });
    await runtime.clock.advance(29_999);
    expect((await ref().snapshot()).value).toBe('working');
    await runtime.clock.advance(1);
    expect((await ref().snapshot()).value).toBe('worked');
  });

  test('resumes with its actors as they were after that event, also after several crashes', async () => {
    await using runtime = new TestRuntime();
    const { ref } = await supervised(runtime, { resume: true });
    for (const type of ['work', 'work', 'add'] as const) ref().send({ type });
    await settle();
    await crash(runtime);
    await crash(runtime);
    const snapshot = await ref().snapshot();
    expect([childValue(snapshot), snapshot.context.count]).toEqual(['late', 1]);
  });

  test('resumes after a kill', async () => {
    await using runtime = new TestRuntime();
    const { ref } = await supervised(runtime, { resume: true });
    ref().send({ type: 'add' });
    await settle();
    runtime.sendExit(ref().pid, 'kill');
    await settle();
    expect((await ref().snapshot()).context.count).toBe(1);
  });

  test('keeps objects of classes in its context as they are', async () => {
    await using runtime = new TestRuntime();
    const { ref, supervisor } = await supervised(runtime, { resume: true });
    const kept = { pids: [supervisor], runtime, at: new Date(0) };
    ref().send({ type: 'keep', value: kept });
    await settle();
    await crash(runtime);
    expect((await ref().snapshot()).context.kept).toBe(kept);
  });

  test('begins anew after its final state, and after it was stopped', async () => {
    await using runtime = new TestRuntime();
    const { ref, supervisor } = await supervised(runtime, { resume: true });
    for (const type of ['add', 'finish'] as const) ref().send({ type });
    await settle();
    expect(await ref().snapshot()).toMatchObject({ value: 'idle', context: { count: 0 } });
    ref().send({ type: 'add' });
    await settle();
    await Supervisor.terminateChild(runtime, supervisor, 'worker');
    await Supervisor.restartChild(runtime, supervisor, 'worker');
    expect((await ref().snapshot()).context.count).toBe(0);
  });

  test('begins anew when it cannot be resumed', async () => {
    await using runtime = new TestRuntime();
    let attempts = 0;
    const actor = fromPromise(() => new Promise(() => {}));
    const machine = setup({ actors: { actor } }).createMachine({
      id: 'worker',
      context: () => ({ attempt: ++attempts }),
      initial: 'a',
      states: { a: { on: { go: 'gone' } }, gone: {} },
      on: { fail: { actions: fail } },
    });
    const spec = StateMachine.childSpec(machine, { name: 'worker', resume: true });
    await Supervisor.start(runtime, { children: [spec], intensity: 3 });
    runtime.send('worker', { type: 'go' });
    await settle();
    // The state is gone from the next version, as it were.
    Reflect.deleteProperty(machine.root.states, 'gone');
    await crash(runtime);
    const ref = StateMachine.ref(runtime, machine, 'worker');
    expect(await ref.snapshot()).toMatchObject({ value: 'a', context: { attempt: 2 } });
  });
});

describe('persist', () => {
  test('gives what a machine can be started from, also in another runtime and as JSON', async () => {
    await using runtime = new TestRuntime();
    await using later = new TestRuntime();
    const ref = await StateMachine.start(runtime, worker);
    for (const type of ['add', 'work'] as const) ref.send({ type });
    await runtime.clock.advance(45_000);
    const persisted = JSON.parse(JSON.stringify(await ref.persist())) as PersistedMachine;
    const resumed = await StateMachine.start(later, worker, { snapshot: persisted });
    const snapshot = await resumed.snapshot();
    expect(snapshot).toMatchObject({ value: 'working', context: { count: 1 } });
    expect([childValue(snapshot), snapshot.context.child]).toEqual([
      'late',
      { ref: snapshot.children.child },
    ]);
    await later.clock.advance(15_000);
    expect((await resumed.snapshot()).value).toBe('worked');
  });

  test('what XState itself has persisted can be started from', async () => {
    await using runtime = new TestRuntime();
    const actor = createActor(worker).start();
    actor.send({ type: 'add' });
    const ref = await StateMachine.start(runtime, worker, { snapshot: actor.getPersistedSnapshot() });
    actor.stop();
    ref.send({ type: 'add' });
    expect((await ref.snapshot()).context.count).toBe(2);
  });

  test('a machine that was persisted in its final state ends with its output', async () => {
    await using runtime = new TestRuntime();
    const machine = createMachine({
      initial: 'a',
      states: { a: { on: { end: 'z' } }, z: { type: 'final' } },
      output: 7,
    });
    const actor = createActor(machine).start();
    actor.send({ type: 'end' });
    const ref = await StateMachine.start(runtime, machine, { snapshot: actor.getPersistedSnapshot() });
    await expect(ref.output()).resolves.toBe(7);
  });
});
