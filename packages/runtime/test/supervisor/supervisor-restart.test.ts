import { defineServer, GenServer, type Pid, type Self, Supervisor, sys } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { listing, Nursery } from '../support/nursery.ts';
import { TestRuntime } from '../support/test-runtime.ts';

test('a restart of a whole group counts once [S-49]', async () => {
  await using runtime = new TestRuntime();
  const nursery = new Nursery(runtime);
  const children = ['a', 'b', 'c', 'd'].map((id) => nursery.spec(id));
  const supervisor = await Supervisor.start(runtime, { strategy: 'oneForAll', intensity: 1, children });
  await nursery.end('b');
  expect(runtime.processInfo(supervisor)?.description?.restarts).toEqual({
    total: 1,
    inWindow: 1,
    allowed: 1,
  });
  expect(runtime.isAlive(supervisor)).toBe(true);
});

test('what is asked for, and what ends as it should, costs nothing [S-51]', async () => {
  await using runtime = new TestRuntime();
  const nursery = new Nursery(runtime);
  const children = [
    nursery.spec('a'),
    nursery.spec('t', { restart: 'transient' }),
    nursery.spec('x', { restart: 'temporary' }),
  ];
  const supervisor = await Supervisor.start(runtime, { intensity: 0, children });
  await Supervisor.terminateChild(runtime, supervisor, 'a');
  await Supervisor.restartChild(runtime, supervisor, 'a');
  await nursery.end('t', 'normal');
  await nursery.end('x', 'crash');
  const failed = await Supervisor.startChild(runtime, supervisor, nursery.spec('f', { starts: ['fail'] }));
  expect(failed).toEqual({ kind: 'error', reason: 'no' });
  expect(runtime.processInfo(supervisor)?.description?.restarts?.total).toBe(0);
  expect(await listing(runtime, supervisor)).toEqual(['t notRunning', 'a running']);
});

test('restarts further apart than the period never add up [S-48]', async () => {
  await using runtime = new TestRuntime();
  const nursery = new Nursery(runtime);
  const supervisor = await Supervisor.start(runtime, {
    intensity: 1,
    period: 5,
    children: [nursery.spec('a')],
  });
  for (let crash = 0; crash < 10; crash++) {
    await nursery.end('a');
    await runtime.clock.advance(5_001);
  }
  expect(runtime.isAlive(supervisor)).toBe(true);
  expect(nursery.log.filter((line) => line === 'start a')).toHaveLength(11);
});

test('a stop comes through while a restart is tried again and again [S-60]', async () => {
  await using runtime = new TestRuntime();
  const nursery = new Nursery(runtime);
  const starts = ['ok', ...Array<'fail'>(1_000_000).fill('fail')] as const;
  const children = [nursery.spec('a', { starts }), nursery.spec('b')];
  const supervisor = await Supervisor.start(runtime, { intensity: 1_000_000, children });
  await sys.suspend(runtime, supervisor);
  await nursery.kill('a');
  const resumed = sys.resume(runtime, supervisor);
  const stopped = Supervisor.stop(runtime, supervisor);
  await Promise.all([resumed, stopped]);
  expect(nursery.log.at(-1)).toBe('stop b shutdown');
  expect(runtime.isAlive(supervisor)).toBe(false);
});

test('calls of who waits in a start are refused, instead of waiting for ever [S-99]', async () => {
  await using runtime = new TestRuntime();
  const supervisor = await Supervisor.start(runtime, {});
  const result = await Supervisor.startChild(runtime, supervisor, {
    id: 'a',
    start: async (self) => {
      await Supervisor.whichChildren(self, self.pid);
      return { kind: 'ignore' };
    },
  });
  expect(result).toMatchObject({ kind: 'error', reason: { code: 'OTP_CALL_SELF' } });
});

test('a child that asks its own supervisor while it starts waits for itself; its start can be given a time [S-99]', async () => {
  await using runtime = new TestRuntime();
  const supervisor = await Supervisor.start(runtime, {});
  const asking = defineServer({
    init: async (above: Pid, self) => {
      await Supervisor.whichChildren(self, above);
    },
  });
  const start = async (self: Self) => GenServer.startLink(self, asking, self.pid, { timeout: 100 });
  const result = Supervisor.startChild(runtime, supervisor, { id: 'a', start });
  await runtime.clock.advance(100);
  expect(await result).toEqual({ kind: 'error', reason: 'timeout' });
  expect(runtime.isAlive(supervisor)).toBe(true);
});

test('lastExit and restarts of a child are kept for those who look on', async () => {
  await using runtime = new TestRuntime();
  const nursery = new Nursery(runtime);
  const supervisor = await Supervisor.start(runtime, { children: [nursery.spec('a')] });
  await runtime.clock.advance(1_000);
  await nursery.end('a', 'boom');
  await settle();
  const [child] = await Supervisor.whichChildren(runtime, supervisor);
  expect(child).toMatchObject({ restarts: 1, lastExit: { at: 1_000, reason: 'boom' } });
});
