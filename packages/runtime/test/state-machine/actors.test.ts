import {
  assign,
  createMachine,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  fromTransition,
  type Observer,
  raise,
  sendTo,
  setup,
} from 'xstate';
import { StateMachine } from '../../src/state-machine/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const broken = new Error('broken');

function fail(): never {
  throw broken;
}

/** What a test sees of the actors that a machine has begun. */
class Trace {
  readonly log: string[] = [];
  observer: Observer<unknown> | undefined = undefined;

  readonly promise = fromPromise(async ({ signal }) => {
    signal.addEventListener('abort', () => this.log.push('promise aborted'));
    await new Promise(() => {});
  });

  readonly callback = fromCallback(() => () => void this.log.push('callback cleaned up'));

  readonly subscribable = {
    subscribe: (observer: Observer<unknown>) => {
      this.observer = observer;
      return { unsubscribe: () => void this.log.push('observable left') };
    },
  };

  readonly observable = fromObservable(() => this.subscribable as never);

  readonly machine = createMachine({
    invoke: { src: fromCallback(() => () => void this.log.push('callback of the child machine cleaned up')) },
    after: { 1000: { actions: () => this.log.push('a delay of the child machine') } },
  });

  /** A machine with one of each. */
  all() {
    const { promise, callback, observable, machine } = this;
    const spawned = fromCallback(() => () => void this.log.push('spawned callback cleaned up'));
    return createMachine({
      id: 'all',
      context: ({ spawn }) => ({ spawned: spawn(spawned) }),
      invoke: [{ src: promise }, { src: callback }, { src: observable }, { src: machine }],
      on: { fail: { actions: fail } },
    });
  }
}

const ALL_ENDED = [
  'callback cleaned up',
  'callback of the child machine cleaned up',
  'observable left',
  'promise aborted',
  'spawned callback cleaned up',
];

describe('what a machine invokes and spawns', () => {
  test.each<[string, (runtime: TestRuntime, machine: Awaited<ReturnType<typeof running>>) => unknown]>([
    ['is stopped', (_runtime, ref) => ref.stop()],
    ['is killed', (runtime, { pid }) => runtime.sendExit(pid, 'kill')],
    ['crashes', (runtime, { pid }) => runtime.send(pid, { type: 'fail' })],
    ['is shut down', (runtime, { pid }) => runtime.sendExit(pid, 'shutdown')],
  ])('ends when the machine %s', async (_how, end) => {
    await using runtime = new TestRuntime();
    const trace = new Trace();
    const ref = await running(runtime, trace);
    expect(runtime.processInfo(ref.pid)?.description?.details).toEqual({ state: '{}', actors: 6 });
    expect(trace.log).toEqual([]);
    await end(runtime, ref);
    await settle();
    expect(trace.log.sort()).toEqual(ALL_ENDED);
    expect([runtime.processCount, runtime.armedTimers]).toEqual([0, 0]);
    trace.observer?.next?.('too late');
    trace.observer?.error?.(broken);
  });

  test('ends with the state that has invoked it, while the machine goes on', async () => {
    await using runtime = new TestRuntime();
    const trace = new Trace();
    const machine = createMachine({
      initial: 'busy',
      states: { busy: { invoke: { src: trace.promise }, on: { leave: 'idle' } }, idle: {} },
    });
    const { pid } = await StateMachine.start(runtime, machine);
    runtime.send(pid, { type: 'leave' });
    await settle();
    expect(trace.log).toEqual(['promise aborted']);
    expect(runtime.processInfo(pid)?.description?.details).toEqual({ state: 'idle' });
  });

  test('ends also when the machine has lost sight of it', async () => {
    await using runtime = new TestRuntime();
    const trace = new Trace();
    // The second actor takes the place of the first under the same id.
    const machine = createMachine({
      entry: assign({
        one: ({ spawn }) => spawn(trace.callback, { id: 'x' }),
        two: ({ spawn }) => spawn(trace.callback, { id: 'x' }),
      }),
    });
    const { pid } = await StateMachine.start(runtime, machine);
    runtime.sendExit(pid, 'kill');
    expect(trace.log).toEqual(['callback cleaned up', 'callback cleaned up']);
  });

  test('sends the machine messages: a suspended one gets them later', async () => {
    await using runtime = new TestRuntime();
    let sendBack: (event: { type: string }) => void = () => {};
    const machine = createMachine({
      initial: 'waiting',
      states: { waiting: { on: { found: 'done' } }, done: {} },
      invoke: {
        src: fromCallback((scope) => {
          sendBack = scope.sendBack;
        }),
      },
    });
    const ref = await StateMachine.start(runtime, machine);
    sendBack({ type: 'found' });
    expect(runtime.processInfo(ref.pid)).toMatchObject({
      mailboxLength: 1,
      description: { details: { state: 'waiting' } },
    });
    expect((await ref.snapshot()).value).toBe('done');
  });

  test('is answered at once, before the next message, if it answers at once', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    const echo = fromCallback(({ sendBack, receive }) => receive(() => sendBack({ type: 'pong' })));
    const machine = createMachine({
      invoke: { id: 'echo', src: echo },
      on: {
        ping: { actions: sendTo('echo', { type: 'ping' }) },
        '*': { actions: ({ event }) => void log.push(event.type) },
      },
    });
    const { pid } = await StateMachine.start(runtime, machine);
    runtime.send(pid, { type: 'ping' });
    runtime.send(pid, { type: 'next' });
    await settle();
    expect(log).toEqual(['pong', 'next']);
  });

  test('of every kind can tell the machine what it has come to', async () => {
    await using runtime = new TestRuntime();
    const seen: unknown[] = [];
    const child = createMachine({
      initial: 'done',
      states: { done: { type: 'final' } },
      output: 'from a machine',
    });
    const events = fromEventObservable(
      () =>
        ({
          subscribe(observer: Observer<{ type: string }>) {
            setImmediate(() => observer.next?.({ type: 'from an observable' }));
            return { unsubscribe: () => {} };
          },
        }) as never,
    );
    const note = { actions: ({ event }: { event: { output?: unknown } }) => void seen.push(event.output) };
    const machine = setup({
      actors: { promise: fromPromise(async () => 'from a promise'), child },
    }).createMachine({
      invoke: [{ src: 'promise', onDone: note }, { src: 'child', onDone: note }, { src: events }],
      on: { '*': { actions: ({ event }) => void seen.push(event.type) } },
    });
    await StateMachine.start(runtime, machine);
    await settle();
    expect(seen).toEqual(['from a machine', 'from a promise', 'from an observable']);
  });
});

