import { EventEmitter, once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { defineServer, ExitMessage, GenServer, noReply, type Self, stopWithReply } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const broken = new Error('thrown where nobody catches it');

function fail(): never {
  throw broken;
}

/** What a process can start that throws later, outside its callbacks. */
const beginnings: [string, (self: Self) => void][] = [
  ['in an immediate', () => void setImmediate(fail)],
  ['in the next tick', () => process.nextTick(fail)],
  ['in an immediate begun after an await', () => void Promise.resolve().then(() => setImmediate(fail))],
  ['in an event that it waits for', () => void once(later(), 'event').then(() => setImmediate(fail))],
];

function later(): EventEmitter {
  const emitter = new EventEmitter();
  setImmediate(() => emitter.emit('event'));
  return emitter;
}

describe('an error that nobody catches', () => {
  test.each(beginnings)('thrown %s ends the process that began it, and no other', async (_where, begin) => {
    await using runtime = new TestRuntime();
    const release = runtime.contain();
    const [parent, bystander] = [await Puppet.trapping(runtime), new Puppet(runtime)];
    const child = await parent.do((self) =>
      self.spawnLink(async (own) => {
        begin(own);
        await own.receive();
      }),
    );
    await settle();
    release();
    expect(parent.seen).toEqual([new ExitMessage(child, broken)]);
    expect(runtime.isAlive(bystander.pid)).toBe(true);
  });

  test('ends a server after terminate, also in the middle of a callback', async () => {
    await using runtime = new TestRuntime();
    const release = runtime.contain();
    const terminated: unknown[] = [];
    const ref = await GenServer.start(
      runtime,
      {
        init: () => null,
        handleCast: {
          begin: async (_: undefined, _state: null, self: Self) => {
            setImmediate(fail);
            await self.receive();
            return noReply();
          },
        },
        terminate: (reason: unknown) => void terminated.push(reason),
      },
      undefined,
    );
    const ended = runtime.ended(ref.pid);
    ref.cast('begin');
    expect(await ended).toBe(broken);
    release();
    expect(terminated).toEqual([broken]);
  });

  test('ends a server that is stopping, whose terminate waits for it, and its caller is answered', async () => {
    await using runtime = new TestRuntime();
    const release = runtime.contain();
    const stubborn = defineServer({
      init: () => null,
      handleCall: { stop: () => stopWithReply('given', 'bye') },
      terminate: () => {
        setImmediate(fail);
        return new Promise<void>(() => {});
      },
    });
    const ref = await GenServer.start(runtime, stubborn, undefined);
    const ended = runtime.ended(ref.pid);
    await expect(ref.call('stop')).resolves.toBe('bye');
    expect(await ended).toBe(broken);
    release();
  });

  test('of a process that has ended already ends nobody, and is told', async () => {
    await using runtime = new TestRuntime();
    const told: unknown[] = [];
    runtime.events.on('callback:failed', (event) => told.push(event));
    const release = runtime.contain();
    const bystander = new Puppet(runtime);
    const pid = runtime.spawn(() => void setImmediate(fail));
    expect(await runtime.ended(pid)).toBe('normal');
    await settle();
    release();
    expect(told).toEqual([{ error: broken, pid }]);
    expect(runtime.processes()).toEqual([bystander.pid]);
  });

  test('is told also if it cannot be looked at', async () => {
    await using runtime = new TestRuntime();
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const told: unknown[] = [];
    runtime.events.on('callback:failed', ({ pid }) => told.push(pid));
    const release = runtime.contain();
    const pid = runtime.spawn(() => {
      setImmediate(() => {
        throw proxy;
      });
    });
    await settle();
    release();
    expect(told).toEqual([pid]);
  });

  test.each<[string, (self: Self) => Promise<unknown>]>([
    ['acts in its name', async (self) => settle().then(() => self.own({ close() {} }))],
    ['waits with its signal', async ({ signal }) => delay(1_000, undefined, { signal })],
    ['throws what its signal says', async ({ signal }) => settle().then(() => signal.throwIfAborted())],
    ['exits with a reason of its own', async (self) => settle().then(() => self.exit('too late'))],
  ])('is not told if it says no more than that its process has ended: what %s', async (_what, begin) => {
    await using runtime = new TestRuntime();
    const told: unknown[] = [];
    runtime.events.on('callback:failed', (event) => told.push(event));
    const release = runtime.contain();
    const thrown: unknown[] = [];
    const pid = runtime.spawn(async (self) => {
      begin(self).catch((error) => {
        thrown.push(error);
        setImmediate(() => {
          throw error;
        });
      });
      await self.receive();
    });
    await settle(1);
    runtime.sendExit(pid, broken);
    await settle(10);
    release();
    expect(thrown).toHaveLength(1);
    expect(told).toEqual([]);
  });

  test('is contained as long as the process lives that asked for it, and then those that it leaves behind', async () => {
    await using runtime = new TestRuntime();
    const [asked, bystander] = [new Puppet(runtime), new Puppet(runtime)];
    const [child, grandchild] = await asked.do((self) => {
      self.contain();
      const child = self.spawn(async (own) => {
        await own.receive();
        setImmediate(fail);
        await own.receive();
      });
      return [child, self.spawn(async (own) => void (await own.receive()))];
    });
    runtime.sendExit(asked.pid, 'kill');
    const ended = runtime.ended(child);
    runtime.send(child, 'fail');
    expect(await ended).toBe(broken);
    expect(runtime.processes()).toEqual([bystander.pid, grandchild]);
    expect(process.hasUncaughtExceptionCaptureCallback()).toBe(true);
    runtime.send(grandchild, 'end');
    await settle();
    expect(process.hasUncaughtExceptionCaptureCallback()).toBe(false);
  });
});

describe('what is done because a process ends', () => {
  test.each([
    ['its resource is closed', (self: Self, note: () => void) => self.own({ close: note })],
    ['its signal is aborted', (self: Self, note: () => void) => self.signal.addEventListener('abort', note)],
  ])('belongs to it, and not to who has ended it: %s', async (_what, begin) => {
    await using runtime = new TestRuntime();
    const release = runtime.contain();
    const killer = await Puppet.trapping(runtime);
    const pid = runtime.spawn(async (self) => {
      begin(self, () => setImmediate(fail));
      await self.receive();
    });
    await settle();
    await killer.do((self) => self.sendExit(pid, 'kill'));
    await settle();
    release();
    expect(runtime.isAlive(pid)).toBe(false);
    expect(runtime.isAlive(killer.pid)).toBe(true);
  });
});

test('what a timer’s callback starts belongs to the process whose timer it is', async () => {
  await using runtime = new TestRuntime();
  const release = runtime.contain();
  const guilty = await Puppet.trapping(runtime);
  const innocent = await Puppet.trapping(runtime);
  await guilty.do((self) => self.callAfter(50, () => setImmediate(fail)));
  // Armed last, and due first: the alarm is set in its name.
  await innocent.do((self) => self.callAfter(20, () => {}));
  await runtime.clock.advance(50);
  await settle();
  release();
  expect([runtime.isAlive(guilty.pid), runtime.isAlive(innocent.pid)]).toEqual([false, true]);
});

test('what a process of another runtime throws, which contains nothing, is not the doing of who has sent it a message', async () => {
  await using contained = new TestRuntime();
  await using plain = new TestRuntime();
  const release = contained.contain();
  const sender = await Puppet.trapping(contained);
  const begin = plain.spawn({ receive: () => void setImmediate(fail) });
  const later = plain.spawn(async (self) => {
    await self.receive();
    await settle(1);
    setImmediate(fail);
    await self.receive();
  });
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => void uncaught.push(error);
  process.on('uncaughtException', note);
  await sender.do((self) => self.send(begin, 'go'));
  await sender.do((self) => self.send(later, 'go'));
  await settle();
  process.off('uncaughtException', note);
  release();
  expect(uncaught).toEqual([broken, broken]);
  expect(contained.isAlive(sender.pid)).toBe(true);
});

test('an error that is contained while a callback waits does not end the wait of an async terminate', async () => {
  await using runtime = new TestRuntime();
  const release = runtime.contain();
  const received: unknown[] = [];
  let goOn = () => {};
  const server = defineServer({
    init: () => null,
    handleCast: {
      async begin() {
        setImmediate(fail);
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
        return noReply();
      },
    },
    async terminate(_reason, _state, self) {
      received.push(await self.receive());
      received.push(await self.receive());
    },
  });
  const ref = await GenServer.start(runtime, server, undefined);
  ref.cast('begin');
  await settle();
  goOn();
  await settle();
  for (const message of ['one', 'two']) {
    runtime.send(ref.pid, message);
    await settle();
  }
  release();
  expect(received).toEqual(['one', 'two']);
  expect(runtime.isAlive(ref.pid)).toBe(false);
});
