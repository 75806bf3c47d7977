import fc from 'fast-check';
import {
  type ChildSpec,
  defineServer,
  ExitMessage,
  GenServer,
  inspect,
  type PartitionKey,
  PartitionSupervisor,
  type Pid,
  type Runtime,
  reply,
  Supervisor,
  serverSpec,
  serversSpec,
  stop,
} from '../../src/index.ts';
import { partitionOf } from '../../src/supervisor/partition-key.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const counter = defineServer({
  init: (start: number) => ({ start }),
  handleCall: { start: (_: undefined, _from, state) => reply(state.start) },
  handleCast: { stop: (reason: string) => stop(reason) },
});
const child = serversSpec(counter);
const argument = (partition: number): number => partition * 10;
const name = 'counters';

function start(runtime: Runtime, partitions = 3): Promise<Pid> {
  return PartitionSupervisor.start(runtime, { child, partitions, argument }, { name });
}

async function pids(runtime: Runtime): Promise<(Pid | undefined)[]> {
  const children = await PartitionSupervisor.whichChildren(runtime, name);
  return [...children].sort((one, other) => Number(one.id) - Number(other.id)).map(({ pid }) => pid);
}

const badArgument = expect.objectContaining({ code: 'OTP_BAD_ARGUMENT' });

describe('a key', () => {
  test.each<[PartitionKey, number]>([
    [0, 0],
    [4, 1],
    [-4, 1],
    [5n, 2],
    [-5n, 2],
    [2 ** 60, 1],
  ])('that is the whole number %p leads to partition %p of 3 by its remainder [R-21]', (key, partition) => {
    expect(partitionOf(key, 3)).toBe(partition);
  });

  test('of any other kind leads to one of the partitions, always the same [R-21]', async () => {
    await using runtime = new TestRuntime();
    const pid = runtime.spawn(() => {});
    const others = [0.5, Number.NaN, true, null, undefined, Symbol('room'), pid, 'room', ''];
    for (const key of others) {
      expect([0, 1, 2]).toContain(partitionOf(key, 3));
      expect(partitionOf(key, 3)).toBe(partitionOf(key, 3));
    }
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 100 }), (key, partitions) => {
        const partition = partitionOf(key, partitions);
        return partition >= 0 && partition < partitions && partitionOf(`${key}`, partitions) === partition;
      }),
    );
  });

  test('that is a text spreads over all partitions [R-21]', () => {
    const counts = [0, 0, 0, 0];
    for (let room = 0; room < 4_000; room++) {
      const partition = partitionOf(`room ${room}`, 4);
      counts[partition] = (counts[partition] ?? 0) + 1;
    }
    for (const count of counts) expect(count).toBeGreaterThan(800);
  });

  test.each([[{}], [[]], [() => {}]])('that is no value to route by is refused: %p', (key) => {
    expect(() => PartitionSupervisor.via(name, key as never)).toThrow(badArgument);
  });
});

