import {
  EventManager,
  ExitMessage,
  HandlerExitMessage,
  removeHandler,
  swapHandler,
} from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';
import { broken, type Order, openManager, plain, recorder } from './recorder.ts';

const order = (code: Order): Order => code;

describe('addSupHandler', () => {
  async function supervised(runtime: TestRuntime) {
    const { manager, log, which } = await openManager(runtime);
    const owner = await Puppet.trapping(runtime);
    const add = (who: string) => {
      return owner.do((self) => EventManager.addSupHandler(self, manager, [recorder, who], { who, log }));
    };
    await add('a');
    await add('b');
    log.length = 0;
    return { manager, log, which, owner };
  }

  test.each([
    ['fails', order(({ who }) => (who === 'a' ? Promise.reject(broken) : undefined)), broken],
    ['returns junk', order(({ who }) => (who === 'a' ? 1 : undefined)), { code: 'OTP_BAD_RETURN', value: 1 }],
    ['removes itself', order(({ who }) => (who === 'a' ? removeHandler() : undefined)), 'normal'],
  ])('tells the owner when the handler %s [E-10]', async (_how, event, reason) => {
    await using runtime = new TestRuntime();
    const { manager, owner } = await supervised(runtime);
    await EventManager.syncNotify(runtime, manager, event);
    await settle();
    expect(owner.seen).toMatchObject([{ type: 'handlerExit', manager, handler: [recorder, 'a'], reason }]);
    expect(owner.seen[0]).toBeInstanceOf(HandlerExitMessage);
    expect(runtime.processInfo(owner.pid)?.links).toEqual([manager]);
  });

  test('tells it when the handler is deleted, and unlinks it with the last [E-10]', async () => {
    await using runtime = new TestRuntime();
    const { manager, owner } = await supervised(runtime);
    for (const who of ['a', 'b']) await EventManager.deleteHandler(runtime, manager, [recorder, who]);
    await settle();
    expect(owner.seen).toMatchObject([{ reason: 'normal' }, { reason: 'normal' }]);
    expect(runtime.processInfo(owner.pid)?.links).toEqual([]);
  });

  test('leaves a link that the owner has made itself when its last handler goes [E-10]', async () => {
    await using runtime = new TestRuntime();
    const { manager, log } = await openManager(runtime);
    const owner = await Puppet.trapping(runtime);
    await owner.do((self) => self.link(manager));
    await owner.do((self) => EventManager.addSupHandler(self, manager, recorder, { who: 'a', log }));
    await owner.do((self) => EventManager.addSupHandler(self, manager, [recorder, 2], 'refuse'));
    await EventManager.deleteHandler(runtime, manager, recorder);
    expect(runtime.processInfo(owner.pid)?.links).toEqual([manager]);
    await settle();
    runtime.sendExit(manager, 'kill');
    await settle();
    expect(owner.seen).toMatchObject([
      { type: 'handlerExit' },
      { type: 'exit', from: manager, reason: 'killed' },
    ]);
  });

  test('tells it when the manager stops [E-10, E-14]', async () => {
    await using runtime = new TestRuntime();
    const { manager, owner } = await supervised(runtime);
    await EventManager.stop(runtime, manager);
    await settle();
    expect(owner.seen).toMatchObject([
      { handler: [recorder, 'b'], reason: 'shutdown' },
      { handler: [recorder, 'a'], reason: 'shutdown' },
    ]);
  });

  test('ends the handlers with their owner, and no other [E-11]', async () => {
    await using runtime = new TestRuntime();
    const { manager, owner, log, which } = await supervised(runtime);
    await EventManager.addHandler(runtime, manager, [recorder, 'c'], { who: 'c', log });
    owner.tell((self) => self.exit('over'));
    await settle();
    expect(log.slice(1)).toEqual([
      ['b', { kind: 'ownerEnded', reason: 'over' }],
      ['a', { kind: 'ownerEnded', reason: 'over' }],
      ['c', 'info', new ExitMessage(owner.pid, 'over')],
    ]);
    expect(await which()).toEqual(['c']);
  });

  test('ends a handler whose owner has ended before it was there [E-11]', async () => {
    await using runtime = new TestRuntime();
    const { manager, log } = await openManager(runtime);
    const owner = new Puppet(runtime);
    owner.tell((self) => {
      void EventManager.addSupHandler(self, manager, recorder, { who: 'a', log });
      self.exit('over');
    });
    await settle();
    expect(log.at(-1)).toEqual(['a', { kind: 'ownerEnded', reason: 'noproc' }]);
    expect(await EventManager.whichHandlers(runtime, manager)).toEqual([]);
  });

  test('moves to the new handler by a swap, of which the owner is told [E-12]', async () => {
    await using runtime = new TestRuntime();
    const { manager, owner, log } = await supervised(runtime);
    const plan = { handler: [recorder, 'new'], argument: { who: 'new', log } } as const;
    await EventManager.swapHandler(runtime, manager, [recorder, 'a'], plan);
    await EventManager.deleteHandler(runtime, manager, [recorder, 'new']);
    await settle();
    expect(owner.seen).toMatchObject([
      { handler: [recorder, 'a'], reason: { swapped: [recorder, 'new'], owner: owner.pid } },
      { handler: [recorder, 'new'], reason: 'normal' },
    ]);
  });

  test.each([
    ['refuses', 'refuse', 'no'],
    ['throws', 'throw', broken],
  ] as const)(
    'tells the owner of both when a handler asks for another one whose init %s [E-12]',
    async (_how, argument, reason) => {
      await using runtime = new TestRuntime();
      const { manager, owner, which } = await supervised(runtime);
      const failed: unknown[] = [];
      runtime.events.on('handler:failed', (event) => failed.push(event));
      const plan = { handler: [recorder, 'new'], argument } as const;
      await EventManager.syncNotify(
        runtime,
        manager,
        order(({ who }) => (who === 'a' ? swapHandler(plan) : undefined)),
      );
      await settle();
      expect(owner.seen).toMatchObject([
        { handler: [recorder, 'a'], reason: { swapped: [recorder, 'new'], owner: owner.pid } },
        { handler: [recorder, 'new'], reason: 'crash' },
      ]);
      expect(failed).toEqual([
        { manager, handler: 'recorder:new', reason, lastMessage: argument, state: undefined },
      ]);
      expect(await which()).toEqual(['b']);
    },
  );

  test('moves to another process by swapSupHandler, and the first owner is told [E-12]', async () => {
    await using runtime = new TestRuntime();
    const { manager, owner, log, which } = await supervised(runtime);
    const other = new Puppet(runtime);
    const plan = { handler: [recorder, 'new'], argument: { who: 'new', log } } as const;
    await other.do((self) => EventManager.swapSupHandler(self, manager, [recorder, 'a'], plan));
    await settle();
    expect(owner.seen).toMatchObject([{ reason: { swapped: [recorder, 'new'], owner: other.pid } }]);
    runtime.sendExit(other.pid, 'kill');
    expect(await which()).toEqual(['b']);
  });

  test('is for processes alone, and links nobody when init refuses', async () => {
    await using runtime = new TestRuntime();
    const { manager } = await openManager(runtime);
    expect(() => EventManager.addSupHandler(runtime as never, manager, plain, undefined)).toThrow('Self');
    const owner = new Puppet(runtime);
    await owner.do((self) => EventManager.addSupHandler(self, manager, recorder, 'refuse'));
    expect(runtime.processInfo(owner.pid)?.links).toEqual([]);
  });
});
