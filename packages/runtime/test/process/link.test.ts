import { ExitMessage } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const idle = { receive: () => {} };

describe('what a link does when one side ends', () => {
  test('a normal end does not concern the other side [P-17]', async () => {
    await using runtime = new TestRuntime();
    const one = new Puppet(runtime);
    const other = await one.do((self) => self.spawnLink(() => {}));
    expect(await runtime.ended(other)).toBe('noproc');
    await settle();
    expect(runtime.isAlive(one.pid)).toBe(true);
    expect(one.seen).toEqual([]);
    expect(runtime.processInfo(one.pid)?.links).toEqual([]);
  });

  test('any other end takes the other side along, and its links with the same reason [P-18]', async () => {
    await using runtime = new TestRuntime();
    const [a, b] = [new Puppet(runtime), new Puppet(runtime)];
    const trapper = await Puppet.trapping(runtime);
    await a.do((self) => self.link(b.pid));
    await trapper.do((self) => self.link(a.pid));
    const ended = runtime.ended(a.pid);
    runtime.sendExit(b.pid, 'over');
    expect(await ended).toBe('over');
    await settle();
    expect(trapper.seen).toEqual([new ExitMessage(a.pid, 'over')]);
  });

  test.each([['normal'], ['over'], ['shutdown']])(
    'a side that traps exits gets one message: %s [P-19]',
    async (reason) => {
      await using runtime = new TestRuntime();
      const trapper = await Puppet.trapping(runtime);
      const other = new Puppet(runtime);
      await trapper.do((self) => self.link(other.pid));
      other.tell((self) => self.exit(reason));
      await settle();
      expect(trapper.seen).toEqual([new ExitMessage(other.pid, reason)]);
    },
  );
});

describe('link', () => {
  test('links once, however often it is called and by whom [P-20]', async () => {
    await using runtime = new TestRuntime();
    const [a, b] = [await Puppet.trapping(runtime), new Puppet(runtime)];
    await a.do((self) => {
      self.link(b.pid);
      self.link(b.pid);
    });
    await b.do((self) => self.link(a.pid));
    expect(runtime.processInfo(a.pid)?.links).toEqual([b.pid]);
    runtime.sendExit(b.pid, 'over');
    await settle();
    expect(a.seen).toEqual([new ExitMessage(b.pid, 'over')]);
  });

  test('sends a process that traps exits the exit message of a dead one [P-24]', async () => {
    await using runtime = new TestRuntime();
    const dead = runtime.spawn(() => {});
    await settle();
    const trapper = await Puppet.trapping(runtime);
    await trapper.do((self) => self.link(dead));
    await settle();
    expect(trapper.seen).toEqual([new ExitMessage(dead, 'noproc')]);
  });

  test('throws noproc for a dead process in one that does not trap exits [P-25]', async () => {
    await using runtime = new TestRuntime();
    const dead = runtime.spawn(() => {});
    await settle();
    const puppet = new Puppet(runtime);
    await expect(puppet.do((self) => self.link(dead))).rejects.toMatchObject({
      code: 'OTP_NOPROC',
      reason: 'noproc',
    });
    expect(puppet.seen).toEqual([]);
  });

  test('does nothing when a process links to itself [P-26]', async () => {
    await using runtime = new TestRuntime();
    const puppet = await Puppet.trapping(runtime);
    await puppet.do((self) => self.link(self.pid));
    expect(runtime.processInfo(puppet.pid)?.links).toEqual([]);
    await settle();
    expect(puppet.seen).toEqual([]);
  });

  test('refuses what is no pid', async () => {
    await using runtime = new TestRuntime();
    const puppet = new Puppet(runtime);
    await expect(puppet.do((self) => self.link('a name' as never))).rejects.toMatchObject({
      code: 'OTP_BAD_ARGUMENT',
    });
  });
});

describe('unlink', () => {
  test.each([['the one who linked'], ['the other']])(
    'takes the link away on both sides: %s [P-21]',
    async (who) => {
      await using runtime = new TestRuntime();
      const [a, b] = [new Puppet(runtime), new Puppet(runtime)];
      await a.do((self) => self.link(b.pid));
      if (who === 'the other') await b.do((self) => self.unlink(a.pid));
      else await a.do((self) => self.unlink(b.pid));
      expect(runtime.processInfo(a.pid)?.links).toEqual([]);
      expect(runtime.processInfo(b.pid)?.links).toEqual([]);
      runtime.sendExit(b.pid, 'over');
      await settle();
      expect(runtime.isAlive(a.pid)).toBe(true);
    },
  );

  test('promises that no exit message comes later [P-22]', async () => {
    await using runtime = new TestRuntime();
    const a = await Puppet.trapping(runtime);
    const b = new Puppet(runtime);
    await a.do((self) => {
      self.link(b.pid);
      self.sendExit(b.pid, 'x');
      self.unlink(b.pid);
      self.take((message) => message instanceof ExitMessage && message.from === b.pid);
    });
    await settle();
    expect(runtime.isAlive(b.pid)).toBe(false);
    expect(a.seen).toEqual([]);
  });

  test('leaves an exit message that waits already [P-23]', async () => {
    await using runtime = new TestRuntime();
    const a = await Puppet.trapping(runtime);
    const b = new Puppet(runtime);
    await a.do((self) => {
      self.link(b.pid);
      self.sendExit(b.pid, 'x');
      self.unlink(b.pid);
    });
    await settle();
    expect(a.seen).toEqual([new ExitMessage(b.pid, 'x')]);
  });

  test('of the dead and of strangers is nothing', async () => {
    await using runtime = new TestRuntime();
    const puppet = new Puppet(runtime);
    const [dead, stranger] = [runtime.spawn(() => {}), runtime.spawn(idle)];
    await settle();
    await puppet.do((self) => {
      self.unlink(dead);
      self.unlink(stranger);
    });
    expect(runtime.isAlive(puppet.pid)).toBe(true);
  });
});

describe('spawnLink', () => {
  test('never misses the end of a child that ends at once [P-27]', async () => {
    await using runtime = new TestRuntime();
    const parent = await Puppet.trapping(runtime);
    const children = await parent.do((self) => [
      self.spawnLink((own) => own.exit('first')),
      self.spawnLink(() => {}),
      self.spawnLink((own) => own.sendExit(own.pid, 'third')),
    ]);
    await settle();
    expect(parent.seen).toEqual([
      new ExitMessage(children[0], 'first'),
      new ExitMessage(children[1], 'normal'),
      new ExitMessage(children[2], 'third'),
    ]);
  });

  test('makes the child know its parent, and links both', async () => {
    await using runtime = new TestRuntime();
    const parent = new Puppet(runtime);
    const child = await parent.do((self) => self.spawnLink(idle));
    expect(runtime.processInfo(child)).toMatchObject({ parent: parent.pid, links: [parent.pid] });
    const ended = runtime.ended(child);
    runtime.sendExit(parent.pid, 'gone');
    expect(await ended).toBe('gone');
  });
});
