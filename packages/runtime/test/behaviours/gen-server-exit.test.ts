import { defineServer, ExitMessage, GenServer, reply, type Self, stop } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

interface Options {
  readonly log: unknown[];
  readonly traps?: boolean;
  readonly terminate?: (self: Self) => unknown;
}

const server = defineServer({
  init(options: Options, self) {
    if (options.traps === true) self.trapExit(true);
    return options;
  },
  handleCall: { ping: () => reply('pong') },
  handleCast: {
    note: (what: unknown, { log }) => void log.push(what),
    stop: (reason: unknown) => stop(reason as string),
    work: (ms: number, _state, self) => self.sleep(ms),
    exit: (reason: unknown, _state, self) => self.sendExit(self.pid, reason as string),
  },
  handleInfo: (message, { log }) => void log.push(message),
  async terminate(reason, { log, terminate }, self) {
    log.push({ terminated: reason });
    await terminate?.(self);
  },
});

const plain = { init: () => null, handleCast: { stop: (reason: unknown) => stop(reason as string) } };

describe('an exit signal', () => {
  test('ends a server that does not trap exits without terminate [G-28, P-10]', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    const ref = await GenServer.start(runtime, server, { log });
    const ended = runtime.ended(ref.pid);
    runtime.sendExit(ref.pid, 'over');
    expect(await ended).toBe('over');
    await settle();
    expect(log).toEqual([]);
  });

  test('from a stranger is a message to a server that traps exits [G-29]', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    const stranger = new Puppet(runtime);
    const ref = await GenServer.start(runtime, server, { log, traps: true });
    await stranger.do((self) => self.sendExit(ref.pid, 'over'));
    runtime.sendExit(ref.pid, 'from outside');
    await expect(ref.call('ping')).resolves.toBe('pong');
    expect(log).toEqual([new ExitMessage(stranger.pid, 'over'), new ExitMessage(undefined, 'from outside')]);
  });

  test.each([['over'], ['normal'], ['shutdown']])(
    'from the parent ends a server that traps exits after terminate, unseen by handleInfo: %s [G-30]',
    async (reason) => {
      await using runtime = new TestRuntime();
      const log: unknown[] = [];
      const parent = new Puppet(runtime);
      const ref = await parent.do((self) => GenServer.startLink(self, server, { log, traps: true }));
      const ended = runtime.ended(ref.pid);
      parent.tell((self) => self.exit(reason));
      expect(await ended).toBe(reason);
      expect(log).toEqual([{ terminated: reason }]);
    },
  );

  test('of a parent that ended normally leaves a server alone that does not trap exits [G-31]', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    const parent = new Puppet(runtime);
    const ref = await parent.do((self) => GenServer.startLink(self, server, { log }));
    parent.tell((self) => self.exit('normal'));
    await settle();
    await expect(ref.call('ping')).resolves.toBe('pong');
    expect(runtime.isAlive(parent.pid)).toBe(false);
    expect(log).toEqual([]);
  });

  test('cannot be forged with a message of its shape [G-32]', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    const parent = new Puppet(runtime);
    const ref = await parent.do((self) => GenServer.startLink(self, server, { log, traps: true }));
    runtime.send(ref.pid, { type: 'exit', from: parent.pid, reason: 'forged' });
    await expect(ref.call('ping')).resolves.toBe('pong');
    expect(log).toEqual([{ type: 'exit', from: parent.pid, reason: 'forged' }]);
  });

  test('kill runs no terminate, trapped or not [G-28]', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    const ref = await GenServer.start(runtime, server, { log, traps: true });
    runtime.sendExit(ref.pid, 'kill');
    await settle();
    expect(log).toEqual([]);
    expect(runtime.isAlive(ref.pid)).toBe(false);
  });
});

