import { ExitMessage, NoCatchError, type Self } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const idle = { receive: () => {} };

describe('how a process ends of itself', () => {
  test('a function that returns ends its process normally [P-01]', async () => {
    await using runtime = new TestRuntime();
    expect(await runtime.ended(runtime.spawn(() => 'a value nobody wants'))).toBe('normal');
    expect(await runtime.ended(runtime.spawn(async () => {}))).toBe('normal');
  });

  test.each([
    ['at once', (error: Error) => () => Promise.reject(error)],
    ['later', (error: Error) => async () => settle(1).then(() => Promise.reject(error))],
    [
      'synchronously',
      (error: Error) => () => {
        throw error;
      },
    ],
  ])('a thrown error is the exit reason and carries its stack: %s [P-02]', async (_when, failing) => {
    await using runtime = new TestRuntime();
    const parent = await Puppet.trapping(runtime);
    const error = new Error('broken');
    const child = await parent.do((self) => self.spawnLink(failing(error)));
    await settle();
    expect(parent.seen).toEqual([new ExitMessage(child, error)]);
    expect((parent.seen[0] as ExitMessage).reason).toBe(error);
    expect(error).toHaveProperty('stack', expect.stringContaining('exit.test.ts'));
  });

  test('a thrown value that is no error is told apart as not caught [P-03]', async () => {
    await using runtime = new TestRuntime();
    const reason = await runtime.ended(
      runtime.spawn(() => {
        throw { code: 7 };
      }),
    );
    expect(reason).toBeInstanceOf(NoCatchError);
    expect(reason).toHaveProperty('value', { code: 7 });
    expect(reason).toHaveProperty('stack', expect.any(String));
  });

  test.each([['a string'], [42], [undefined], [null], [{ nested: ['reason'] }], ['normal'], ['shutdown']])(
    'exit(reason) ends the process with exactly that reason: %p [P-04]',
    async (reason) => {
      await using runtime = new TestRuntime();
      const trapper = await Puppet.trapping(runtime);
      const child = await trapper.do((self) => self.spawnLink((own) => own.exit(reason)));
      await settle();
      expect(trapper.seen).toEqual([new ExitMessage(child, reason)]);
      expect((trapper.seen[0] as ExitMessage).reason).toBe(reason);
    },
  );
});

describe('exit signals from strangers', () => {
  test('normal is ignored by a process that does not trap exits [P-05]', async () => {
    await using runtime = new TestRuntime();
    const stranger = new Puppet(runtime);
    const target = runtime.spawn(idle);
    await stranger.do((self) => self.sendExit(target, 'normal'));
    runtime.sendExit(target, 'normal');
    await settle();
    expect(runtime.isAlive(target)).toBe(true);
  });

  test('normal is a message for a process that traps exits [P-06]', async () => {
    await using runtime = new TestRuntime();
    const stranger = new Puppet(runtime);
    const target = await Puppet.trapping(runtime);
    await stranger.do((self) => self.sendExit(target.pid, 'normal'));
    await settle();
    expect(target.seen).toEqual([new ExitMessage(stranger.pid, 'normal')]);
  });

  test('any other reason ends a process that does not trap exits [P-10]', async () => {
    await using runtime = new TestRuntime();
    const stranger = new Puppet(runtime);
    const target = runtime.spawn(idle);
    await stranger.do((self) => self.sendExit(target, 'over'));
    expect(runtime.isAlive(target)).toBe(false);
    const other = runtime.spawn(idle);
    const ended = runtime.ended(other);
    runtime.sendExit(other, { why: 'over' });
    expect(await ended).toEqual({ why: 'over' });
  });

  test('all arrive, in order, at a process that traps exits [P-11]', async () => {
    await using runtime = new TestRuntime();
    const stranger = new Puppet(runtime);
    const target = await Puppet.trapping(runtime);
    await stranger.do((self) => {
      self.sendExit(target.pid, 'first');
      self.sendExit(target.pid, 'second');
    });
    runtime.sendExit(target.pid, 'third');
    await settle();
    expect(target.seen).toEqual([
      new ExitMessage(stranger.pid, 'first'),
      new ExitMessage(stranger.pid, 'second'),
      new ExitMessage(undefined, 'third'),
    ]);
  });

  test('the first reason wins [P-12]', async () => {
    await using runtime = new TestRuntime();
    const target = runtime.spawn(idle);
    const ended = runtime.ended(target);
    runtime.sendExit(target, 'first');
    runtime.sendExit(target, 'second');
    runtime.sendExit(target, 'kill');
    expect(await ended).toBe('first');
  });

  test('what a process was about to end with does not replace the reason of a signal [P-12]', async () => {
    await using runtime = new TestRuntime();
    const target = runtime.spawn(async (self) => {
      await settle(2);
      self.exit('own');
    });
    const ended = runtime.ended(target);
    await settle(1);
    runtime.sendExit(target, 'signal');
    await settle();
    expect(await ended).toBe('signal');
  });

  test('messages before the signal may be lost, those after it are never handled [P-44]', async () => {
    await using runtime = new TestRuntime();
    const handled: unknown[] = [];
    const target = runtime.spawn({ receive: (message) => void handled.push(message) });
    const sender = new Puppet(runtime);
    await sender.do((self) => {
      for (const message of ['m1', 'm2', 'm3']) self.send(target, message);
      self.sendExit(target, 'x');
      for (const message of ['m4', 'm5']) self.send(target, message);
    });
    await settle();
    expect(handled).not.toContain('m4');
    expect(handled).not.toContain('m5');
    expect(['m1', 'm2', 'm3'].slice(0, handled.length)).toEqual(handled);
  });

  test('compound reasons are delivered as they are, and not cut [P-49]', async () => {
    await using runtime = new TestRuntime();
    const reason = { deep: Array.from({ length: 10_000 }, (_, index) => ({ index, text: 'x'.repeat(20) })) };
    const trapper = await Puppet.trapping(runtime);
    const target = runtime.spawn(idle);
    const ref = await trapper.do((self) => {
      self.link(target);
      return self.monitor(target);
    });
    runtime.sendExit(target, reason);
    await settle();
    expect(trapper.seen).toHaveLength(2);
    for (const message of trapper.seen) expect(message).toHaveProperty('reason', reason);
    expect(trapper.seen).toContainEqual(expect.objectContaining({ ref }));
  });
});

