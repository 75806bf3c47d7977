import { DownMessage, ExitMessage, Ref } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const idle = { receive: () => {} };

describe('monitor', () => {
  test.each([['over'], ['normal'], ['shutdown']])('tells once of the end: %s [P-29]', async (reason) => {
    await using runtime = new TestRuntime();
    const [watcher, target] = [new Puppet(runtime), new Puppet(runtime)];
    const ref = await watcher.do((self) => self.monitor(target.pid));
    target.tell((self) => self.exit(reason));
    await settle();
    expect(watcher.seen).toEqual([new DownMessage(ref, target.pid, reason)]);
    expect((watcher.seen[0] as DownMessage).ref).toBe(ref);
    expect(runtime.isAlive(watcher.pid)).toBe(true);
  });

  test('of a dead process tells of noproc, with a message and not at once [P-30]', async () => {
    await using runtime = new TestRuntime();
    const dead = runtime.spawn(() => {});
    await settle();
    const watcher = new Puppet(runtime);
    const seenAtOnce = await watcher.do((self) => {
      self.monitor(dead);
      return watcher.seen.length;
    });
    expect(seenAtOnce).toBe(0);
    await settle();
    expect(watcher.seen).toEqual([
      expect.objectContaining({ type: 'down', process: dead, reason: 'noproc' }),
    ]);
  });

  test('called twice makes two monitors and two messages [P-31]', async () => {
    await using runtime = new TestRuntime();
    const watcher = new Puppet(runtime);
    const target = runtime.spawn(idle);
    const [one, two] = await watcher.do((self) => [self.monitor(target), self.monitor(target)]);
    expect(one).not.toBe(two);
    runtime.sendExit(target, 'over');
    await settle();
    expect(watcher.seen.map((message) => (message as DownMessage).ref)).toEqual([one, two]);
  });

  test('by name tells the name, not the pid [P-32]', async () => {
    await using runtime = new TestRuntime();
    const watcher = new Puppet(runtime);
    const target = runtime.spawn(idle);
    runtime.register('target', target);
    await watcher.do((self) => self.monitor('target'));
    runtime.sendExit(target, 'over');
    await settle();
    expect(watcher.seen).toEqual([expect.objectContaining({ process: 'target', reason: 'over' })]);
  });

  test('by a name that nobody has tells of noproc and the name [P-33]', async () => {
    await using runtime = new TestRuntime();
    const watcher = new Puppet(runtime);
    await watcher.do((self) => self.monitor('nobody'));
    await settle();
    expect(watcher.seen).toEqual([expect.objectContaining({ process: 'nobody', reason: 'noproc' })]);
  });

  test('by name follows the process and not the name [P-34]', async () => {
    await using runtime = new TestRuntime();
    const watcher = new Puppet(runtime);
    const [first, second] = [runtime.spawn(idle), runtime.spawn(idle)];
    runtime.register('role', first);
    await watcher.do((self) => self.monitor('role'));
    runtime.unregister('role');
    runtime.register('role', second);
    runtime.sendExit(second, 'not monitored');
    await settle();
    expect(watcher.seen).toEqual([]);
    runtime.sendExit(first, 'monitored');
    await settle();
    expect(watcher.seen).toEqual([expect.objectContaining({ process: 'role', reason: 'monitored' })]);
  });

  test('of oneself gives a reference and never fires [P-35]', async () => {
    await using runtime = new TestRuntime();
    const puppet = await Puppet.trapping(runtime);
    const ref = await puppet.do((self) => self.monitor(self.pid));
    expect(ref).toBeInstanceOf(Ref);
    expect(runtime.processInfo(puppet.pid)).toMatchObject({ monitors: [], monitoredBy: [] });
    runtime.sendExit(puppet.pid, 'kill');
    await settle();
    expect(puppet.seen).toEqual([]);
  });

  test('and a link tell of the same reason [P-43]', async () => {
    await using runtime = new TestRuntime();
    const watcher = await Puppet.trapping(runtime);
    const target = runtime.spawn(idle);
    const ref = await watcher.do((self) => {
      self.link(target);
      return self.monitor(target);
    });
    runtime.sendExit(target, 'over');
    await settle();
    expect(watcher.seen).toHaveLength(2);
    expect(watcher.seen).toContainEqual(new ExitMessage(target, 'over'));
    expect(watcher.seen).toContainEqual(new DownMessage(ref, target, 'over'));
  });

  test.each([['by pid'], ['by name']])(
    'tells after the messages that came before the end: %s [P-45]',
    async (how) => {
      await using runtime = new TestRuntime();
      const [watcher, target] = [new Puppet(runtime), new Puppet(runtime)];
      runtime.register('target', target.pid);
      const ref = await watcher.do((self) => self.monitor(how === 'by name' ? 'target' : target.pid));
      target.tell((self) => {
        self.send(watcher.pid, 'm1');
        self.send(watcher.pid, 'm2');
        self.exit('over');
      });
      await settle();
      expect(watcher.seen).toEqual(['m1', 'm2', expect.objectContaining({ ref, reason: 'over' })]);
    },
  );
});

