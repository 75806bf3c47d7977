import { AsyncLocalStorage } from 'node:async_hooks';
import { defineServer, GenServer, noReply, Runtime, reply, type Self } from '../../src/index.ts';
import { SCOPES_KEPT } from '../../src/process/scopes.ts';
import { settle } from '../../src/testing/index.ts';
import { TestRuntime } from '../support/test-runtime.ts';

/** What a user's own code keeps along its way. */
const context = new AsyncLocalStorage<string>();

/** Notes the context of each of its callbacks. */
const observer = defineServer({
  init: (seen: string[]) => see(seen, 'init'),
  handleCall: {
    look: (_: undefined, _from, seen) => reply(see(seen, 'call')),
    wait: async (_: undefined, _from, seen) => {
      await settle();
      return reply(see(seen, 'call, after an await'));
    },
    arm: (_: undefined, _from, seen, self: Self) => {
      self.sendAfter(1_000, self.pid, 'tick');
      setImmediate(() => see(seen, 'immediate'));
      return reply(seen);
    },
  },
  handleInfo: (_, seen) => noReply(see(seen, 'info')),
  terminate: (_, seen) => void see(seen, 'terminate'),
});

function see(seen: string[], where: string): string[] {
  seen.push(`${where}: ${context.getStore() ?? 'none'}`);
  return seen;
}

async function crowd(runtime: TestRuntime): Promise<void> {
  for (let each = 0; each < SCOPES_KEPT; each++) runtime.spawn((self) => self.receive());
  await settle();
}

describe('the async context of a process, while errors are contained', () => {
  test.each([
    ['in which its runtime was made', 'made'],
    ['without any, if its runtime was made without', undefined],
  ])('is the one %s, whoever starts it, sends to it and stops it', async (_where, made) => {
    await using runtime = made === undefined ? new TestRuntime() : context.run(made, () => new TestRuntime());
    const release = runtime.contain();
    const seen: string[] = [];
    const ref = await context.run('starter', () => GenServer.start(runtime, observer, seen));
    await context.run('caller', () => ref.call('look'));
    await context.run('waiter', () => ref.call('wait'));
    await context.run('armer', () => ref.call('arm'));
    await context.run('clock', () => runtime.clock.advance(1_000));
    await settle();
    await context.run('stopper', () => ref.stop());
    release();
    const places = ['init', 'call', 'call, after an await', 'immediate', 'info', 'terminate'];
    expect(seen).toEqual(places.map((place) => `${place}: ${made ?? 'none'}`));
  });

  test('is none in the default runtime, whoever asks for it first', async () => {
    const runtime = context.run('one', () => Runtime.default);
    const release = runtime.contain();
    const seen: string[] = [];
    const ref = await GenServer.start(runtime, observer, seen);
    await ref.stop();
    release();
    expect(seen).toEqual(['init: none', 'terminate: none']);
  });

  test('is the same when it is made anew, and not that of whoever has sent something then', async () => {
    await using runtime = context.run('made', () => new TestRuntime());
    const release = runtime.contain();
    const seen: string[] = [];
    const ref = await GenServer.start(runtime, observer, seen);
    await crowd(runtime);
    await context.run('one', () => ref.call('look'));
    await context.run('another', () => ref.call('look'));
    await ref.stop();
    release();
    expect(seen.slice(1, 3)).toEqual(['call: made', 'call: made']);
  });
});
