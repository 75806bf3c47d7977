import { assign, createMachine, raise, sendTo, setup } from 'xstate';
import { sys } from '../../src/index.ts';
import { type Asker, postpone, reply, StateMachine } from '../../src/state-machine/index.ts';
import { settle } from '../../src/testing/index.ts';
import { TestRuntime } from '../support/test-runtime.ts';

type Event =
  | { type: 'x' | 'y' | 'z' | 'toB' | 'toC' | 'same' | 'again' | 'inside' | 'inserted' }
  | { type: 'who'; from: Asker<string> };

/** Writes down what it handles, as `event@state`; postpones x and y in a, and x in b. */
function recorder(log: string[]) {
  const note = (args: { event: { type: string } }, params: { at: string }): void =>
    void log.push(`${args.event.type}@${params.at}`);
  const at = (state: string) => ({ type: 'note' as const, params: { at: state } });
  return setup({ types: { events: {} as Event }, actions: { note, postpone } }).createMachine({
    id: 'recorder',
    initial: 'a',
    states: {
      a: {
        entry: at('enter a'),
        on: {
          x: { actions: ['postpone', 'postpone'] },
          y: { actions: 'postpone' },
          who: { actions: 'postpone' },
          toB: {
            target: 'b',
            actions: [raise({ type: 'inserted' }), sendTo(({ self }) => self, { type: 'z' })],
          },
          same: { target: 'a', reenter: true },
          again: { actions: at('a') },
          inserted: { actions: at('a') },
        },
      },
      b: {
        entry: at('enter b'),
        on: {
          '*': { actions: at('b') },
          x: { actions: ['postpone', at('b')] },
          toC: 'c',
          who: { actions: reply('b') },
        },
      },
      c: { entry: at('enter c'), on: { '*': { actions: at('c') } } },
    },
  });
}

describe('postpone', () => {
  test('puts events back until the state changes: in their order, before later ones [F-08] [F-02] [F-11]', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const ref = await StateMachine.start(runtime, recorder(log));
    for (const type of ['y', 'x', 'y', 'toB', 'toC'] as const) ref.send({ type });
    await settle();
    // Entered first, then what was raised, then what was postponed, then what was sent, then what came later.
    expect(log).toEqual([
      'xstate.init@enter a',
      'toB@enter b',
      'inserted@b',
      'y@b',
      'x@b',
      'y@b',
      'z@b',
      'toC@enter c',
      'x@c',
    ]);
  });

  test('keeps events while the state does not change, even if it is entered again [F-09] [F-03] [F-04]', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const ref = await StateMachine.start(runtime, recorder(log));
    for (const type of ['x', 'again', 'same', 'again'] as const) ref.send({ type });
    await settle();
    expect(log).toEqual(['xstate.init@enter a', 'again@a', 'same@enter a', 'again@a']);
    expect(runtime.processInfo(ref.pid)?.description?.details).toEqual({ state: 'a', postponed: 1 });
  });

  test('keeps the order of events that are postponed again [F-10]', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const ref = await StateMachine.start(runtime, recorder(log));
    for (const type of ['x', 'x', 'y', 'toB', 'x', 'toC'] as const) ref.send({ type });
    await settle();
    expect(log.filter((line) => line.endsWith('@c'))).toEqual(['x@c', 'x@c', 'x@c']);
    expect(log.indexOf('y@b')).toBeLessThan(log.indexOf('toC@enter c'));
  });

  test('puts back more events than a function can have arguments', async () => {
    await using runtime = new TestRuntime();
    const many = 130_000;
    let done = 0;
    const machine = createMachine({
      initial: 'busy',
      states: {
        busy: { on: { work: { actions: postpone }, free: 'idle' } },
        idle: { on: { work: { actions: () => void done++ } } },
      },
    });
    const ref = await StateMachine.start(runtime, machine);
    for (let sent = 0; sent < many; sent++) ref.send({ type: 'work' });
    ref.send({ type: 'free' });
    await ref.snapshot({ timeout: 'infinity' });
    expect(done).toBe(many);
  });

  test('keeps an asked event, whose asker is answered in the other state [F-23]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, recorder([]));
    const answer = ref.ask({ type: 'who' }, { timeout: 'infinity' });
    await runtime.clock.advance(60_000);
    ref.send({ type: 'toB' });
    await expect(answer).resolves.toBe('b');
  });

  test('tells the asker when the machine stops instead [F-25]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, recorder([]));
    const answer = ref.ask({ type: 'who' }).catch((error: unknown) => error);
    await ref.stop({ reason: 'over' });
    expect(await answer).toMatchObject({ code: 'OTP_CALL_EXIT', reason: 'over' });
  });

  test('is refused at the initial entry [F-06]', async () => {
    await using runtime = new TestRuntime();
    const starting = StateMachine.start(runtime, createMachine({ entry: postpone }));
    await expect(starting).rejects.toMatchObject({ reason: { code: 'OTP_BAD_ARGUMENT' } });
  });

  test('is refused to a machine that the process runs for another [F-06]', async () => {
    await using runtime = new TestRuntime();
    const child = createMachine({ on: { x: { actions: postpone } } });
    const machine = createMachine({
      invoke: { src: child, id: 'child' },
      on: { x: { actions: sendTo('child', { type: 'x' }) } },
    });
    const ref = await StateMachine.start(runtime, machine);
    const ended = runtime.ended(ref.pid);
    runtime.send(ref.pid, { type: 'x' });
    expect(await ended).toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
  });

  test('survives a suspension [F-31]', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const ref = await StateMachine.start(runtime, recorder(log));
    ref.send({ type: 'y' });
    await sys.suspend(runtime, ref.pid);
    ref.send({ type: 'toB' });
    await settle();
    expect(log).toEqual(['xstate.init@enter a']);
    await sys.resume(runtime, ref.pid);
    await settle();
    expect(log).toContain('y@b');
  });
});