describe('a partition supervisor', () => {
  test('starts each partition with its argument, and keys lead to it [R-21, R-23]', async () => {
    await using runtime = new TestRuntime();
    await start(runtime);
    const answers = [0, 1, -2, 3, 4].map((key) => runtime.call(PartitionSupervisor.via(name, key), 'start'));
    expect(await Promise.all(answers)).toEqual([0, 10, 20, 0, 10]);
    const [first] = await pids(runtime);
    expect(GenServer.ref(runtime, counter, PartitionSupervisor.via(name, 0)).pid).toBe(first);
  });

  test('starts partitions that take no argument [R-23]', async () => {
    await using runtime = new TestRuntime();
    const idle = serversSpec(defineServer({ init: () => ({}) }));
    const supervisor = await PartitionSupervisor.start(runtime, { child: idle, partitions: 2 });
    expect(runtime.whereis(PartitionSupervisor.via(supervisor, 1))).toBeDefined();
  });

  test('restarts a partition in its place [R-22]', async () => {
    await using runtime = new TestRuntime();
    await start(runtime);
    const one = PartitionSupervisor.via(name, 1);
    const before = await pids(runtime);
    runtime.cast(one, 'stop', 'crash');
    await settle();
    const after = await pids(runtime);
    expect([after[0], after[2]]).toEqual([before[0], before[2]]);
    expect(after[1]).not.toBe(before[1]);
    expect(runtime.whereis(one)).toBe(after[1]);
    expect(await runtime.call(one, 'start')).toBe(10);
  });

  test('gives up after too many restarts, as any supervisor', async () => {
    await using runtime = new TestRuntime();
    const options = { child, partitions: 2, argument, intensity: 0 };
    const supervisor = await PartitionSupervisor.start(runtime, options, { name });
    const ended = runtime.ended(supervisor);
    runtime.cast(PartitionSupervisor.via(name, 1), 'stop', 'crash');
    expect(await ended).toBe('shutdown');
    expect(runtime.processCount).toBe(0);
  });

  test('has children with the numbers of the partitions as ids [R-25]', async () => {
    await using runtime = new TestRuntime();
    const supervisor = await start(runtime);
    const children = await PartitionSupervisor.whichChildren(runtime, name);
    expect(children.map(({ id }) => id).sort()).toEqual(['0', '1', '2']);
    expect(await PartitionSupervisor.countChildren(runtime, name)).toEqual({
      specs: 3,
      active: 3,
      supervisors: 0,
      workers: 3,
    });
    expect(PartitionSupervisor.partitions(runtime, name)).toBe(3);
    expect(await inspect.tree(runtime, name)).toMatchObject({
      behaviour: 'PartitionSupervisor',
      module: 'PartitionSupervisor',
      strategy: 'oneForOne',
      children: [{ id: '0' }, { id: '1' }, { id: '2' }],
    });
    const ended = runtime.ended(supervisor);
    await PartitionSupervisor.stop(runtime, name);
    expect(await ended).toBe('shutdown');
    expect(runtime.processCount).toBe(0);
  });

  test('that does not run is noproc [R-25]', async () => {
    await using runtime = new TestRuntime();
    const noproc = { code: 'OTP_NOPROC' };
    const via = PartitionSupervisor.via('unknown', 1);
    expect(() => PartitionSupervisor.partitions(runtime, 'unknown')).toThrow(expect.objectContaining(noproc));
    await expect(PartitionSupervisor.whichChildren(runtime, 'unknown')).rejects.toMatchObject(noproc);
    await expect(PartitionSupervisor.countChildren(runtime, 'unknown')).rejects.toMatchObject(noproc);
    await expect(PartitionSupervisor.resize(runtime, 'unknown', 1)).rejects.toMatchObject(noproc);
    await expect(PartitionSupervisor.stop(runtime, 'unknown')).rejects.toMatchObject(noproc);
    await expect(runtime.call(via, 'start')).rejects.toMatchObject(noproc);
    expect(runtime.whereis(via)).toBeUndefined();
  });

  test('stands under another supervisor, and ends with its parent', async () => {
    await using runtime = new TestRuntime();
    const options = { child, partitions: 2, argument };
    const spec = PartitionSupervisor.childSpec('counters', options, { name });
    await Supervisor.start(runtime, { children: [spec] });
    runtime.sendExit(runtime.whereis(name) as Pid, 'kill');
    await settle();
    expect(await runtime.call(PartitionSupervisor.via(name, 3), 'start')).toBe(10);
    const owner = await Puppet.trapping(runtime);
    const linked = await owner.do((self) => PartitionSupervisor.startLink(self, options));
    runtime.sendExit(linked, 'kill');
    await settle();
    expect(owner.seen).toEqual([new ExitMessage(linked, 'killed')]);
  });

  test('stops the partitions that run when one does not start', async () => {
    await using runtime = new TestRuntime();
    const failing: Omit<ChildSpec, 'id' | 'start'> & { start: ChildSpec['start'] } = {
      start: (self, ...rest: [partition?: number]) =>
        rest[0] === 2 ? { kind: 'error', reason: 'no' } : serverSpec(counter, 1, { id: 'x' }).start(self),
    };
    const options = { child: failing as never, partitions: 3, argument: (partition: number) => partition };
    await expect(PartitionSupervisor.start(runtime, options)).rejects.toMatchObject({
      reason: { shutdown: { failedToStartChild: '2', reason: 'no' } },
    });
    expect(runtime.processCount).toBe(0);
  });
});

test.each([
  ['no child', { partitions: 2 }, 'child must be a child spec without an id'],
  ['a child that cannot start', { child: {}, partitions: 2 }, "start of child '0' must be a function"],
  ['no number', { child }, 'partitions must be a whole number >= 1'],
  ['no partitions', { child, partitions: 0 }, 'partitions must be a whole number >= 1'],
  ['an argument that is none', { child, partitions: 1, argument: 7 }, 'argument must be a function'],
  [
    'autoShutdown',
    { child, partitions: 1, autoShutdown: 'never' },
    "an option of a partition supervisor must be one of child, partitions, argument, intensity, period, not 'autoShutdown'",
  ],
  [
    'a significant child',
    { child: { ...child, restart: 'transient', significant: true }, partitions: 1 },
    "child '0' cannot be significant",
  ],
])('refuses options with %s [R-24]', async (_what, options, message) => {
  await using runtime = new TestRuntime();
  await expect(PartitionSupervisor.start(runtime, options as never)).rejects.toThrow(message);
  expect(() => PartitionSupervisor.childSpec('counters', options as never)).toThrow(message);
});

