import { type AnyStateMachine, assign, createMachine, raise, sendTo, setup } from 'xstate';
import { GenServer, StartFailedError, Supervisor, sys } from '../../src/index.ts';
import {
  changeMachine,
  popMachine,
  postpone,
  pushMachine,
  StateMachine,
} from '../../src/state-machine/index.ts';
import { settle } from '../../src/testing/index.ts';
import { TestRuntime } from '../support/test-runtime.ts';

interface Context {
  readonly heard: readonly string[];
}

/** Two machines that know each other: each writes down who has heard what, and moves from `a` to `b`. */
function pair() {
  const machines = { types: { context: {} as Context, events: {} as { type: string; by?: number } } };
  const hears = (name: string) =>
    assign<Context, { type: string }, undefined, { type: string }, never>({
      heard: ({ context, event }) => [...context.heard, `${name} ${event.type}`],
    });
  const states = { a: { on: { move: 'b' } }, b: { on: { move: 'a' } } };
  const first: AnyStateMachine = setup(machines).createMachine({
    id: 'first',
    context: { heard: [] },
    initial: 'a',
    states,
    on: {
      change: { actions: changeMachine(() => second) },
      push: { actions: pushMachine(() => second) },
      pop: { actions: popMachine },
      say: { actions: hears('first') },
      soon: { actions: raise({ type: 'say' }, { delay: 100, id: 'soon' }) },
      crash: {
        actions: () => {
          throw new Error('crash');
        },
      },
    },
  });
  const second: AnyStateMachine = setup(machines).createMachine({
    id: 'second',
    context: { heard: ['never'] },
    initial: 'b',
    states,
    on: {
      change: { actions: changeMachine(first) },
      push: { actions: pushMachine(first) },
      pop: { actions: popMachine },
      say: { actions: hears('second') },
      crash: {
        actions: () => {
          throw new Error('crash');
        },
      },
    },
  });
  return { first, second };
}

describe('the machine of a process', () => {
  test('is changed, pushed and popped, with state and context as they are [F-32]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, pair().first);
    for (const type of [
      'say',
      'move',
      'push',
      'say',
      'change',
      'say',
      'push',
      'say',
      'pop',
      'say',
      'pop',
      'say',
    ])
      ref.send({ type });
    const { value, context } = await ref.snapshot();
    expect(value).toBe('b');
    expect(context.heard).toEqual([
      'first say',
      'second say',
      'first say',
      'second say',
      'first say',
      'first say',
    ]);
    expect(await sys.getStatus(runtime, ref.pid)).toMatchObject({ module: 'first' });
  });

  test('cannot be popped once too often: the process fails with an error that says so [F-32]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, pair().first);
    const ended = runtime.ended(ref.pid);
    for (const type of ['push', 'pop', 'pop']) ref.send({ type });
    expect(await ended).toMatchObject({
      code: 'OTP_BAD_ARGUMENT',
      message: 'there is no machine to go back to: none was pushed',
    });
  });

  test('that does not know the present state fails the process [F-32]', async () => {
    await using runtime = new TestRuntime();
    const other = createMachine({ id: 'other', initial: 'x', states: { x: {} } });
    const machine = createMachine({
      initial: 'a',
      states: { a: {} },
      on: { go: { actions: changeMachine(other) } },
    });
    const ref = await StateMachine.start(runtime, machine);
    const ended = runtime.ended(ref.pid);
    ref.send({ type: 'go' });
    expect(String(await ended)).toContain("'a'");
    expect(runtime.armedTimers).toBe(0);
  });

  test('keeps its delays and what it has postponed', async () => {
    await using runtime = new TestRuntime();
    const { first } = pair();
    const ref = await StateMachine.start(runtime, first);
    ref.send({ type: 'soon' });
    ref.send({ type: 'push' });
    await settle();
    await runtime.clock.advance(99);
    expect((await ref.snapshot()).context.heard).toEqual([]);
    await runtime.clock.advance(1);
    expect((await ref.snapshot()).context.heard).toEqual(['second say']);

    const log: string[] = [];
    const patient = createMachine({
      initial: 'a',
      states: { a: { on: { move: 'b', later: { actions: postpone } } }, b: {} },
      on: { go: { actions: changeMachine(() => eager) } },
    });
    const eager = createMachine({
      initial: 'a',
      states: { a: { on: { move: 'b' } }, b: { on: { later: { actions: () => void log.push('later') } } } },
    });
    const waiting = await StateMachine.start(runtime, patient);
    for (const type of ['later', 'go', 'move']) waiting.send({ type });
    await waiting.snapshot();
    expect(log).toEqual(['later']);
  });

  test('keeps its actors: those that it has invoked go on from where they are', async () => {
    await using runtime = new TestRuntime();
    const counter = createMachine({
      context: { count: 0 },
      on: { count: { actions: assign({ count: ({ context }) => context.count + 1 }) } },
    });
    const family = setup({ actors: { counter } });
    const states = { a: { invoke: { src: 'counter', id: 'child' } } } as const;
    const tell = sendTo('child', { type: 'count' });
    const next = family.createMachine({ id: 'next', initial: 'a', states, on: { count: { actions: tell } } });
    const machine = family.createMachine({
      id: 'machine',
      initial: 'a',
      states,
      on: { count: { actions: tell }, go: { actions: changeMachine(next) } },
    });
    const ref = await StateMachine.start(runtime, machine);
    for (const type of ['count', 'count', 'go', 'count']) ref.send({ type });
    const { children } = await ref.snapshot();
    expect(children.child?.getSnapshot()).toMatchObject({ status: 'active', context: { count: 3 } });
    expect(runtime.processInfo(ref.pid)?.description?.details).toMatchObject({ actors: 1 });
  });

  test('can be changed by its own initial actions', async () => {
    await using runtime = new TestRuntime();
    const next = createMachine({ id: 'next', initial: 'a', states: { a: {} }, on: { go: '.a' } });
    const machine = createMachine({ initial: 'a', entry: changeMachine(next), states: { a: {} } });
    const ref = await StateMachine.start(runtime, machine);
    expect(await sys.getStatus(runtime, ref.pid)).toMatchObject({ module: 'next' });
    const wrong = createMachine({ initial: 'a', entry: popMachine, states: { a: {} } });
    await expect(StateMachine.start(runtime, wrong)).rejects.toBeInstanceOf(StartFailedError);
  });

  test('is resumed as the machine that it had become, and can still go back', async () => {
    await using runtime = new TestRuntime();
    const children = [StateMachine.childSpec(pair().first, { resume: true, name: 'm', id: 'm' })];
    await Supervisor.start(runtime, { children });
    for (const type of ['move', 'push', 'say', 'crash']) runtime.send('m', { type });
    await settle();
    for (const type of ['say', 'pop', 'say']) runtime.send('m', { type });
    await settle();
    expect(await sys.getState(runtime, 'm')).toMatchObject({
      value: 'b',
      context: { heard: ['second say', 'second say', 'first say'] },
    });
  });
});

