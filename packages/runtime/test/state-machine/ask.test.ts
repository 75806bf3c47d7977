import { assign, createMachine, fromPromise, setup } from 'xstate';
import { sys } from '../../src/index.ts';
import { type Asker, reply, StateMachine } from '../../src/state-machine/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const broken = new Error('broken');

type Event =
  | { type: 'read'; from: Asker<number> }
  | { type: 'scale'; by: number; from: Asker<number> }
  | { type: 'later'; from: Asker<string> }
  | { type: 'both'; from: Asker<string> }
  | { type: 'last'; from: Asker<string> }
  | { type: 'never'; from: Asker<string> }
  | { type: 'crash'; from: Asker<string> }
  | { type: 'release'; word: string }
  | { type: 'unasked' };

const desk = setup({
  types: { context: {} as { count: number; waiting: Asker<string>[] }, events: {} as Event },
  actions: {
    wait: assign({
      waiting: ({ context, event }) =>
        'from' in event ? [...context.waiting, event.from as Asker<string>] : [],
    }),
  },
}).createMachine({
  id: 'desk',
  context: { count: 42, waiting: [] },
  initial: 'open',
  states: { open: {}, closed: { type: 'final' } },
  on: {
    read: { actions: reply(({ context }) => context.count) },
    scale: { actions: reply(({ context, event }) => context.count * event.by) },
    later: { actions: 'wait' },
    both: {
      actions: ['wait', ({ context }) => context.waiting[0]?.answer('the first'), reply('the second')],
    },
    last: { target: '.closed', actions: reply('closing') },
    never: {},
    crash: {
      actions: () => {
        throw broken;
      },
    },
    release: {
      actions: [
        ({ context, event }) => {
          for (const asker of context.waiting) asker.answer(event.word);
        },
        'wait',
      ],
    },
    unasked: { actions: reply(() => 'nobody' as never) },
  },
});

describe('ask', () => {
  test('is answered by an action, from the context and the event [F-22]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, desk);
    await expect(ref.ask({ type: 'read' })).resolves.toBe(42);
    await expect(ref.ask({ type: 'scale', by: 2 })).resolves.toBe(84);
  });

  test('is answered later, by whoever has the asker [F-22]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, desk);
    const answers = [ref.ask({ type: 'later' }), ref.ask({ type: 'later' })];
    ref.send({ type: 'release', word: 'at last' });
    await expect(Promise.all(answers)).resolves.toEqual(['at last', 'at last']);
  });

  test('several are answered in one step [F-22]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, desk);
    const answers = [ref.ask({ type: 'later' }), ref.ask({ type: 'both' })];
    await expect(Promise.all(answers)).resolves.toEqual(['the first', 'the second']);
  });

  test('is answered by the step that ends the machine, before it has ended [F-24]', async () => {
    await using runtime = new TestRuntime();
    const order: string[] = [];
    const ref = await StateMachine.start(runtime, desk);
    const ended = runtime.ended(ref.pid).then(() => order.push('ended'));
    await ref.ask({ type: 'last' }).then((answer) => order.push(answer));
    await ended;
    expect(order).toEqual(['closing', 'ended']);
  });

  test('fails when the machine ends first, with its reason [F-25]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, desk);
    await expect(ref.ask({ type: 'crash' })).rejects.toMatchObject({ code: 'OTP_CALL_EXIT', reason: broken });
    await expect(ref.ask({ type: 'read' })).rejects.toMatchObject({ code: 'OTP_NOPROC' });
  });

  test('fails when no answer comes in time, or the wait is given up; the machine goes on [F-27]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, desk);
    const unanswered = ref.ask({ type: 'never' }, { timeout: 50 }).catch((error: unknown) => error);
    await runtime.clock.advance(50);
    expect(await unanswered).toMatchObject({ code: 'OTP_CALL_TIMEOUT' });
    const abort = new AbortController();
    const given = ref.ask({ type: 'later' }, { signal: abort.signal }).catch((error: unknown) => error);
    abort.abort();
    expect(await given).toMatchObject({ code: 'OTP_CALL_ABORTED' });
    ref.send({ type: 'release', word: 'too late' });
    await expect(ref.ask({ type: 'read' })).resolves.toBe(42);
  });

  test('leaves nothing in the mailbox of a process whose answer comes too late [F-27]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, desk);
    const puppet = new Puppet(runtime);
    const asked = puppet
      .do((self) => self.call(ref.pid, 'ask', { type: 'later' }, { timeout: 5 }))
      .catch(() => {});
    await runtime.clock.advance(5);
    await asked;
    ref.send({ type: 'release', word: 'too late' });
    await ref.snapshot();
    expect(puppet.seen).toEqual([]);
  });

  test('waits while the machine is suspended [F-31]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, desk);
    await sys.suspend(runtime, ref.pid);
    const answer = ref.ask({ type: 'read' });
    await sys.resume(runtime, ref.pid);
    await expect(answer).resolves.toBe(42);
  });

  test('can be answered by an actor that the machine invokes [F-22]', async () => {
    await using runtime = new TestRuntime();
    const machine = setup({
      types: { context: {} as { from?: Asker<number> }, events: {} as { type: 'add'; from: Asker<number> } },
      actors: {
        add: fromPromise(async ({ input }: { input: Asker<number> | undefined }) => input?.answer(1 + 1)),
      },
    }).createMachine({
      context: {},
      initial: 'idle',
      states: {
        idle: { on: { add: { target: 'adding', actions: assign({ from: ({ event }) => event.from }) } } },
        adding: { invoke: { src: 'add', input: ({ context }) => context.from, onDone: 'idle' } },
      },
    });
    const ref = await StateMachine.start(runtime, machine);
    await expect(ref.ask({ type: 'add' })).resolves.toBe(2);
  });
});

describe('reply', () => {
  test('to an event that was not asked ends the machine [F-26]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, desk);
    const ended = runtime.ended(ref.pid);
    ref.send({ type: 'unasked' });
    expect(await ended).toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
  });

  test('shows its asker by name alone', async () => {
    await using runtime = new TestRuntime();
    const seen: unknown[] = [];
    const machine = createMachine({ on: { '*': { actions: ({ event }) => seen.push(event.from) } } });
    const { pid } = await StateMachine.start(runtime, machine);
    void runtime.call(pid, 'ask', { type: 'anything' }, { timeout: 'infinity' }).catch(() => {});
    await runtime.clock.advance(0);
    expect([String(seen[0]), JSON.stringify(seen)]).toEqual(['Asker', '["Asker"]']);
  });
});
