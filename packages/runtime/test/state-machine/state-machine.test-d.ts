/** What the compiler must accept and refuse of a machine's events, input and output. Checked by `tsc`, never run. */
import { type AnyStateMachine, assign, createMachine, fromPromise, setup } from 'xstate';
import type { ChildSpec, Pid, Runtime, Self } from '../../src/index.ts';
import {
  type Asker,
  changeMachine,
  type PersistedMachine,
  popMachine,
  postpone,
  pushMachine,
  reply,
  StateMachine,
  type StateMachineRef,
  updateDelay,
} from '../../src/state-machine/index.ts';

declare const runtime: Runtime;
declare const self: Self;
declare const pid: Pid;

/** Fails to compile unless the two types are the same. */
function same<One, Other>(..._equal: Same<One, Other> extends true ? [] : [never]): void {}
type Same<One, Other> =
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;

type Event =
  | { type: 'add'; by: number }
  | { type: 'reset' }
  | { type: 'read'; from: Asker<number> }
  | { type: 'scale'; by: number; from: Asker<string> }
  | { type: 'exit'; from: Pid; reason: unknown };

const counter = setup({
  types: {
    context: {} as { count: number },
    input: {} as { start: number },
    output: {} as string,
    events: {} as Event,
  },
  actors: { load: fromPromise(async (args) => StateMachine.self(args).pid) },
  actions: { postpone, later: (args) => void StateMachine.self(args).setLabel(args.event.type) },
}).createMachine({
  context: ({ input }) => ({ count: input.start }),
  on: {
    add: { actions: assign({ count: ({ context, event }) => context.count + event.by }) },
    reset: { actions: ['postpone', postpone] },
    read: { actions: reply(({ context }) => context.count) },
    scale: { actions: reply(({ context, event }) => `${context.count * event.by}`) },
  },
  output: ({ context }) => `${context.count}`,
});

const plain = createMachine({ initial: 'a', states: { a: {} } });

export async function starting(): Promise<void> {
  const ref = await StateMachine.start(runtime, counter, { input: { start: 1 } });
  same<typeof ref, StateMachineRef<typeof counter>>();
  await StateMachine.startLink(self, counter, { input: { start: 1 }, name: 'counter', timeout: 'infinity' });
  await StateMachine.start(runtime, plain);
  await StateMachine.start(runtime, plain, { label: 'plain', trapExit: true });

  // @ts-expect-error the input has another type
  await StateMachine.start(runtime, counter, { input: { start: '1' } });
  // @ts-expect-error the input is missing
  await StateMachine.start(runtime, counter, {});
  // @ts-expect-error the options are missing, and with them the input
  await StateMachine.start(runtime, counter);
  // @ts-expect-error there is no such option
  await StateMachine.start(runtime, plain, { nmae: 'plain' });
  // @ts-expect-error only a child can resume
  await StateMachine.start(runtime, plain, { resume: true });
  // @ts-expect-error a function is no machine
  await StateMachine.start(runtime, () => {});
}

export function specifying(): void {
  const spec = StateMachine.childSpec(counter, { input: { start: 1 }, resume: true, restart: 'transient' });
  same<typeof spec, ChildSpec>();
  StateMachine.childSpec(plain);

  // @ts-expect-error the input is missing
  StateMachine.childSpec(counter, { resume: true });
  // @ts-expect-error there is no such restart
  StateMachine.childSpec(plain, { restart: 'always' });
}

export async function talking(ref: StateMachineRef<typeof counter>): Promise<void> {
  ref.send({ type: 'add', by: 1 });
  ref.send({ type: 'reset' });
  ref.send({ type: 'exit', from: pid, reason: 'over' });
  const count = await ref.ask({ type: 'read' });
  same<typeof count, number>();
  const scaled = await ref.ask({ type: 'scale', by: 2 }, { timeout: 50 });
  same<typeof scaled, string>();
  const output = await ref.output();
  same<typeof output, string>();
  const snapshot = await ref.snapshot();
  same<typeof snapshot.context, { count: number }>();
  const persisted = await ref.persist();
  same<typeof persisted, PersistedMachine>();
  await StateMachine.start(runtime, counter, { input: { start: 0 }, snapshot: persisted });

  // @ts-expect-error there is no such event
  ref.send({ type: 'subtract', by: 1 });
  // @ts-expect-error the event carries something else
  ref.send({ type: 'add', by: '1' });
  // @ts-expect-error the event lacks what it carries
  ref.send({ type: 'add' });
  // @ts-expect-error an event that is asked is not sent
  ref.send({ type: 'read' });
  // @ts-expect-error an event that is sent is not asked
  await ref.ask({ type: 'add', by: 1 });
  // @ts-expect-error there is no such event
  await ref.ask({ type: 'write' });
  // @ts-expect-error the event lacks what it carries
  await ref.ask({ type: 'scale' });
  // @ts-expect-error the answer is a number
  const text: string = await ref.ask({ type: 'read' });
  void text;
}

export function replying(): void {
  setup({ types: { context: {} as { name: string }, events: {} as Event } }).createMachine({
    context: { name: 'counter' },
    on: {
      // @ts-expect-error who reads waits for a number
      read: { actions: reply(({ context }) => context.name) },
      // @ts-expect-error who scales waits for a string
      scale: { actions: reply(42) },
    },
  });
}

export function updating(): void {
  setup({ types: { events: {} as Event } }).createMachine({
    on: {
      reset: { actions: updateDelay('later', { type: 'add', by: 2 }) },
      add: { actions: updateDelay('later', ({ event }) => ({ type: 'add', by: event.by + 1 })) },
      // @ts-expect-error the machine has no such event
      exit: { actions: updateDelay('later', { type: 'subtract', by: 2 }) },
      // @ts-expect-error the event lacks what it carries
      scale: { actions: updateDelay('later', { type: 'add' }) },
    },
  });
}

export async function changing(loose: AnyStateMachine): Promise<void> {
  createMachine({ on: { change: { actions: changeMachine(() => loose) }, pop: { actions: popMachine } } });
  await StateMachine.changeCode(runtime, pid, loose, { migrate: (before) => before, timeout: 10 });
  // @ts-expect-error what is pushed is a machine
  createMachine({ on: { push: { actions: pushMachine('other') } } });
  // @ts-expect-error a server is no machine
  await StateMachine.changeCode(runtime, pid, { init: () => null });
}

export function finding(found: StateMachineRef<typeof counter>): void {
  same<ReturnType<typeof StateMachine.ref<typeof counter>>, typeof found>();
  StateMachine.ref(runtime, counter, 'counter').send({ type: 'reset' });
  const loose: AnyStateMachine = counter;
  StateMachine.ref(runtime, loose, pid).send({ type: 'anything' });

  // @ts-expect-error what is given has to lead to the process
  StateMachine.self({ context: {} });
}
