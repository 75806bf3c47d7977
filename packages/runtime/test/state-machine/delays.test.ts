import { assign, cancel, createMachine, raise, sendTo, setup } from 'xstate';
import { sys } from '../../src/index.ts';
import { StateMachine, updateDelay } from '../../src/state-machine/index.ts';
import { settle } from '../../src/testing/index.ts';
import { TestRuntime } from '../support/test-runtime.ts';

/** Goes from red to green to red, each after 30 s; `stay` is a transition that stays, `again` enters the state anew. */
const light = createMachine({
  id: 'light',
  initial: 'red',
  states: {
    red: {
      after: { 30000: 'green' },
      on: { go: 'green', stay: { actions: () => {} }, again: { target: 'red', reenter: true } },
    },
    green: { after: { 30000: 'red' } },
  },
});

type AlarmEvent =
  | { type: 'set' | 'setOther'; ms: number }
  | { type: 'setAt'; at: number }
  | { type: 'move' | 'cancel' | 'update' | 'off' | 'other off' | 'updated' };

/** Writes down which of its timers have gone off. */
function alarm(log: string[]) {
  return setup({ types: { events: {} as AlarmEvent } }).createMachine({
    initial: 'a',
    states: { a: { on: { move: 'b' } }, b: {} },
    on: {
      set: { actions: raise({ type: 'off' }, { delay: ({ event }) => event.ms, id: 't' }) },
      setOther: { actions: raise({ type: 'other off' }, { delay: ({ event }) => event.ms, id: 'other' }) },
      setAt: {
        actions: raise({ type: 'off' }, { delay: (args) => args.event.at - StateMachine.self(args).now }),
      },
      update: { actions: raise({ type: 'updated' }, { delay: 0, id: 't' }) },
      cancel: { actions: cancel('t') },
      '*': { actions: ({ event }) => void log.push(event.type) },
    },
  });
}

describe('after', () => {
  test('is a state timeout on the clock of the runtime: survives events, not a change [F-14] [F-15]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, light);
    await runtime.clock.advance(20_000);
    runtime.send(ref.pid, { type: 'stay' });
    await runtime.clock.advance(10_000);
    expect((await ref.snapshot()).value).toBe('green');
    await runtime.clock.advance(15_000);
    expect(runtime.armedTimers).toBe(1);
    await runtime.clock.advance(15_000);
    expect((await ref.snapshot()).value).toBe('red');
    runtime.send(ref.pid, { type: 'go' });
    await runtime.clock.advance(29_999);
    expect((await ref.snapshot()).value).toBe('green');
  });

  test('begins anew when the state is entered again [F-04]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, light);
    await runtime.clock.advance(20_000);
    runtime.send(ref.pid, { type: 'again' });
    await runtime.clock.advance(29_999);
    expect((await ref.snapshot()).value).toBe('red');
    await runtime.clock.advance(1);
    expect((await ref.snapshot()).value).toBe('green');
  });

  test('ends with the process, however it ends', async () => {
    await using runtime = new TestRuntime();
    const killed = await StateMachine.start(runtime, light);
    const stopped = await StateMachine.start(runtime, light);
    expect(runtime.armedTimers).toBe(2);
    runtime.sendExit(killed.pid, 'kill');
    await stopped.stop();
    expect(runtime.armedTimers).toBe(0);
  });

  test('of 0 comes after what is raised and before what waits, in the order of setting, without a timer [F-19]', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const note = ({ event }: { event: { type: string } }): void => void log.push(event.type);
    const zero = (type: string) => raise({ type }, { delay: 0, id: type });
    const machine = createMachine({
      on: {
        go: { actions: [zero('first'), zero('second'), raise({ type: 'inserted' })] },
        '*': { actions: note },
      },
    });
    const { pid } = await StateMachine.start(runtime, machine);
    runtime.send(pid, { type: 'go' });
    runtime.send(pid, { type: 'later' });
    await settle();
    expect(log).toEqual(['inserted', 'first', 'second', 'later']);
    expect(runtime.armedTimers).toBe(0);
  });

  test('of 0 costs the same however many events wait', async () => {
    await using runtime = new TestRuntime();
    const machine = createMachine({
      context: { count: 0 },
      on: {
        go: { actions: raise({ type: 'zero' }, { delay: 0 }) },
        zero: { actions: assign({ count: ({ context }) => context.count + 1 }) },
      },
    });
    const ref = await StateMachine.start(runtime, machine);
    for (let sent = 0; sent < 20_000; sent++) ref.send({ type: 'go' });
    expect((await ref.snapshot({ timeout: 'infinity' })).context).toEqual({ count: 20_000 });
  });

  test('that runs out while the machine is suspended is handled when it is resumed [F-31]', async () => {
    await using runtime = new TestRuntime();
    const ref = await StateMachine.start(runtime, light);
    await sys.suspend(runtime, ref.pid);
    await runtime.clock.advance(30_000);
    expect(await sys.getState(runtime, ref.pid)).toMatchObject({ value: 'red' });
    await sys.resume(runtime, ref.pid);
    expect((await ref.snapshot()).value).toBe('green');
  });
});