describe('exit signals to oneself', () => {
  test('normal ends a process that does not trap exits [P-07]', async () => {
    await using runtime = new TestRuntime();
    const target = new Puppet(runtime);
    const ended = runtime.ended(target.pid);
    await target.do((self) => self.sendExit(self.pid, 'normal'));
    expect(await ended).toBe('normal');
  });

  test('no try catches it, and nothing the process does afterwards counts [P-08]', async () => {
    await using runtime = new TestRuntime();
    const observer = new Puppet(runtime);
    const target = runtime.spawn(async (self: Self) => {
      try {
        self.sendExit(self.pid, 'own');
      } catch {
        self.send(observer.pid, 'caught');
      }
      self.send(observer.pid, 'went on');
      throw new Error('another reason');
    });
    expect(await runtime.ended(target)).toBe('own');
    await settle();
    expect(observer.seen).toEqual([]);
  });

  test('it has acted before the next statement, and no catch or finally can go back on it [P-08]', async () => {
    await using runtime = new TestRuntime();
    const linked = await Puppet.trapping(runtime);
    const log: unknown[] = [];
    const [attempts, refused]: [string[], unknown[]] = [[], []];
    const attempt = (what: string, code: () => unknown): void => {
      attempts.push(what);
      try {
        code();
        refused.push('nothing happens');
      } catch (error) {
        refused.push((error as { code: string }).code);
      }
    };
    const target = runtime.spawn((self: Self) => {
      self.register('target');
      self.link(linked.pid);
      const from = new Promise<never>(() => {});
      try {
        self.sendExit(self.pid, 'own');
        log.push([self.alive, runtime.isAlive(self.pid), runtime.whereis('target')]);
        attempt('send', () => self.send(linked.pid, 'late'));
        attempt('cast', () => self.cast(linked.pid, 'late'));
        attempt('call', () => void self.call(linked.pid, 'late'));
        attempt('sendExit', () => self.sendExit(linked.pid, 'kill'));
        attempt('link', () => self.link(linked.pid));
        attempt('monitor', () => self.monitor(linked.pid));
        attempt('spawn', () => self.spawn(() => {}));
        attempt('register', () => self.register('again'));
        attempt('timer', () => self.sendAfter(1, linked.pid, 'late'));
        attempt('trapExit', () => self.trapExit(true));
        attempt('receive', () => void self.receive());
      } catch {
        log.push('caught');
      } finally {
        // biome-ignore lint/correctness/noUnsafeFinally: what a finally returns must not count either.
        return from;
      }
    });
    expect(await runtime.ended(target)).toBe('own');
    await settle();
    await runtime.clock.advance(10);
    expect(log).toEqual([[false, false, undefined]]);
    expect(Object.fromEntries(attempts.map((what, index) => [what, refused[index]]))).toEqual({
      send: 'nothing happens',
      cast: 'nothing happens',
      call: 'nothing happens',
      sendExit: 'nothing happens',
      link: 'OTP_DEAD_PROCESS',
      monitor: 'OTP_DEAD_PROCESS',
      spawn: 'OTP_DEAD_PROCESS',
      register: 'OTP_DEAD_PROCESS',
      timer: 'OTP_DEAD_PROCESS',
      trapExit: 'OTP_DEAD_PROCESS',
      receive: 'OTP_DEAD_PROCESS',
    });
    expect(linked.seen).toEqual([new ExitMessage(target, 'own')]);
    expect(runtime.processes()).toEqual([linked.pid]);
  });

  test('it is a message to a process that traps exits [P-09]', async () => {
    await using runtime = new TestRuntime();
    const target = await Puppet.trapping(runtime);
    await target.do((self) => self.sendExit(self.pid, 'own'));
    await settle();
    expect(target.seen).toEqual([new ExitMessage(target.pid, 'own')]);
    expect(runtime.isAlive(target.pid)).toBe(true);
  });
});

