import { defineServer, GenServer, GroupMessage, pg, reply } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const idle = { receive: () => {} };

describe('a group', () => {
  test('has the members that have joined and not left, in the order they joined', async () => {
    await using runtime = new TestRuntime();
    const [one, two] = [new Puppet(runtime), new Puppet(runtime)];
    expect(pg.members(runtime, 'workers')).toEqual([]);
    await one.do((self) => pg.join(self, 'workers'));
    pg.join(runtime, 'workers', two.pid);
    await two.do((self) => pg.join(self, 'others'));
    expect(pg.members(runtime, 'workers')).toEqual([one.pid, two.pid]);
    expect(pg.whichGroups(runtime)).toEqual(['workers', 'others']);
    await expect(one.do((self) => [pg.leave(self, 'workers'), pg.leave(self, 'workers')])).resolves.toEqual([
      true,
      false,
    ]);
    expect(pg.members(runtime, 'workers')).toEqual([two.pid]);
    expect(pg.leave(runtime, 'others', two.pid)).toBe(true);
    expect(pg.whichGroups(runtime)).toEqual(['workers']);
  });

  test('has a process as often as it has joined', async () => {
    await using runtime = new TestRuntime();
    const pid = runtime.spawn(idle);
    pg.join(runtime, 'workers', pid);
    pg.join(runtime, 'workers', pid);
    expect(pg.members(runtime, 'workers')).toEqual([pid, pid]);
    pg.leave(runtime, 'workers', pid);
    expect(pg.members(runtime, 'workers')).toEqual([pid]);
    pg.leave(runtime, 'workers', pid);
    expect(runtime.processInfo(pid)?.monitoredBy).toEqual([]);
  });

  test('is left by a process that ends before anybody learns of it', async () => {
    await using runtime = new TestRuntime();
    const [watcher, pid] = [new Puppet(runtime), runtime.spawn(idle)];
    const members: unknown[] = [];
    runtime.events.on('process:exit', () => members.push(pg.members(runtime, 'workers')));
    await watcher.do((self) => self.monitor(pid));
    pg.join(runtime, 'workers', pid);
    runtime.sendExit(pid, 'over');
    expect(members).toEqual([[]]);
    expect(pg.members(runtime, 'workers')).toEqual([]);
    expect(pg.whichGroups(runtime)).toEqual([]);
  });

  test('refuses what has ended and what is no process', async () => {
    await using runtime = new TestRuntime();
    const pid = runtime.spawn(idle);
    runtime.sendExit(pid, 'over');
    for (const member of [pid, undefined, 'name' as never]) {
      expect(() => pg.join(runtime, 'workers', member)).toThrow(
        expect.objectContaining({ code: 'OTP_BAD_ARGUMENT' }),
      );
    }
    expect(() => pg.join(runtime, '', runtime.spawn(idle))).toThrow(
      expect.objectContaining({ code: 'OTP_BAD_ARGUMENT' }),
    );
    expect(pg.leave(runtime, 'workers', pid)).toBe(false);
  });
});

describe('pg.monitor', () => {
  test('answers the members, and tells who joins and leaves, also by its end', async () => {
    await using runtime = new TestRuntime();
    const watcher = new Puppet(runtime);
    const [first, second] = [runtime.spawn(idle), runtime.spawn(idle)];
    pg.join(runtime, 'workers', first);
    const { ref, members } = await watcher.do((self) => pg.monitor(self, 'workers'));
    expect(members).toEqual([first]);
    pg.join(runtime, 'workers', second);
    pg.join(runtime, 'workers', second);
    pg.join(runtime, 'others', second);
    pg.leave(runtime, 'workers', first);
    runtime.sendExit(second, 'over');
    await settle();
    expect(watcher.seen).toEqual([
      new GroupMessage('join', ref, 'workers', [second]),
      new GroupMessage('join', ref, 'workers', [second]),
      new GroupMessage('leave', ref, 'workers', [first]),
      new GroupMessage('leave', ref, 'workers', [second, second]),
    ]);
  });

  test('is taken back by its owner, and ends with it', async () => {
    await using runtime = new TestRuntime();
    const [watcher, other] = [new Puppet(runtime), new Puppet(runtime)];
    const { ref } = await watcher.do((self) => pg.monitor(self, 'workers'));
    await other.do((self) => pg.monitor(self, 'workers'));
    await expect(other.do((self) => pg.demonitor(self, ref))).resolves.toBe(false);
    await expect(watcher.do((self) => [pg.demonitor(self, ref), pg.demonitor(self, ref)])).resolves.toEqual([
      true,
      false,
    ]);
    runtime.sendExit(other.pid, 'over');
    expect(() => pg.join(runtime, 'workers', watcher.pid)).not.toThrow();
    await settle();
    expect(watcher.seen).toEqual([]);
  });
});