describe('raise with a delay', () => {
  test('survives a change of state [F-16]', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const { pid } = await StateMachine.start(runtime, alarm(log));
    runtime.send(pid, { type: 'set', ms: 10 });
    runtime.send(pid, { type: 'move' });
    await runtime.clock.advance(10);
    expect(log).toEqual(['off']);
  });

  test('under an id that is pending replaces it; other ids are independent [F-16]', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const { pid } = await StateMachine.start(runtime, alarm(log));
    runtime.send(pid, { type: 'set', ms: 10 });
    runtime.send(pid, { type: 'set', ms: 20 });
    runtime.send(pid, { type: 'setOther', ms: 15 });
    await runtime.clock.advance(10);
    expect(log).toEqual([]);
    await runtime.clock.advance(5);
    expect(log).toEqual(['other off']);
    await runtime.clock.advance(100);
    expect(log).toEqual(['other off', 'off']);
  });

  test('is cancelled by its id, or by a delay of Infinity under that id [F-17]', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const { pid } = await StateMachine.start(runtime, alarm(log));
    for (const second of [{ type: 'cancel' }, { type: 'set', ms: Number.POSITIVE_INFINITY }]) {
      runtime.send(pid, { type: 'set', ms: 10 });
      runtime.send(pid, second);
      await settle();
      expect(runtime.armedTimers).toBe(0);
    }
    await runtime.clock.advance(100);
    expect(log).toEqual([]);
  });

  test('that is cancelled when it has gone off already, but not been handled, does not come [F-21]', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const { pid } = await StateMachine.start(runtime, alarm(log));
    runtime.send(pid, { type: 'set', ms: 10 });
    await sys.suspend(runtime, pid);
    runtime.send(pid, { type: 'cancel' });
    await runtime.clock.advance(10);
    expect(log).toEqual([]);
    await sys.resume(runtime, pid);
    await settle();
    expect(log).toEqual([]);
  });

  test('under a pending id with another event changes the event and the time', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const { pid } = await StateMachine.start(runtime, alarm(log));
    runtime.send(pid, { type: 'set', ms: 10 });
    runtime.send(pid, { type: 'update' });
    await runtime.clock.advance(100);
    expect(log).toEqual(['updated']);
  });

  test('can be told as a time on the clock, as the difference to now [F-20]', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const { pid } = await StateMachine.start(runtime, alarm(log));
    await runtime.clock.advance(40);
    runtime.send(pid, { type: 'setAt', at: 100 });
    await runtime.clock.advance(59);
    expect(log).toEqual([]);
    await runtime.clock.advance(1);
    expect(log).toEqual(['off']);
  });

  test('that any event takes back is one more action of those events [F-13]', async () => {
    await using runtime = new TestRuntime();
    const idle = raise({ type: 'idle' }, { delay: 50, id: 'idle' });
    const machine = createMachine({
      initial: 'active',
      entry: idle,
      states: { active: { on: { idle: 'asleep' } }, asleep: {} },
      on: { '*': { actions: idle } },
    });
    const ref = await StateMachine.start(runtime, machine);
    for (let time = 0; time < 200; time += 40) {
      await runtime.clock.advance(40);
      runtime.send(ref.pid, { type: 'anything' });
    }
    expect((await ref.snapshot()).value).toBe('active');
    await runtime.clock.advance(50);
    expect((await ref.snapshot()).value).toBe('asleep');
  });
});