describe('kill', () => {
  test('ends also a process that traps exits, and is seen as killed [P-13]', async () => {
    await using runtime = new TestRuntime();
    const target = await Puppet.trapping(runtime);
    const ended = runtime.ended(target.pid);
    runtime.sendExit(target.pid, 'kill');
    expect(await ended).toBe('killed');
    expect(target.seen).toEqual([]);
  });

  test('goes on along links as killed, which can be trapped [P-14]', async () => {
    await using runtime = new TestRuntime();
    const trapper = await Puppet.trapping(runtime);
    const [a, b, c] = [new Puppet(runtime), new Puppet(runtime), new Puppet(runtime)];
    await trapper.do((self) => self.link(a.pid));
    await a.do((self) => self.link(b.pid));
    await b.do((self) => self.link(c.pid));
    const ends = Promise.all([a, b, c].map((puppet) => runtime.ended(puppet.pid)));
    runtime.sendExit(c.pid, 'kill');
    expect(await ends).toEqual(['killed', 'killed', 'killed']);
    await settle();
    expect(trapper.seen).toEqual([new ExitMessage(a.pid, 'killed')]);
  });

  test('as a reason of its own it is an ordinary reason to a link that traps exits [P-15]', async () => {
    await using runtime = new TestRuntime();
    const trapper = await Puppet.trapping(runtime);
    const child = await trapper.do((self) => self.spawnLink((own) => own.exit('kill')));
    await settle();
    expect(trapper.seen).toEqual([new ExitMessage(child, 'kill')]);
    expect(runtime.isAlive(trapper.pid)).toBe(true);
  });

  test('as a reason of its own it ends other links with kill, not killed [P-16]', async () => {
    await using runtime = new TestRuntime();
    const linked = new Puppet(runtime);
    const ended = runtime.ended(linked.pid);
    await linked.do((self) => self.spawnLink((own) => own.exit('kill')));
    expect(await ended).toBe('kill');
  });
});

describe('trapExit', () => {
  test('answers what it was before and refuses what is no boolean [P-47]', async () => {
    await using runtime = new TestRuntime();
    const puppet = new Puppet(runtime);
    expect(
      await puppet.do((self) => [self.trapExit(true), self.trapExit(true), self.trapExit(false)]),
    ).toEqual([false, true, true]);
    await expect(puppet.do((self) => self.trapExit('yes' as unknown as boolean))).rejects.toMatchObject({
      code: 'OTP_BAD_ARGUMENT',
      message: "traps must be a boolean, not 'yes'",
    });
  });

  test('leaves exit messages that wait already as they are when it is turned off [P-48]', async () => {
    await using runtime = new TestRuntime();
    const taken: unknown[] = [];
    const target = runtime.spawn(async (self) => {
      self.trapExit(true);
      await self.receive({ match: (message) => message === 'go' });
      self.trapExit(false);
      taken.push(await self.receive());
      await self.receive();
    });
    await settle();
    runtime.sendExit(target, 'queued');
    runtime.send(target, 'go');
    await settle();
    expect(taken).toEqual([new ExitMessage(undefined, 'queued')]);
    expect(runtime.isAlive(target)).toBe(true);
    const ended = runtime.ended(target);
    runtime.sendExit(target, 'not trapped any more');
    expect(await ended).toBe('not trapped any more');
  });
});

test('a chain of links of any length ends in one go', async () => {
  await using runtime = new TestRuntime();
  const chain = Array.from({ length: 20_000 }, () => new Puppet(runtime));
  await Promise.all(
    chain.slice(1).map((each, index) => each.do((self) => self.link((chain[index] as Puppet).pid))),
  );
  expect(runtime.processCount).toBe(20_000);
  runtime.sendExit((chain[0] as Puppet).pid, 'over');
  expect(runtime.processCount).toBe(0);
});
