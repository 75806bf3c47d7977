import { assign, createActor, createMachine, fromPromise, type InspectionEvent, setup } from 'xstate';
import { CallExitError, GenServer, inspect, sys } from '../../src/index.ts';
import { StateMachine } from '../../src/state-machine/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const broken = new Error('broken');

const light = setup({
  types: {
    context: {} as { turns: number },
    input: {} as { turns: number } | undefined,
    output: {} as number,
    events: {} as { type: 'next' } | { type: 'fail' } | { type: 'finish' } | { type: 'quit'; reason: string },
  },
  actions: {
    count: assign({ turns: ({ context }) => context.turns + 1 }),
    fail: () => {
      throw broken;
    },
  },
}).createMachine({
  id: 'light',
  context: ({ input }) => ({ turns: input?.turns ?? 0 }),
  initial: 'red',
  states: {
    red: { on: { next: { target: 'green', actions: 'count' } } },
    green: { on: { next: { target: 'red', actions: 'count' } } },
    off: { type: 'final' },
  },
  on: {
    fail: { actions: 'fail' },
    finish: '.off',
    quit: { actions: (args) => StateMachine.self(args).exit(args.event.reason) },
  },
  output: ({ context }) => context.turns,
});

/** Fails in its initial actions. */
const stillborn = createMachine({
  id: 'stillborn',
  entry: () => {
    throw broken;
  },
});

describe('start', () => {
  test('runs the machine from its input; a message to the pid is an event', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, light, { input: { turns: 40 } });
    runtime.send(ref.pid, { type: 'next' });
    ref.send({ type: 'next' });
    expect(await ref.snapshot()).toMatchObject({ value: 'red', context: { turns: 42 } });
  });

  test('takes the options of any start: name, label and link [F-29]', async () => {
    await using runtime = new TestRuntime();
    const parent = await Puppet.trapping(runtime);
    const ref = await parent.do((self) =>
      StateMachine.startLink(self, light, { name: 'light', label: 'left' }),
    );
    expect(runtime.whereis('light')).toBe(ref.pid);
    expect(runtime.processInfo(ref.pid)).toMatchObject({ label: 'left', parent: parent.pid });
    await expect(StateMachine.start(runtime, light, { name: 'light' })).rejects.toMatchObject({
      reason: { alreadyStarted: ref.pid },
    });
    ref.send({ type: 'fail' });
    await settle();
    expect(parent.seen).toMatchObject([{ type: 'exit', from: ref.pid, reason: broken }]);
  });

  test('fails with what the initial actions throw, and leaves nothing behind [F-29]', async () => {
    await using runtime = new TestRuntime();
    const failed = StateMachine.start(runtime, stillborn, { name: 'light' });
    await expect(failed).rejects.toMatchObject({ code: 'OTP_START_FAILED', reason: broken });
    expect([runtime.processCount, runtime.whereis('light')]).toEqual([0, undefined]);
  });

  test('of a machine that is finished at once ends it with its output', async () => {
    await using runtime = new TestRuntime();
    const machine = createMachine({ initial: 'done', states: { done: { type: 'final' } }, output: () => 42 });
    const ref = await StateMachine.start(runtime, machine);
    await expect(ref.output()).resolves.toBe(42);
    expect(runtime.processCount).toBe(0);
  });
});