describe('a change of a machine’s code', () => {
  const version = (number: number, state = 'a') =>
    createMachine({
      id: `version-${number}`,
      context: { count: 0 },
      initial: state,
      states: { [state]: {} },
      on: { add: { actions: assign({ count: ({ context }) => context.count + number }) } },
    });

  test('goes on with state and context where nothing says otherwise [F-33]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, version(1));
    ref.send({ type: 'add' });
    await sys.suspend(runtime, ref.pid);
    ref.send({ type: 'add' });
    await StateMachine.changeCode(runtime, ref.pid, version(10));
    await sys.resume(runtime, ref.pid);
    expect((await ref.snapshot()).context).toEqual({ count: 11 });
    // There is no terminate callback to be missed either: a machine stops with the reason it is given.
    const ended = runtime.ended(ref.pid);
    await GenServer.stop(runtime, ref.pid, { reason: 'given' });
    expect(await ended).toBe('given');
  });

  test('can migrate what was there [F-33]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, version(1));
    ref.send({ type: 'add' });
    await sys.suspend(runtime, ref.pid);
    await StateMachine.changeCode(runtime, ref.pid, version(10, 'z'), {
      migrate: (persisted) => ({ ...persisted, value: 'z', context: { count: 500 } }),
    });
    await sys.resume(runtime, ref.pid);
    ref.send({ type: 'add' });
    expect(await ref.snapshot()).toMatchObject({ value: 'z', context: { count: 510 } });
  });

  test('is refused while it runs, and leaves all as it was when it fails', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, version(1));
    const change = (machine: ReturnType<typeof version>) =>
      StateMachine.changeCode(runtime, ref.pid, machine);
    await expect(change(version(10))).rejects.toMatchObject({ code: 'OTP_NOT_SUSPENDED' });
    await sys.suspend(runtime, ref.pid);
    await expect(change(version(10, 'elsewhere'))).rejects.toBeInstanceOf(Error);
    await expect(change({} as never)).rejects.toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
    await sys.resume(runtime, ref.pid);
    ref.send({ type: 'add' });
    expect(await ref.snapshot()).toMatchObject({ value: 'a', context: { count: 1 } });
  });
});