describe('an error in an actor', () => {
  const failing = {
    'a promise': fromPromise(async () => fail()),
    'a promise that throws at once': fromPromise(fail),
    'a callback': fromCallback(fail),
    'a child machine': createMachine({ entry: fail }),
    'a delay of a child machine': createMachine({ after: { 10: { actions: fail } } }),
    'a transition': fromTransition(fail, 0),
    'an observable': fromObservable(
      () =>
        ({
          subscribe(observer: Observer<unknown>) {
            setImmediate(() => observer.error?.(broken));
            return { unsubscribe: () => {} };
          },
        }) as never,
    ),
  };

  test.each(Object.entries(failing))(
    '%s is the exit reason of a machine that does not handle it',
    async (_what, src) => {
      await using runtime = new TestRuntime();
      const parent = await Puppet.trapping(runtime);
      const bystander = new Puppet(runtime);
      const machine = createMachine({
        invoke: { id: 'actor', src: src as never },
        on: { poke: { actions: sendTo('actor', { type: 'poke' }) } },
        entry: raise({ type: 'poke' }, { delay: 1 }),
      });
      const ref = await parent.do((self) => StateMachine.startLink(self, machine));
      await runtime.clock.advance(10);
      expect(parent.seen).toMatchObject([{ type: 'exit', from: ref.pid, reason: broken }]);
      expect(runtime.isAlive(bystander.pid)).toBe(true);
    },
  );

  test.each(Object.entries(failing).slice(0, 4))('%s can be handled by the machine', async (_what, src) => {
    await using runtime = new TestRuntime();
    const machine = createMachine({
      initial: 'trying',
      states: { trying: { invoke: { src: src as never, onError: 'failed' } }, failed: {} },
    });
    const ref = await StateMachine.start(runtime, machine);
    await settle();
    expect((await ref.snapshot()).value).toBe('failed');
  });

  test('that comes after the end of the machine is nothing', async () => {
    await using runtime = new TestRuntime();
    let reject: (error: Error) => void = () => {};
    const late = fromPromise(() => {
      const { promise, fail: refuse } = pending();
      reject = refuse;
      return promise;
    });
    const ref = await StateMachine.start(runtime, createMachine({ invoke: { src: late } }));
    await ref.stop();
    reject(broken);
    await settle();
    expect(runtime.processCount).toBe(0);
  });

  test('in the clean-up of a callback does not keep the others from ending', async () => {
    await using runtime = new TestRuntime();
    const trace = new Trace();
    const machine = createMachine({ invoke: [{ src: fromCallback(() => fail) }, { src: trace.callback }] });
    const ref = await StateMachine.start(runtime, machine);
    await ref.stop();
    expect(trace.log).toEqual(['callback cleaned up']);
  });

  test('where nobody can catch it ends the machine under containment', async () => {
    await using runtime = new TestRuntime();
    const release = runtime.contain();
    const machine = createMachine({ invoke: { src: fromCallback(() => void setImmediate(fail)) } });
    const ref = await StateMachine.start(runtime, machine);
    const ended = runtime.ended(ref.pid);
    expect(await ended).toBe(broken);
    release();
  });
});

function running(runtime: TestRuntime, trace: Trace) {
  return StateMachine.start(runtime, trace.all());
}

function pending(): { readonly promise: Promise<never>; readonly fail: (error: Error) => void } {
  let fail: (error: Error) => void = () => {};
  const promise = new Promise<never>((_, reject) => {
    fail = reject;
  });
  return { promise, fail };
}