describe('terminate', () => {
  test('runs when the server stops itself or is stopped, though it does not trap exits [G-33]', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    const one = await GenServer.start(runtime, server, { log });
    one.cast('stop', 'own');
    await settle();
    await (await GenServer.start(runtime, server, { log })).stop();
    expect(log).toEqual([{ terminated: 'own' }, { terminated: 'normal' }]);
  });

  test.each([
    [
      'throws',
      () => Promise.reject(new Error('terminate')),
      expect.objectContaining({ message: 'terminate' }),
    ],
    ['exits', (self: Self) => self.exit('another'), 'another'],
  ])('that %s replaces the reason, and is reported [G-26]', async (_how, terminate, reason) => {
    await using runtime = new TestRuntime();
    const crashes: unknown[] = [];
    runtime.events.on('process:crash', (crash) => crashes.push(crash.reason));
    const ref = await GenServer.start(runtime, server, { log: [], terminate });
    const ended = runtime.ended(ref.pid);
    ref.cast('stop', 'normal');
    expect(await ended).toEqual(reason);
    expect(crashes).toEqual([reason]);
  });

  test('may be missing: the server ends with the given reason [G-27]', async () => {
    await using runtime = new TestRuntime();
    const one = await GenServer.start(runtime, plain, undefined);
    const ended = runtime.ended(one.pid);
    one.cast('stop', 'own');
    expect(await ended).toBe('own');
    await expect(
      (await GenServer.start(runtime, plain, undefined)).stop({ reason: 'given' }),
    ).resolves.toBeUndefined();
  });

  test('that waits is cut off by kill', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, server, { log: [], terminate: (self) => self.receive() });
    const ended = runtime.ended(ref.pid);
    ref.cast('stop', 'own');
    await settle();
    runtime.sendExit(ref.pid, 'kill');
    expect(await ended).toBe('killed');
  });
});

describe('stop', () => {
  test('runs terminate with normal and resolves when the server is dead [G-43]', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    const caller = new Puppet(runtime);
    for (const how of ['ref', 'runtime', 'process', 'name']) {
      const ref = await GenServer.start(runtime, server, { log }, { name: 'server' });
      const ended = runtime.ended(ref.pid);
      if (how === 'ref') await ref.stop();
      if (how === 'runtime') await GenServer.stop(runtime, ref.pid);
      if (how === 'process') await caller.do((self) => GenServer.stop(self, ref.pid));
      if (how === 'name') await GenServer.stop(runtime, 'server');
      expect(runtime.isAlive(ref.pid)).toBe(false);
      expect(await ended).toBe('normal');
      expect(log.splice(0)).toEqual([{ terminated: 'normal' }]);
    }
    expect(caller.seen).toEqual([]);
  });

  test('of one that is not there fails with noproc [G-44]', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, server, { log: [] });
    await ref.stop();
    await expect(ref.stop()).rejects.toMatchObject({ code: 'OTP_NOPROC', reason: 'noproc' });
    await expect(GenServer.stop(runtime, 'nobody')).rejects.toMatchObject({ code: 'OTP_NOPROC' });
  });

  test.each([[-1], ['soon'], [1.5]])(
    'refuses the timeout %p and leaves the server alone [G-45]',
    async (timeout) => {
      await using runtime = new TestRuntime();
      const ref = await GenServer.start(runtime, server, { log: [] });
      await expect(ref.stop({ timeout: timeout as number })).rejects.toMatchObject({
        code: 'OTP_BAD_ARGUMENT',
      });
      await expect(ref.call('ping')).resolves.toBe('pong');
    },
  );

  test('that takes too long is given up, and done all the same [G-46]', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    const ref = await GenServer.start(runtime, server, { log });
    ref.cast('work', 100);
    const outcome = ref.stop({ reason: 'shutdown', timeout: 50 }).catch((error: unknown) => error);
    const ended = runtime.ended(ref.pid);
    await runtime.clock.advance(50);
    expect(await outcome).toMatchObject({ code: 'OTP_TIMEOUT' });
    expect(runtime.isAlive(ref.pid)).toBe(true);
    await runtime.clock.advance(50);
    expect(await ended).toBe('shutdown');
    expect(log).toEqual([{ terminated: 'shutdown' }]);
  });

  test('fails with the reason when the server ends with another [G-47]', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, server, {
      log: [],
      terminate: (self) => self.exit('another'),
    });
    await expect(ref.stop({ reason: 'shutdown' })).rejects.toMatchObject({
      code: 'OTP_CALL_EXIT',
      reason: 'another',
    });
  });

  test.each([
    ['an object of its own', { shutdown: 'rotated' }, { shutdown: 'rotated' }, true],
    ['NaN', Number.NaN, Number.NaN, true],
    ['another object', { shutdown: 'rotated' }, { shutdown: 'moved' }, false],
    ['another error', new Error('no'), new Error('no'), false],
  ])('compares reasons by what they say: %s [G-47]', async (_what, first, second, isSame) => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, server, { log: [] });
    const stopped = [ref.stop({ reason: first }), ref.stop({ reason: second })];
    expect(await Promise.allSettled(stopped)).toMatchObject([
      { status: 'fulfilled' },
      isSame
        ? { status: 'fulfilled' }
        : { status: 'rejected', reason: { code: 'OTP_CALL_EXIT', reason: first } },
    ]);
  });

  test('waits for what was sent before [G-48]', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    const ref = await GenServer.start(runtime, server, { log });
    ref.cast('work', 10);
    ref.cast('note', 'first');
    const stopped = ref.stop();
    ref.cast('note', 'too late');
    await runtime.clock.advance(10);
    await stopped;
    expect(log).toEqual(['first', { terminated: 'normal' }]);
  });
});

