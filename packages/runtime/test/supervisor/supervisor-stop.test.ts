import { Supervisor } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { listing, Nursery } from '../support/nursery.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const forEver = () => new Promise<void>(() => {});

test('with all the time of the world a child is never killed [S-70]', async () => {
  await using runtime = new TestRuntime();
  const nursery = new Nursery(runtime);
  let release = () => {};
  const whenStopped = () => new Promise<void>((resolve) => (release = resolve));
  const children = [nursery.spec('a', { shutdown: 'infinity', whenStopped })];
  const supervisor = await Supervisor.start(runtime, { children });
  const stopped = Supervisor.stop(runtime, supervisor);
  await runtime.clock.advance(24 * 3_600_000);
  expect(runtime.isAlive(nursery.pid('a'))).toBe(true);
  release();
  await stopped;
  expect(nursery.reports).toEqual([]);
});

test('a child has its time, to the millisecond, and is then killed [S-68]', async () => {
  await using runtime = new TestRuntime();
  const nursery = new Nursery(runtime);
  const supervisor = await Supervisor.start(runtime, {
    children: [nursery.spec('a', { shutdown: 300, whenStopped: forEver })],
  });
  const terminated = Supervisor.terminateChild(runtime, supervisor, 'a');
  await runtime.clock.advance(299);
  expect(runtime.isAlive(nursery.pid('a'))).toBe(true);
  await runtime.clock.advance(1);
  expect(await terminated).toEqual({ kind: 'ok' });
  expect(nursery.reported).toEqual(['shutdownError a killed']);
});

test('the next child is told only when the last is dead [S-66]', async () => {
  await using runtime = new TestRuntime();
  const nursery = new Nursery(runtime);
  const children = ['a', 'b', 'c'].map((id) => nursery.spec(id, { shutdown: 100, whenStopped: forEver }));
  const supervisor = await Supervisor.start(runtime, { children });
  const stopped = Supervisor.stop(runtime, supervisor);
  nursery.log.length = 0;
  await settle();
  expect(nursery.log).toEqual(['stop c shutdown']);
  await runtime.clock.advance(100);
  expect(nursery.log).toEqual(['stop c shutdown', 'stop b shutdown']);
  await runtime.clock.advance(200);
  await stopped;
  expect(nursery.log).toEqual(['stop c shutdown', 'stop b shutdown', 'stop a shutdown']);
});

test('a detailed shutdown is as good as a plain one for who is not permanent [S-72]', async () => {
  await using runtime = new TestRuntime();
  const nursery = new Nursery(runtime);
  const whenStopped = (self: { exit(reason: object): never }) => self.exit({ shutdown: 'detail' });
  const children = [
    nursery.spec('permanent', { whenStopped }),
    nursery.spec('transient', { whenStopped, restart: 'transient' }),
  ];
  await Supervisor.stop(runtime, await Supervisor.start(runtime, { children }));
  expect(nursery.reports.map(({ id }) => id)).toEqual(['permanent']);
});

test('a pid is no id [S-90]', async () => {
  await using runtime = new TestRuntime();
  const nursery = new Nursery(runtime);
  const supervisor = await Supervisor.start(runtime, { children: [nursery.spec('a')] });
  const result = await Supervisor.terminateChild(runtime, supervisor, nursery.pid('a') as never);
  expect(result).toEqual({ kind: 'error', reason: 'notFound' });
  expect(await listing(runtime, supervisor)).toEqual(['a running']);
});

test('a supervisor that is dead, or was never there, can be asked nothing [S-91]', async () => {
  await using runtime = new TestRuntime();
  const supervisor = await Supervisor.start(runtime, {});
  await Supervisor.stop(runtime, supervisor);
  for (const address of [supervisor, 'nobody']) {
    await expect(Supervisor.whichChildren(runtime, address)).rejects.toMatchObject({ code: 'OTP_NOPROC' });
    await expect(Supervisor.restartChild(runtime, address, 'a')).rejects.toMatchObject({
      code: 'OTP_NOPROC',
    });
  }
});

test('calls to a supervisor have no timeout [S-91]', async () => {
  await using runtime = new TestRuntime();
  const nursery = new Nursery(runtime);
  const supervisor = await Supervisor.start(runtime, {
    children: [nursery.spec('a', { shutdown: 60_000, whenStopped: forEver })],
  });
  const terminated = Supervisor.terminateChild(runtime, supervisor, 'a');
  await runtime.clock.advance(60_000);
  expect(await terminated).toEqual({ kind: 'ok' });
});

test('20,000 children come and go without anybody looking through all of them each time [S-100]', async () => {
  await using runtime = new TestRuntime();
  const supervisor = await Supervisor.start(runtime, {});
  const spec = (id: number) => ({
    id: String(id),
    restart: 'temporary' as const,
    start: (self: { spawnLink(code: object): unknown }) => self.spawnLink({ receive: () => {} }) as never,
  });
  const rounds = async (count: number): Promise<number> => {
    const from = performance.now();
    await Promise.all(
      Array.from({ length: count }, (_, id) => Supervisor.startChild(runtime, supervisor, spec(id))),
    );
    await Promise.all(
      Array.from({ length: count }, (_, id) => Supervisor.terminateChild(runtime, supervisor, String(id))),
    );
    return performance.now() - from;
  };
  await rounds(2_000);
  const [few, many] = [await rounds(2_000), await rounds(20_000)];
  expect(await Supervisor.countChildren(runtime, supervisor)).toMatchObject({ specs: 0 });
  // Ten times as many: ten times as long, and a hundred times if each were looked for. Much is left to the machine's mood.
  expect(many).toBeLessThan(50 * few + 500);
});