describe('entry actions', () => {
  test('run at the start before any event, in the state that is entered [F-01]', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const ref = await StateMachine.start(runtime, recorder(log), { name: 'recorder' });
    expect(log).toEqual(['xstate.init@enter a']);
    ref.send({ type: 'again' });
    await settle();
    expect(log).toEqual(['xstate.init@enter a', 'again@a']);
  });

  test('do not run for a transition that stays in the state [F-03] [F-05]', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const ref = await StateMachine.start(runtime, recorder(log));
    ref.send({ type: 'again' });
    await settle();
    expect(log.filter((line) => line.includes('enter'))).toHaveLength(1);
  });

  test('can reply, change the context and set delays [F-07]', async () => {
    await using runtime = new TestRuntime();
    const machine = setup({
      types: {
        context: {} as { entered: number },
        events: {} as { type: 'go'; from: Asker<string> } | { type: 'late' },
      },
      actions: { answer: reply('entered'), count: assign({ entered: ({ context }) => context.entered + 1 }) },
    }).createMachine({
      context: { entered: 0 },
      initial: 'idle',
      states: {
        idle: { on: { go: 'busy' } },
        busy: { entry: ['answer', 'count', raise({ type: 'late' }, { delay: 10 })], on: { late: 'idle' } },
      },
    });
    const ref = await StateMachine.start(runtime, machine);
    await expect(ref.ask({ type: 'go' })).resolves.toBe('entered');
    expect(await ref.snapshot()).toMatchObject({ value: 'busy', context: { entered: 1 } });
    await runtime.clock.advance(10);
    expect((await ref.snapshot()).value).toBe('idle');
  });
});

describe('raise', () => {
  test('inserts events before postponed and queued ones, in the given order [F-11] [F-12]', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const machine = createMachine({
      initial: 'a',
      states: {
        a: {
          on: {
            later: { actions: postpone },
            go: { target: 'b', actions: [raise({ type: 'i1' }), raise({ type: 'i2' })] },
          },
        },
        b: { on: { '*': { actions: ({ event }) => void log.push(event.type) } } },
      },
    });
    const { pid } = await StateMachine.start(runtime, machine);
    for (const type of ['later', 'go', 'queued']) runtime.send(pid, { type });
    await settle();
    expect(log).toEqual(['i1', 'i2', 'later', 'queued']);
  });
});