describe('the end of a machine', () => {
  test('in its final state is normal, and its output can be had before and after [F-28]', async () => {
    await using runtime = new TestRuntime();
    const crashes: unknown[] = [];
    runtime.events.on('process:crash', (crash) => crashes.push(crash));
    const ref = await StateMachine.start(runtime, light, { input: { turns: 7 } });
    const ended = runtime.ended(ref.pid);
    const output = ref.output();
    ref.send({ type: 'finish' });
    expect([await ended, await output, await ref.output()]).toEqual(['normal', 7, 7]);
    expect(crashes).toEqual([]);
  });

  test('by an error is that error, reported with the message and the state before it [F-26]', async () => {
    await using runtime = new TestRuntime();
    const crashes: unknown[] = [];
    runtime.events.on('process:crash', (crash) => crashes.push(crash));
    const ref = await StateMachine.start(runtime, light);
    const ended = runtime.ended(ref.pid);
    const output = ref.output().catch((error: unknown) => error);
    ref.send({ type: 'next' });
    ref.send({ type: 'fail' });
    ref.send({ type: 'next' });
    expect(await ended).toBe(broken);
    expect(await output).toMatchObject({ code: 'OTP_CALL_EXIT', reason: broken });
    await expect(ref.output()).rejects.toBeInstanceOf(CallExitError);
    expect(crashes).toMatchObject([
      {
        behaviour: 'StateMachine',
        reason: broken,
        lastMessage: { type: 'fail' },
        state: { value: 'green', context: { turns: 1 } },
      },
    ]);
  });

  test('by an action that exits has exactly that reason', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, light);
    const ended = runtime.ended(ref.pid);
    ref.send({ type: 'quit', reason: 'enough' });
    expect(await ended).toBe('enough');
  });

  test('by an error harms no other machine', async () => {
    await using runtime = new TestRuntime();
    const one = await StateMachine.start(runtime, light);
    const other = await StateMachine.start(runtime, light);
    one.send({ type: 'fail' });
    other.send({ type: 'next' });
    await settle();
    expect(runtime.isAlive(one.pid)).toBe(false);
    expect((await other.snapshot()).value).toBe('green');
  });

  test('by stop comes after the events before it, and is no crash [F-28] [F-29]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, light);
    ref.send({ type: 'next' });
    await ref.stop({ reason: 'shutdown' });
    await expect(ref.output()).rejects.toMatchObject({ code: 'OTP_CALL_EXIT', reason: 'shutdown' });
    await expect(ref.snapshot()).rejects.toMatchObject({ code: 'OTP_NOPROC' });
    expect(() => ref.send({ type: 'next' })).not.toThrow();
  });

  test('is waited for no longer than said', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, light);
    const output = ref.output({ timeout: 50 }).catch((error: unknown) => error);
    await runtime.clock.advance(50);
    expect(await output).toMatchObject({ code: 'OTP_TIMEOUT' });
    expect(runtime.isAlive(ref.pid)).toBe(true);
  });
});

describe('messages', () => {
  test('that are no events are reported and dropped [F-12]', async () => {
    await using runtime = new TestRuntime();
    const unhandled: unknown[] = [];
    runtime.events.on('message:unhandled', ({ message }) => unhandled.push(message));
    const ref = await StateMachine.start(runtime, light);
    for (const message of ['next', null, { type: 7 }, {}]) runtime.send(ref.pid, message);
    ref.send({ type: 'next' });
    expect((await ref.snapshot()).value).toBe('green');
    expect(unhandled).toEqual(['next', null, { type: 7 }, {}]);
  });

  test('of the runtime are events: down, timeout and, for a machine that traps exits, exit [F-12]', async () => {
    await using runtime = new TestRuntime();
    const seen: unknown[] = [];
    const watcher = createMachine({
      on: { '*': { actions: ({ event }) => seen.push(event.type) } },
      entry: (args) => {
        const self = StateMachine.self(args);
        self.monitor(self.spawn(() => 'done'));
        self.spawnLink((own) => own.exit('over'));
        self.startTimer(10, self.pid, 'tick');
      },
    });
    await StateMachine.start(runtime, watcher, { trapExit: true });
    await runtime.clock.advance(10);
    expect(seen).toEqual(['down', 'exit', 'timeout']);
  });
});

describe('self', () => {
  test('is the process of the machine, from its initial context on and in its actors', async () => {
    await using runtime = new TestRuntime();
    const machine = createMachine({
      context: ({ self }) => ({ me: StateMachine.self({ self }).pid }),
      invoke: {
        src: fromPromise(async (args) => StateMachine.self(args).setLabel('labelled from a promise')),
      },
    });
    const ref = await StateMachine.start(runtime, machine);
    expect((await ref.snapshot()).context).toEqual({ me: ref.pid });
    expect(runtime.processInfo(ref.pid)?.label).toBe('labelled from a promise');
  });

  test('is refused to a machine that runs elsewhere', () => {
    const actor = createActor(
      createMachine({ context: ({ self }) => ({ me: StateMachine.self({ self }) }) }),
    );
    expect(actor.getSnapshot()).toMatchObject({ status: 'error', error: { code: 'OTP_BAD_ARGUMENT' } });
  });
});

