import { type ChildSpec, type Self, Supervisor } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { listing, Nursery } from '../support/nursery.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

test('without children it lives until its parent stops it, with the reason of the stop [S-01]', async () => {
  await using runtime = new TestRuntime();
  const parent = await Puppet.trapping(runtime);
  const supervisor = await parent.do((self) => Supervisor.startLink(self, {}));
  const ended = runtime.ended(supervisor);
  await parent.do((self) => self.sendExit(supervisor, 'shutdown'));
  expect(await ended).toBe('shutdown');
});

test('options that are made at the start and fail are the reason of the failure [S-03]', async () => {
  await using runtime = new TestRuntime();
  const options = () => {
    throw new RangeError('no options');
  };
  const parent = Supervisor.start(runtime, { children: [Supervisor.childSpec('inner', options)] });
  await expect(parent).rejects.toMatchObject({
    reason: { shutdown: { failedToStartChild: 'inner', reason: expect.any(RangeError) } },
  });
});

test('one start is over before the next begins, also when it takes time [S-16]', async () => {
  await using runtime = new TestRuntime();
  const log: string[] = [];
  const slow = (id: string): ChildSpec => ({
    id,
    start: async (self) => {
      log.push(`begin ${id}`);
      await settle();
      log.push(`end ${id}`);
      return self.spawnLink({ receive: () => {} });
    },
  });
  await Supervisor.start(runtime, { children: [slow('a'), slow('b')] });
  expect(log).toEqual(['begin a', 'end a', 'begin b', 'end b']);
});

const failures: [string, ChildSpec['start'], unknown][] = [
  ['says so', () => ({ kind: 'error', reason: 'why' }), 'why'],
  ['answers something else', () => 'junk' as never, 'junk'],
  [
    'throws an error',
    () => {
      throw new RangeError('thrown');
    },
    new RangeError('thrown'),
  ],
  [
    'throws something else',
    () => {
      throw 'thrown';
    },
    expect.objectContaining({ code: 'OTP_NOCATCH', value: 'thrown' }),
  ],
  ['rejects', () => Promise.reject(new RangeError('rejected')), new RangeError('rejected')],
];

test.each(failures)('a start that %s fails with just that [S-19]', async (_, start, reason) => {
  await using runtime = new TestRuntime();
  const supervisor = await Supervisor.start(runtime, {});
  const result = await Supervisor.startChild(runtime, supervisor, { id: 'a', start });
  expect(result).toEqual({ kind: 'error', reason });
  await expect(Supervisor.start(runtime, { children: [{ id: 'a', start }] })).rejects.toMatchObject({
    reason: { shutdown: { failedToStartChild: 'a', reason } },
  });
});

test('what a start says besides goes to who asked for it [S-20]', async () => {
  await using runtime = new TestRuntime();
  const supervisor = await Supervisor.start(runtime, {});
  const start = (self: Self) => {
    return { kind: 'ok', pid: self.spawnLink({ receive: () => {} }), extra: 42 } as const;
  };
  expect(await Supervisor.startChild(runtime, supervisor, { id: 'a', start })).toMatchObject({ extra: 42 });
  await Supervisor.terminateChild(runtime, supervisor, 'a');
  expect(await Supervisor.restartChild(runtime, supervisor, 'a')).toMatchObject({ extra: 42 });
});

test('each start is told, at boot, on request and on restart [S-25]', async () => {
  await using runtime = new TestRuntime();
  const nursery = new Nursery(runtime);
  const told: unknown[] = [];
  runtime.events.on('supervisor:progress', ({ id, pid }) => told.push([id, pid]));
  const supervisor = await Supervisor.start(runtime, { children: [nursery.spec('a')] });
  const [booted] = [nursery.pid('a')];
  await Supervisor.startChild(runtime, supervisor, nursery.spec('b'));
  await nursery.end('a');
  expect(told).toEqual([
    ['a', booted],
    ['b', nursery.pid('b')],
    ['a', nursery.pid('a')],
  ]);
});

test('a temporary child that has ended leaves nothing behind: it can be started as if it were new [S-30, S-32]', async () => {
  await using runtime = new TestRuntime();
  const nursery = new Nursery(runtime);
  const supervisor = await Supervisor.start(runtime, {
    children: [nursery.spec('a', { restart: 'temporary' })],
  });
  await nursery.end('a');
  expect(await Supervisor.getChildSpec(runtime, supervisor, 'a')).toBeUndefined();
  const again = await Supervisor.startChild(runtime, supervisor, nursery.spec('a', { restart: 'temporary' }));
  expect(again).toEqual({ kind: 'ok', pid: nursery.pid('a') });
});

test.each(['restForOne', 'oneForAll'] as const)(
  '%s: an added child is the youngest [S-43]',
  async (strategy) => {
    await using runtime = new TestRuntime();
    const nursery = new Nursery(runtime);
    const children = [nursery.spec('a'), nursery.spec('b')];
    const supervisor = await Supervisor.start(runtime, { strategy, children });
    await Supervisor.startChild(runtime, supervisor, nursery.spec('c'));
    nursery.log.length = 0;
    await nursery.kill('a');
    expect(nursery.log).toEqual(['stop c shutdown', 'stop b shutdown', 'start a', 'start b', 'start c']);
    expect(await listing(runtime, supervisor)).toEqual(['c running', 'b running', 'a running']);
  },
);

test('the end of a linked stranger is passed over [S-44]', async () => {
  await using runtime = new TestRuntime();
  const nursery = new Nursery(runtime);
  const supervisor = await Supervisor.start(runtime, { children: [nursery.spec('a')] });
  const stranger = new Puppet(runtime);
  await stranger.do((self) => self.link(supervisor));
  runtime.sendExit(stranger.pid, 'kill');
  await settle();
  expect(nursery.log).toEqual(['start a']);
  expect(nursery.reports).toEqual([]);
  expect(runtime.isAlive(supervisor)).toBe(true);
});

test('any other message is told to those who look on, and does no harm [S-45]', async () => {
  await using runtime = new TestRuntime();
  const unhandled: unknown[] = [];
  runtime.events.on('message:unhandled', ({ message }) => unhandled.push(message));
  const supervisor = await Supervisor.start(runtime, {});
  runtime.send(supervisor, 'hello');
  await settle();
  expect(unhandled).toEqual(['hello']);
  expect(runtime.isAlive(supervisor)).toBe(true);
});
