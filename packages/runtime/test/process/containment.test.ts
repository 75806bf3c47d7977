import { EventEmitter, once } from 'node:events';
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

  test('of a process that has ended already is dropped', async () => {
    await using runtime = new TestRuntime();
    const release = runtime.contain();
    const bystander = new Puppet(runtime);
    const ended = runtime.ended(runtime.spawn(() => void setImmediate(fail)));
    expect(await ended).toBe('normal');
    await settle();
    release();
    expect(runtime.processes()).toEqual([bystander.pid]);
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