describe('pg.demonitor', () => {
  test('takes what has been told and still waits out of the mailbox, and nothing else', async () => {
    await using runtime = new TestRuntime();
    const seen: unknown[] = [];
    runtime.spawn(async (self) => {
      const [taken, kept] = [pg.monitor(self, 'workers'), pg.monitor(self, 'workers')];
      pg.join(self, 'workers');
      self.send(self.pid, 'between');
      pg.leave(self, 'workers');
      seen.push(pg.demonitor(self, taken.ref), pg.demonitor(self, taken.ref));
      for (let left = 3; left > 0; left--) seen.push(await self.receive());
      seen.push(await self.receive({ timeout: 0 }), kept.ref);
    });
    await settle();
    const ref = seen.at(-1);
    expect(seen.slice(0, -1)).toEqual([
      true,
      false,
      expect.objectContaining({ type: 'join', ref }),
      'between',
      expect.objectContaining({ type: 'leave', ref }),
      undefined,
    ]);
  });
});

describe('pg.send and pg.cast', () => {
  test('reach each member, and nobody else', async () => {
    await using runtime = new TestRuntime();
    const [one, two, stranger] = [new Puppet(runtime), new Puppet(runtime), new Puppet(runtime)];
    for (const { pid } of [one, two]) pg.join(runtime, 'workers', pid);
    pg.send(runtime, 'workers', 'go');
    pg.send(runtime, 'nobody', 'go');
    await stranger.do((self) => pg.cast(self, 'workers', 'work', 1));
    await settle();
    for (const { seen } of [one, two]) {
      expect(seen).toEqual(['go', expect.objectContaining({ type: 'cast', request: 'work', payload: 1 })]);
    }
    expect(stranger.seen).toEqual([]);
  });

  test('of a process that has ended are dropped', async () => {
    await using runtime = new TestRuntime();
    const member = new Puppet(runtime);
    pg.join(runtime, 'workers', member.pid);
    const pid = runtime.spawn(async (self) => {
      await settle(1);
      pg.send(self, 'workers', 'late');
      pg.cast(self, 'workers', 'late');
    });
    await Promise.resolve();
    runtime.sendExit(pid, 'over');
    await settle();
    expect(member.seen).toEqual([]);
  });
});

describe('GenServer.multiCall', () => {
  const doubler = defineServer({
    init: (slow: boolean) => slow,
    handleCall: {
      double: (n: number, _from, slow) => (slow ? undefined : reply(2 * n)),
      fail: () => {
        throw new Error('broken');
      },
    },
  });

  test('answers for each member of a group what it came to, after one timeout', async () => {
    await using runtime = new TestRuntime();
    const quick = await GenServer.start(runtime, doubler, false);
    const slow = [
      await GenServer.start(runtime, doubler, true),
      await GenServer.start(runtime, doubler, true),
    ];
    for (const { pid } of [quick, ...slow]) pg.join(runtime, 'doublers', pid);
    const servers = [...pg.members(runtime, 'doublers'), 'nobody'];
    const calling = GenServer.multiCall(runtime, servers, 'double', 21, { timeout: 50 });
    await runtime.clock.advance(50);
    const outcomes = await calling;
    expect(outcomes).toEqual([
      { kind: 'reply', server: quick.pid, reply: 42 },
      ...slow.map(({ pid }) => ({
        kind: 'error',
        server: pid,
        error: expect.objectContaining({ code: 'OTP_CALL_TIMEOUT' }),
      })),
      { kind: 'error', server: 'nobody', error: expect.objectContaining({ code: 'OTP_NOPROC' }) },
    ]);
    expect(runtime.armedTimers).toBe(0);
  });

  test('is not disturbed by a member that crashes', async () => {
    await using runtime = new TestRuntime();
    const servers = [
      await GenServer.start(runtime, doubler, false),
      await GenServer.start(runtime, doubler, false),
    ];
    const caller = new Puppet(runtime);
    const pids = servers.map(({ pid }) => pid);
    const outcomes = await caller.do((self) => GenServer.multiCall(self, pids, 'fail'));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['error', 'error']);
    await expect(GenServer.multiCall(runtime, [], 'double')).resolves.toEqual([]);
  });

  test('sends nothing with options that cannot be meant', async () => {
    await using runtime = new TestRuntime();
    const puppet = new Puppet(runtime);
    const wrong = GenServer.multiCall(runtime, [puppet.pid], 'double', 1, { timeout: -1 });
    await expect(wrong).rejects.toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
    await expect(GenServer.multiCall(runtime, 'name', 'double')).rejects.toMatchObject({
      code: 'OTP_BAD_ARGUMENT',
    });
    await settle();
    expect(puppet.seen).toEqual([]);
  });
});
