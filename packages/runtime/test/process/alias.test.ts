import { DownMessage, Ref, TaggedDownMessage } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const idle = { receive: () => {} };

describe('an alias', () => {
  test('is sent to like a pid until it is taken back, and drops what comes later [P-50]', async () => {
    await using runtime = new TestRuntime();
    const [owner, sender] = [new Puppet(runtime), new Puppet(runtime)];
    const alias = await owner.do((self) => self.alias());
    await sender.do((self) => self.send(alias, 'first'));
    runtime.send(alias, 'from outside');
    await expect(owner.do((self) => [self.unalias(alias), self.unalias(alias)])).resolves.toEqual([
      true,
      false,
    ]);
    await sender.do((self) => self.send(alias, 'late'));
    await settle();
    expect(owner.seen).toEqual(['first', 'from outside']);
  });

  test('with reply takes one message [P-51]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const alias = await owner.do((self) => self.alias({ reply: true }));
    runtime.send(alias, 'answer');
    runtime.send(alias, 'second answer');
    await settle();
    expect(owner.seen).toEqual(['answer']);
    await expect(owner.do((self) => self.unalias(alias))).resolves.toBe(false);
  });

  test('of a process that has ended is nobody', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const alias = await owner.do((self) => self.alias());
    runtime.sendExit(owner.pid, 'over');
    expect(() => runtime.send(alias, 'late')).not.toThrow();
  });

  test('is taken back by its owner alone, and by a reference', async () => {
    await using runtime = new TestRuntime();
    const [owner, other] = [new Puppet(runtime), new Puppet(runtime)];
    const alias = await owner.do((self) => self.alias());
    await expect(other.do((self) => self.unalias(alias))).resolves.toBe(false);
    await expect(other.do((self) => self.unalias(new Ref()))).resolves.toBe(false);
    await expect(other.do((self) => self.unalias('ref' as never))).rejects.toMatchObject({
      code: 'OTP_BAD_ARGUMENT',
    });
    runtime.send(alias, 'still there');
    await settle();
    expect(owner.seen).toEqual(['still there']);
  });

  test('that never was one drops what it is sent', async () => {
    await using runtime = new TestRuntime();
    expect(() => runtime.send(new Ref(), 'lost')).not.toThrow();
  });
});

describe('a monitor that is an alias', () => {
  test.each([
    ['demonitor', 'has told of the end'],
    ['demonitor', 'is taken back'],
    ['replyDemonitor', 'has told of the end'],
  ] as const)('for %p drops what comes after the monitor %s [P-52]', async (alias, how) => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const target = runtime.spawn(idle);
    const ref = await owner.do((self) => self.monitor(target, { alias }));
    if (how === 'is taken back') await owner.do((self) => self.demonitor(ref));
    else runtime.sendExit(target, 'over');
    runtime.send(ref, 'late');
    await settle();
    const told = how === 'is taken back' ? [] : [new DownMessage(ref, target, 'over')];
    expect(owner.seen).toEqual(told);
  });

  test('of a process that is not there has ended at once [P-52]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const ref = await owner.do((self) => self.monitor('nobody', { alias: 'demonitor' }));
    runtime.send(ref, 'late');
    await settle();
    expect(owner.seen).toEqual([new DownMessage(ref, 'nobody', 'noproc')]);
  });

  test('takes any number of messages while the monitor is active [P-52]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const target = runtime.spawn(idle);
    const ref = await owner.do((self) => self.monitor(target, { alias: 'demonitor' }));
    for (const message of [1, 2]) runtime.send(ref, message);
    await settle();
    expect(owner.seen).toEqual([1, 2]);
    await expect(owner.do((self) => [self.unalias(ref), self.demonitor(ref)])).resolves.toEqual([true, true]);
  });

  test.each([['has told of the end'], ['is taken back']])(
    'for explicitUnalias stays until unalias, also when the monitor %s [P-53]',
    async (how) => {
      await using runtime = new TestRuntime();
      const owner = new Puppet(runtime);
      const target = runtime.spawn(idle);
      const ref = await owner.do((self) => self.monitor(target, { alias: 'explicitUnalias' }));
      if (how === 'is taken back') await owner.do((self) => self.demonitor(ref));
      else runtime.sendExit(target, 'over');
      runtime.send(ref, 'after');
      await owner.do((self) => self.unalias(ref));
      runtime.send(ref, 'late');
      await settle();
      expect(owner.seen.filter((message) => !(message instanceof DownMessage))).toEqual(['after']);
    },
  );

  test('for replyDemonitor ends with the first message, and the monitor with it [P-54]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const target = runtime.spawn(idle);
    const ref = await owner.do((self) => self.monitor(target, { alias: 'replyDemonitor' }));
    runtime.send(ref, 'answer');
    runtime.send(ref, 'second');
    expect(runtime.processInfo(target)?.monitoredBy).toEqual([]);
    runtime.sendExit(target, 'over');
    await settle();
    expect(owner.seen).toEqual(['answer']);
  });

  test('is refused with a life it cannot have, and nothing is spawned for it', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const options = { alias: 'for ever' as never };
    for (const attempt of [
      owner.do((self) => self.monitor(owner.pid, options)),
      owner.do((self) => self.spawnMonitor(idle, options)),
      owner.do((self) => self.spawnLinkMonitor(idle, options)),
    ]) {
      await expect(attempt).rejects.toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
    }
    expect(runtime.processCount).toBe(1);
  });
});

describe('a monitor with a tag', () => {
  test.each([['dies'], ['is dead']])(
    'tells of a process that %s with a tagged message [P-55]',
    async (how) => {
      await using runtime = new TestRuntime();
      const owner = new Puppet(runtime);
      const target = runtime.spawn(idle);
      if (how === 'is dead') runtime.sendExit(target, 'over');
      const ref = await owner.do((self) => self.monitor(target, { tag: 'worker' }));
      runtime.sendExit(target, 'over');
      await settle();
      const reason = how === 'dies' ? 'over' : 'noproc';
      expect(owner.seen).toEqual([new TaggedDownMessage('worker', ref, target, reason)]);
      expect(owner.seen[0]).not.toBeInstanceOf(DownMessage);
    },
  );

  test('is flushed like any other', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const target = runtime.spawn(idle);
    const ref = await owner.do((self) => self.monitor(target, { tag: undefined }));
    await owner.do((self) => {
      self.sendExit(target, 'over');
      self.demonitor(ref, { flush: true });
    });
    await settle();
    expect(owner.seen).toEqual([]);
  });
});

describe('spawnLinkMonitor', () => {
  test('answers before anything is told of the child, of which nothing is missed [P-56, P-43]', async () => {
    await using runtime = new TestRuntime();
    const parent = await Puppet.trapping(runtime);
    const { pid, ref } = await parent.do((self) => {
      const child = self.spawnLinkMonitor((own) => own.exit('at once'));
      expect(parent.seen).toEqual([]);
      return child;
    });
    await settle();
    expect(parent.seen).toHaveLength(2);
    expect(parent.seen).toContainEqual(new DownMessage(ref, pid, 'at once'));
    expect(parent.seen).toContainEqual(
      expect.objectContaining({ type: 'exit', from: pid, reason: 'at once' }),
    );
  });
});
