import { EventManager, removeHandler, reply, Supervisor, swapHandler } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';
import { broken, type Order, openManager, plain, recorder } from './recorder.ts';

const order = (code: Order): Order => code;

describe('notify', () => {
  test('shows every handler the event, newest first, and does not wait for them [E-03]', async () => {
    await using runtime = new TestRuntime();
    const { manager, log } = await openManager(runtime, 'a', 'b', 'c');
    EventManager.notify(runtime, manager, 'event');
    expect(log).toEqual([]);
    await settle();
    expect(log).toEqual(['c', 'b', 'a'].map((who) => [who, 'event']));
    EventManager.notify(runtime, 'nobody', 'event');
  });

  test('is waited for as syncNotify, until the last handler is done, also with one that is async [E-03]', async () => {
    await using runtime = new TestRuntime();
    const { manager, log } = await openManager(runtime, 'a', 'b');
    const late = order(async ({ who, log: into }) => {
      await settle();
      into.push([who, 'late']);
    });
    await EventManager.syncNotify(runtime, manager, late);
    expect(log).toEqual([
      ['b', 'late'],
      ['a', 'late'],
    ]);
    await expect(EventManager.syncNotify(runtime, 'nobody', 'event')).rejects.toMatchObject({
      code: 'OTP_NOPROC',
    });
  });

  test.each([
    ['throws', () => Promise.reject(broken), broken],
    ['returns junk', () => 'junk', expect.objectContaining({ code: 'OTP_BAD_RETURN', value: 'junk' })],
    ['replies to nobody', () => reply(1), expect.objectContaining({ code: 'OTP_BAD_RETURN' })],
  ])(
    'costs a handler that %s its place, with a report, and nobody else [E-04]',
    async (_how, fail, reason) => {
      await using runtime = new TestRuntime();
      const { manager, log, which, failures } = await openManager(runtime, 'a', 'b', 'c');
      const event = order(({ who }) => (who === 'b' ? fail() : undefined));
      await EventManager.syncNotify(runtime, manager, event);
      expect(await which()).toEqual(['c', 'a']);
      expect(log).toEqual([['b', { kind: 'error', reason }]]);
      const state = expect.objectContaining({ who: 'b' });
      expect(failures).toEqual([{ manager, handler: 'recorder:b', reason, lastMessage: event, state }]);
      expect(runtime.isAlive(manager)).toBe(true);
    },
  );

  test('lets a handler remove itself, which is no failure [E-05]', async () => {
    await using runtime = new TestRuntime();
    const { manager, log, which, failures } = await openManager(runtime, 'a', 'b');
    await EventManager.syncNotify(
      runtime,
      manager,
      order(({ who }) => (who === 'b' ? removeHandler() : undefined)),
    );
    expect([await which(), failures]).toEqual([['a'], []]);
    expect(log).toEqual([['b', { kind: 'removed' }]]);
  });

  test('lets a handler put another in its place, which sees the next event and not this one [E-06]', async () => {
    await using runtime = new TestRuntime();
    const { manager, log, which } = await openManager(runtime, 'a', 'b', 'c');
    const next = { who: 'new', log };
    await EventManager.syncNotify(
      runtime,
      manager,
      order(({ who }) => {
        return who === 'b' ? swapHandler({ give: 1, handler: [recorder, 'new'], argument: next }) : undefined;
      }),
    );
    expect(log).toEqual([
      ['b', { kind: 'swapped', argument: 1 }],
      ['new', 'init', 'b is gone'],
    ]);
    expect(await which()).toEqual(['c', 'new', 'a']);
  });
});

describe('a manager', () => {
  test('shows other messages to handleInfo; a handler without it is kept, and that is reported [E-13]', async () => {
    await using runtime = new TestRuntime();
    const { manager, log } = await openManager(runtime, 'a', 'b');
    await EventManager.addHandler(runtime, manager, plain, undefined);
    const unhandled: unknown[] = [];
    runtime.events.on('message:unhandled', ({ message }) => unhandled.push(message));
    runtime.send(manager, 'hello');
    await settle();
    expect(log).toEqual([
      ['b', 'info', 'hello'],
      ['a', 'info', 'hello'],
    ]);
    expect(unhandled).toEqual(['hello']);
    expect(await EventManager.whichHandlers(runtime, manager)).toHaveLength(3);
  });

  test('that stops ends every handler, newest first [E-14]', async () => {
    await using runtime = new TestRuntime();
    const { manager, log } = await openManager(runtime, 'a', 'b');
    await EventManager.stop(runtime, manager);
    expect(log).toEqual([
      ['b', { kind: 'stop' }],
      ['a', { kind: 'stop' }],
    ]);
  });

  test('that is supervised ends its handlers with its supervisor, and is shown with them [E-14]', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[][] = [];
    const top = await Supervisor.start(runtime, {
      children: [EventManager.childSpec('bus', { name: 'bus' })],
    });
    await EventManager.addHandler(runtime, 'bus', [recorder, 'a'], { who: 'a', log });
    const pid = runtime.whereis('bus') as never;
    expect(runtime.processInfo(pid)).toMatchObject({
      behaviour: 'EventManager',
      description: { details: { handlers: ['recorder:a'] } },
    });
    await Supervisor.stop(runtime, top);
    expect(log.at(-1)).toEqual(['a', { kind: 'stop' }]);
  });

  test('that is linked ends with who has started it, and its handlers with it [E-14]', async () => {
    await using runtime = new TestRuntime();
    const starter = new Puppet(runtime);
    const log: unknown[][] = [];
    await starter.do(async (self) => {
      const manager = await EventManager.startLink<string | Order>(self);
      await EventManager.addSupHandler(self, manager, recorder, { who: 'a', log });
    });
    runtime.sendExit(starter.pid, 'over');
    await settle();
    expect([log.at(-1), runtime.processCount]).toEqual([['a', { kind: 'stop' }], 0]);
  });
});

describe('each function', () => {
  test.each([undefined, {}, plain])('refuses %p where a runtime or a process is meant', async (host) => {
    await using runtime = new TestRuntime();
    const { manager, which } = await openManager(runtime, 'a');
    const wrong = host as never;
    const refusal = {
      code: 'OTP_BAD_ARGUMENT',
      message: expect.stringContaining('the host must be a Runtime or a Self, not '),
    };
    const asked = [
      () => EventManager.addHandler(wrong, manager, plain, undefined),
      () => EventManager.deleteHandler(wrong, manager, recorder),
      () => EventManager.swapHandler(wrong, manager, recorder, { handler: plain, argument: undefined }),
      () => EventManager.notify(wrong, manager, 'event'),
      () => EventManager.syncNotify(wrong, manager, 'event'),
      () => EventManager.call(wrong, manager, recorder, 'who', undefined),
      () => EventManager.whichHandlers(wrong, manager),
    ];
    for (const ask of asked) await expect((async () => ask())()).rejects.toMatchObject(refusal);
    expect(await which()).toEqual(['a']);
  });
});