describe('ref', () => {
  test('finds a machine by its name, and shares its output', async () => {
    await using runtime = new TestRuntime();
    await StateMachine.start(runtime, light, { name: 'light', input: { turns: 3 } });
    const ref = StateMachine.ref(runtime, light, 'light');
    ref.send({ type: 'finish' });
    await expect(ref.output()).resolves.toBe(3);
  });

  test('is refused for nobody, and for a process that is no machine', async () => {
    await using runtime = new TestRuntime();
    const { pid } = await GenServer.start(runtime, { init: () => null }, undefined);
    expect(() => StateMachine.ref(runtime, light, 'nobody')).toThrow(/no process nobody/);
    expect(() => StateMachine.ref(runtime, light, pid)).toThrow(/must be a state machine/);
  });
});

describe('looking in', () => {
  test('the tree shows the machine and its state', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, light);
    expect(await inspect.tree(runtime, ref.pid)).toMatchObject({
      behaviour: 'StateMachine',
      module: 'light',
      details: { state: 'red' },
    });
    expect(inspect.format(await inspect.tree(runtime, ref.pid))).toMatch(/light +state red/);
  });

  test('a machine that is just being started can be looked at', async () => {
    await using runtime = new TestRuntime();
    const failures: unknown[] = [];
    runtime.events.on('callback:failed', ({ error }) => failures.push(error));
    const machine = createMachine({
      id: 'curious',
      entry: (args) => {
        const info = runtime.processInfo(StateMachine.self(args).pid);
        expect(info?.description).toMatchObject({ module: 'curious' });
      },
    });
    await StateMachine.start(runtime, machine);
    expect(failures).toEqual([]);
  });

  test('sys.getState answers state and data, also while suspended [F-30]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, light);
    await sys.suspend(runtime, ref.pid);
    expect(await sys.getState(runtime, ref.pid)).toMatchObject({ value: 'red', context: { turns: 0 } });
    expect((await inspect.tree(runtime, ref.pid)).status).toBe('suspended');
  });

  test('sys.replaceState puts the machine into another state with other data [F-30]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, light);
    await sys.replaceState(runtime, ref.pid, (state) => ({
      ...(state as object),
      value: 'green',
      context: { turns: 9 },
    }));
    expect(await ref.snapshot()).toMatchObject({ value: 'green', context: { turns: 9 } });
    ref.send({ type: 'next' });
    expect(await ref.snapshot()).toMatchObject({ value: 'red', context: { turns: 10 } });
  });

  test('sys.replaceState with a function that throws changes nothing [F-30]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, light);
    const replacing = sys.replaceState(runtime, ref.pid, () => {
      throw broken;
    });
    await expect(replacing).rejects.toBe(broken);
    ref.send({ type: 'next' });
    expect((await ref.snapshot()).value).toBe('green');
  });

  test('a suspended machine takes its events when it is resumed [F-31]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, light);
    await sys.suspend(runtime, ref.pid);
    ref.send({ type: 'next' });
    const snapshot = ref.snapshot();
    await settle();
    expect((await inspect.tree(runtime, ref.pid)).details).toEqual({ state: 'red' });
    await sys.resume(runtime, ref.pid);
    expect((await snapshot).value).toBe('green');
  });

  test('inspect is told of what happens in the machine', async () => {
    await using runtime = new TestRuntime();
    const seen: string[] = [];
    const ref = await StateMachine.start(runtime, light, {
      inspect: (event: InspectionEvent) => {
        if (event.type === '@xstate.event') seen.push(event.event.type);
      },
    });
    ref.send({ type: 'next' });
    await settle();
    expect(seen).toEqual(['xstate.init', 'next']);
  });

  test('an inspector that throws does the machine no harm', async () => {
    await using runtime = new TestRuntime();
    const failures: unknown[] = [];
    runtime.events.on('callback:failed', ({ error }) => failures.push(error));
    const next = (): never => {
      throw broken;
    };
    const ref = await StateMachine.start(runtime, light, { inspect: { next } });
    ref.send({ type: 'next' });
    expect((await ref.snapshot()).value).toBe('green');
    expect(failures).toContain(broken);
  });

  test('log writes where it is told', async () => {
    await using runtime = new TestRuntime();
    const lines: unknown[] = [];
    const machine = setup({}).createMachine({ entry: ({ system }) => system._logger('here') });
    await StateMachine.start(runtime, machine, { logger: (...values) => lines.push(...values) });
    expect(lines).toEqual(['here']);
  });
});