describe('sendTo with a delay', () => {
  test('reaches an actor of the machine, and ends with the machine that set it', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const child = createMachine({ on: { '*': { actions: ({ event }) => void log.push(event.type) } } });
    const machine = createMachine({
      invoke: { id: 'child', src: child },
      entry: [
        sendTo('child', { type: 'soon' }, { delay: 10 }),
        sendTo('child', { type: 'never' }, { delay: 20 }),
      ],
    });
    const { pid } = await StateMachine.start(runtime, machine);
    await runtime.clock.advance(10);
    runtime.sendExit(pid, 'over');
    await runtime.clock.advance(10);
    expect([log, runtime.armedTimers]).toEqual([['soon'], 0]);
  });
});

describe('updateDelay', () => {
  type Late = { type: 'late'; what: string };
  const machine = (log: string[]) =>
    setup({ types: { events: {} as { type: 'set' | 'update' | 'both' | 'clear' } | Late } }).createMachine({
      on: {
        set: { actions: raise({ type: 'late', what: 'first' }, { id: 'late', delay: 100 }) },
        update: { actions: updateDelay('late', { type: 'late', what: 'second' }) },
        both: {
          actions: [
            raise({ type: 'late', what: 'first' }, { id: 'late', delay: 100 }),
            updateDelay('late', ({ event }) => ({ type: 'late', what: `made of ${event.type}` })),
            raise({ type: 'clear' }),
          ],
        },
        clear: { actions: () => void log.push('inserted') },
        late: { actions: ({ event }) => void log.push(event.what) },
      },
    });

  test('changes what comes, and not when [F-18]', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const ref = await StateMachine.start(runtime, machine(log));
    ref.send({ type: 'set' });
    await ref.snapshot();
    await runtime.clock.advance(60);
    ref.send({ type: 'update' });
    await ref.snapshot();
    await runtime.clock.advance(39);
    expect(log).toEqual([]);
    await runtime.clock.advance(1);
    expect(log).toEqual(['second']);
    expect(runtime.armedTimers).toBe(0);
  });

  test('of a timeout that does not run is one of 0, before what waits [F-18]', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const ref = await StateMachine.start(runtime, machine(log));
    ref.send({ type: 'update' });
    ref.send({ type: 'late', what: 'waiting' });
    await ref.snapshot();
    expect(log).toEqual(['second', 'waiting']);
    expect(runtime.armedTimers).toBe(0);
  });

  test('counts in the step that sets the timeout too, and after the timeout has run out nothing is left', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const ref = await StateMachine.start(runtime, machine(log));
    ref.send({ type: 'both' });
    await ref.snapshot();
    await runtime.clock.advance(100);
    expect(log).toEqual(['inserted', 'made of both']);
  });

  test('is kept with what is persisted', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const ref = await StateMachine.start(runtime, machine(log));
    for (const type of ['set', 'update'] as const) ref.send({ type });
    const snapshot = await ref.persist();
    await ref.stop();
    await StateMachine.start(runtime, machine(log), { snapshot });
    await runtime.clock.advance(100);
    expect(log).toEqual(['second']);
  });
});