test('a cast to the living, the dead and the unknown returns at once and never fails [G-34]', async () => {
  await using runtime = new TestRuntime();
  const log: unknown[] = [];
  const ref = await GenServer.start(runtime, server, { log });
  expect(ref.cast('note', 'cast')).toBeUndefined();
  expect(log).toEqual([]);
  await settle();
  expect(log).toEqual(['cast']);
  await ref.stop();
  expect(ref.cast('note', 'cast')).toBeUndefined();
  expect(runtime.cast('nobody', 'note', 'cast')).toBeUndefined();
});

describe('a server that traps exits, and its starter', () => {
  const starts = {
    start: (self: Self, log: unknown[]) => GenServer.start(self, server, { log, traps: true }),
    startLink: (self: Self, log: unknown[]) => GenServer.startLink(self, server, { log, traps: true }),
    startMonitor: async (self: Self, log: unknown[]) =>
      (await GenServer.startMonitor(self, server, { log, traps: true })).server,
  };

  test('is nobody’s child after start: the exits of its starter are messages like any other [G-29]', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    const starter = await Puppet.trapping(runtime);
    const { pid } = await starter.do((self) => starts.start(self, log));
    await starter.do((self) => self.sendExit(pid, 'foo'));
    await starter.do((self) => self.link(pid));
    runtime.sendExit(starter.pid, 'kill');
    await settle();
    expect(log).toEqual([new ExitMessage(starter.pid, 'foo'), new ExitMessage(starter.pid, 'killed')]);
    expect(runtime.isAlive(pid)).toBe(true);
  });

  test('is nobody’s child after start, and so its own: the exit signal that it sends itself ends it [G-30]', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    const { pid } = await GenServer.start(runtime, server, { log, traps: true });
    const ended = runtime.ended(pid);
    const child = await Puppet.trapping(runtime);
    const own = await child.do((self) => GenServer.startLink(self, server, { log, traps: true }));
    for (const ref of [pid, own.pid]) runtime.cast(ref, 'exit', 'foo');
    expect(await ended).toBe('foo');
    await settle();
    expect(log).toEqual([{ terminated: 'foo' }, new ExitMessage(own.pid, 'foo')]);
    expect(runtime.isAlive(own.pid)).toBe(true);
  });

  test.each(['startLink', 'startMonitor'] as const)('ends with it after %s', async (how) => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    const starter = await Puppet.trapping(runtime);
    const { pid } = await starter.do((self) => starts[how](self, log));
    await starter.do((self) => self.sendExit(pid, 'foo'));
    await settle();
    expect(log).toEqual([{ terminated: 'foo' }]);
    expect(runtime.isAlive(pid)).toBe(false);
  });
});

describe('a server that stops itself', () => {
  test('by GenServer.stop is told that it would wait for ever, and lives [OTP: calling_self]', async () => {
    await using runtime = new TestRuntime();
    const tried: unknown[] = [];
    const selfStopper = defineServer({
      init: () => null,
      handleCall: {
        async quit(_: undefined, _from, _state, self) {
          await GenServer.stop(self, self.pid).catch((error) => tried.push(error));
          return reply('still here');
        },
      },
    });
    const ref = await GenServer.start(runtime, selfStopper, undefined);
    expect(await ref.call('quit')).toBe('still here');
    expect(tried).toEqual([expect.objectContaining({ code: 'OTP_CALL_SELF' })]);
  });
});