describe('spawnMonitor', () => {
  test('tells the true reason of a child that ends at once [P-28]', async () => {
    await using runtime = new TestRuntime();
    const parent = new Puppet(runtime);
    const { pid, ref } = await parent.do((self) => self.spawnMonitor((own) => own.exit('at once')));
    await settle();
    expect(parent.seen).toEqual([new DownMessage(ref, pid, 'at once')]);
  });
});

describe('demonitor', () => {
  test('ends an active monitor: nothing comes, and doing it again does no harm [P-36]', async () => {
    await using runtime = new TestRuntime();
    const watcher = new Puppet(runtime);
    const target = runtime.spawn(idle);
    const ref = await watcher.do((self) => self.monitor(target));
    await watcher.do((self) => self.demonitor(ref));
    expect(runtime.processInfo(target)?.monitoredBy).toEqual([]);
    await expect(watcher.do((self) => self.demonitor(ref))).resolves.toBe(false);
    runtime.sendExit(target, 'over');
    await settle();
    expect(watcher.seen).toEqual([]);
  });

  test('leaves a message that waits already [P-37]', async () => {
    await using runtime = new TestRuntime();
    const watcher = new Puppet(runtime);
    const target = runtime.spawn(idle);
    const ref = await watcher.do((self) => self.monitor(target));
    await watcher.do((self) => {
      self.sendExit(target, 'over');
      self.demonitor(ref);
    });
    await settle();
    expect(watcher.seen).toEqual([new DownMessage(ref, target, 'over')]);
  });

  test('with flush takes that message away, and no other monitor’s [P-38]', async () => {
    await using runtime = new TestRuntime();
    const watcher = new Puppet(runtime);
    const target = runtime.spawn(idle);
    const [one, two, three] = await watcher.do((self) => [
      self.monitor(target),
      self.monitor(target),
      self.monitor(target),
    ]);
    await watcher.do((self) => {
      self.sendExit(target, 'over');
      self.demonitor(two as Ref, { flush: true });
    });
    await settle();
    expect(watcher.seen.map((message) => (message as DownMessage).ref)).toEqual([one, three]);
  });

  test('answers whether the monitor was active [P-39, P-40]', async () => {
    await using runtime = new TestRuntime();
    const watcher = new Puppet(runtime);
    const target = runtime.spawn(idle);
    const answers = await watcher.do((self) => {
      const [early, late] = [self.monitor(target), self.monitor(target)];
      const active = self.demonitor(early);
      self.sendExit(target, 'over');
      return [active, self.demonitor(late), self.demonitor(late, { flush: true })];
    });
    expect(answers).toEqual([true, false, false]);
    await settle();
    expect(watcher.seen).toEqual([]);
  });

  test('takes a reference that names no monitor, and refuses what is no reference [P-41]', async () => {
    await using runtime = new TestRuntime();
    const watcher = new Puppet(runtime);
    await expect(watcher.do((self) => self.demonitor(new Ref()))).resolves.toBe(false);
    await expect(watcher.do((self) => self.demonitor('ref' as never))).rejects.toMatchObject({
      code: 'OTP_BAD_ARGUMENT',
    });
  });

  test('refuses an option that there is not [P-41]', async () => {
    await using runtime = new TestRuntime();
    const watcher = new Puppet(runtime);
    const attempt = watcher.do((self) => self.demonitor(new Ref(), { info: true } as object));
    await expect(attempt).rejects.toMatchObject({
      code: 'OTP_BAD_ARGUMENT',
      message: expect.stringContaining('info'),
    });
  });

  test('of another process’ monitor leaves that one as it is [P-42]', async () => {
    await using runtime = new TestRuntime();
    const [owner, other] = [new Puppet(runtime), new Puppet(runtime)];
    const target = runtime.spawn(idle);
    const ref = await owner.do((self) => self.monitor(target));
    await other.do((self) => self.demonitor(ref, { flush: true }));
    runtime.sendExit(target, 'over');
    await settle();
    expect(owner.seen).toEqual([new DownMessage(ref, target, 'over')]);
  });

  test('is not needed when the watcher ends: nothing stays at the target', async () => {
    await using runtime = new TestRuntime();
    const watcher = new Puppet(runtime);
    const target = runtime.spawn(idle);
    await watcher.do((self) => self.monitor(target));
    expect(runtime.processInfo(target)?.monitoredBy).toEqual([watcher.pid]);
    runtime.sendExit(watcher.pid, 'over');
    expect(runtime.processInfo(target)?.monitoredBy).toEqual([]);
  });
});