describe('resize', () => {
  test('stops the last partitions, whose specs stay, and keys lead to the others [R-26]', async () => {
    await using runtime = new TestRuntime();
    await start(runtime, 4);
    expect(await PartitionSupervisor.resize(runtime, name, 2)).toBe(4);
    expect(PartitionSupervisor.partitions(runtime, name)).toBe(2);
    expect(await PartitionSupervisor.countChildren(runtime, name)).toMatchObject({ specs: 4, active: 2 });
    expect(await runtime.call(PartitionSupervisor.via(name, 3), 'start')).toBe(10);
  });

  test('starts them again [R-26]', async () => {
    await using runtime = new TestRuntime();
    await start(runtime, 4);
    const before = await pids(runtime);
    await PartitionSupervisor.resize(runtime, name, 1);
    expect(await PartitionSupervisor.resize(runtime, name, 3)).toBe(1);
    const after = await pids(runtime);
    expect(after[0]).toBe(before[0]);
    expect(after[2]).not.toBe(before[2]);
    expect(await runtime.call(PartitionSupervisor.via(name, 5), 'start')).toBe(20);
    expect(await PartitionSupervisor.resize(runtime, name, 3)).toBe(3);
    expect(await pids(runtime)).toEqual(after);
  });

  test('to 0 leaves keys that lead nowhere [R-26]', async () => {
    await using runtime = new TestRuntime();
    await start(runtime);
    await PartitionSupervisor.resize(runtime, name, 0);
    const via = PartitionSupervisor.via(name, 1);
    expect(runtime.whereis(via)).toBeUndefined();
    await expect(runtime.call(via, 'start')).rejects.toMatchObject({ code: 'OTP_NOPROC' });
    expect(() => runtime.send(via, 1)).toThrow(expect.objectContaining({ code: 'OTP_NOPROC' }));
    expect(await PartitionSupervisor.resize(runtime, name, 3)).toBe(0);
    expect(await runtime.call(via, 'start')).toBe(10);
  });

  test.each([[4], [-1], [1.5], ['2']])('to %p of 3 is refused [R-26]', async (partitions) => {
    await using runtime = new TestRuntime();
    await start(runtime);
    await expect(PartitionSupervisor.resize(runtime, name, partitions as number)).rejects.toEqual(
      badArgument,
    );
    expect(PartitionSupervisor.partitions(runtime, name)).toBe(3);
  });

  test('brings a temporary partition back that has ended of itself', async () => {
    await using runtime = new TestRuntime();
    const options = { child: serversSpec(counter, { restart: 'temporary' }), partitions: 3, argument };
    await PartitionSupervisor.start(runtime, options, { name });
    await PartitionSupervisor.resize(runtime, name, 1);
    expect(await PartitionSupervisor.countChildren(runtime, name)).toMatchObject({ active: 1 });
    await PartitionSupervisor.resize(runtime, name, 3);
    expect(await runtime.call(PartitionSupervisor.via(name, 2), 'start')).toBe(20);
  });

  test('keeps the partitions before the one that does not start', async () => {
    await using runtime = new TestRuntime();
    let broken = false;
    const fragile = defineServer({
      init: (partition: number) => (broken && partition === 1 ? stop('no') : { partition }),
    });
    const options = {
      child: serversSpec(fragile),
      partitions: 3,
      argument: (partition: number) => partition,
    };
    await PartitionSupervisor.start(runtime, options, { name });
    await PartitionSupervisor.resize(runtime, name, 0);
    broken = true;
    await expect(PartitionSupervisor.resize(runtime, name, 3)).rejects.toMatchObject({ reason: 'no' });
    expect(PartitionSupervisor.partitions(runtime, name)).toBe(1);
    expect(runtime.whereis(PartitionSupervisor.via(name, 7))).toBeDefined();
    broken = false;
    expect(await PartitionSupervisor.resize(runtime, name, 3)).toBe(1);
  });
});

test('no process is started under the name of a partition', async () => {
  await using runtime = new TestRuntime();
  await start(runtime);
  await PartitionSupervisor.resize(runtime, name, 0);
  const taken = GenServer.start(runtime, counter, 1, { name: PartitionSupervisor.via(name, 1) });
  await expect(taken).rejects.toMatchObject({ reason: badArgument });
});
