import { startServer } from '../../src/behaviours/gen-server.ts';
import {
  BadReturnError,
  DownMessage,
  defineServer,
  ExitMessage,
  GenServer,
  ignore,
  noReply,
  ok,
  reply,
  type Self,
  stop,
} from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const broken = new Error('broken');
const terminated: unknown[] = [];

/** A server whose `init` is what it is started with. */
const server = {
  init: (begin: (self: Self) => unknown, self: Self): unknown => begin(self),
  handleCall: { state: (_: undefined, _from: object, state: unknown) => reply(state) },
  terminate: (reason: unknown) => void terminated.push(reason),
};

/** Starts the server, linked, in the puppet's name; answers what the start came to, and when it was known. */
function startLinkIn(puppet: Puppet, begin: (self: Self) => unknown, options = {}): Promise<unknown> {
  return puppet.do((self) => startServer(self, true, server, begin, options)).then((result) => result);
}

beforeEach(() => {
  terminated.length = 0;
});

describe('startMonitor', () => {
  test.each([['synchronous'], ['asynchronous']])(
    'answers the server and a reference, and tells its true end: %s init [G-01]',
    async (how) => {
      await using runtime = new TestRuntime();
      const puppet = new Puppet(runtime);
      const module = {
        init: (self: Self) => {
          // Waits in the mailbox when the start is over: the server ends before its starter goes on.
          self.send(self.pid, 'end');
          return how === 'synchronous' ? null : settle(1);
        },
        handleInfo: () => stop('at once'),
      };
      const starting = puppet.do((self) =>
        GenServer.startMonitor(self, { ...module, init: (_: null, own: Self) => module.init(own) }, null),
      );
      const { server: started, ref } = await starting;
      await settle();
      expect(puppet.seen).toEqual([new DownMessage(ref, started.pid, 'at once')]);
    },
  );

  test.each([
    ['throws', () => Promise.reject(broken)],
    ['ignores', () => ignore()],
    ['stops', () => stop('no')],
  ])('rejects and leaves no message when init %s [G-01]', async (_how, begin) => {
    await using runtime = new TestRuntime();
    const puppet = new Puppet(runtime);
    const starting = puppet.do((self) => GenServer.startMonitor(self, server, begin));
    await expect(starting).rejects.toMatchObject({ code: 'OTP_START_FAILED' });
    await settle();
    expect(puppet.seen).toEqual([]);
    expect(runtime.processInfo(puppet.pid)?.monitors).toEqual([]);
  });

  test('given up after its timeout leaves no message either [G-01, P-60]', async () => {
    await using runtime = new TestRuntime();
    const puppet = new Puppet(runtime);
    const never = () => new Promise(() => {});
    const starting = puppet
      .do((self) => GenServer.startMonitor(self, server, never, { timeout: 10 }))
      .catch((error: unknown) => error);
    await runtime.clock.advance(10);
    expect(await starting).toMatchObject({ code: 'OTP_START_FAILED', reason: 'timeout' });
    expect(runtime.processCount).toBe(1);
    await settle();
    expect(puppet.seen).toEqual([]);
  });
});

describe('a start that succeeds', () => {
  test('answers the pid and holds the state that init returned [G-01]', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, server, () => ({ count: 1 }));
    expect(runtime.isAlive(ref.pid)).toBe(true);
    expect(runtime.processInfo(ref.pid)).toMatchObject({
      behaviour: 'GenServer',
      links: [],
      parent: undefined,
    });
    await expect(ref.call('state')).resolves.toEqual({ count: 1 });
    await expect((await GenServer.start(runtime, server, () => ok(2))).call('state')).resolves.toBe(2);
    await expect(
      (await GenServer.start(runtime, server, () => undefined)).call('state'),
    ).resolves.toBeUndefined();
  });

  test('links the server to its starter when asked to [G-01]', async () => {
    await using runtime = new TestRuntime();
    const parent = new Puppet(runtime);
    const linked = await parent.do((self) => GenServer.startLink(self, server, () => 1));
    const free = await parent.do((self) => GenServer.start(self, server, () => 1));
    expect(runtime.processInfo(linked.pid)?.links).toEqual([parent.pid]);
    expect(runtime.processInfo(free.pid)?.links).toEqual([]);
    runtime.sendExit(parent.pid, 'over');
    expect([linked, free].map(({ pid }) => runtime.isAlive(pid))).toEqual([false, true]);
  });

  test('is known only when init is done, however long that takes [P-61]', async () => {
    await using runtime = new TestRuntime();
    let known = false;
    const starting = GenServer.start(runtime, server, (self) => self.sleep(100).then(() => 'ready'));
    void starting.then(() => {
      known = true;
    });
    await runtime.clock.advance(99);
    expect(known).toBe(false);
    await runtime.clock.advance(1);
    await expect((await starting).call('state')).resolves.toBe('ready');
  });

  test('is known at once when init is synchronous', async () => {
    await using runtime = new TestRuntime();
    expect(startServer(runtime, false, server, () => 1)).toMatchObject({ kind: 'ok' });
  });
});

describe('a start that fails', () => {
  const failures: [string, (self: Self) => unknown, unknown][] = [
    ['stops', () => stop('no'), 'no'],
    [
      'throws',
      () => {
        throw broken;
      },
      broken,
    ],
    ['rejects', () => Promise.reject(broken), broken],
    ['stops later', async () => stop('no'), 'no'],
    ['exits', (self) => self.exit('no'), 'no'],
    ['is ended by a signal', (self) => settle(1).then(() => self.sendExit(self.pid, 'no')), 'no'],
  ];

  test.each(failures)(
    'because init %s answers the reason and tells the trapping starter nothing else [G-03, G-04, P-59]',
    async (_how, begin, reason) => {
      await using runtime = new TestRuntime();
      const parent = await Puppet.trapping(runtime);
      const result = await startLinkIn(parent, begin, { name: 'name' });
      expect(result).toEqual({ kind: 'error', reason });
      expect(runtime.processes()).toEqual([parent.pid]);
      expect(runtime.whereis('name')).toBeUndefined();
      await settle();
      expect(parent.seen).toEqual([]);
      expect(terminated).toEqual([]);
    },
  );

  test.each(failures)(
    'because init %s ends a linked starter that does not trap exits with the reason [G-03, G-04]',
    async (_how, begin, reason) => {
      await using runtime = new TestRuntime();
      const parent = new Puppet(runtime);
      const ended = runtime.ended(parent.pid);
      parent.tell((self) => void GenServer.startLink(self, server, begin).catch(() => {}));
      expect(await ended).toBe(reason);
      await settle();
      expect(runtime.processCount).toBe(0);
    },
  );

  test('rejects with StartFailedError, which carries the reason [G-03, N-10]', async () => {
    await using runtime = new TestRuntime();
    const starting = GenServer.start(runtime, server, () => stop(broken), { name: 'name' });
    await expect(starting).rejects.toMatchObject({ code: 'OTP_START_FAILED', reason: broken, cause: broken });
    expect(runtime.whereis('name')).toBeUndefined();
    expect(runtime.processCount).toBe(0);
  });

  test.each([
    ['reply', reply(1)],
    ['noReply', noReply(1)],
  ])('because init returns what is none of its results: %s [G-05]', async (_what, junk) => {
    await using runtime = new TestRuntime();
    const starting = GenServer.start(runtime, server, () => junk);
    const { reason } = (await starting.catch((error: unknown) => error)) as { reason: BadReturnError };
    expect(reason).toBeInstanceOf(BadReturnError);
    expect(reason.value).toBe(junk);
    expect(runtime.processCount).toBe(0);
  });
});

describe('an init that ignores', () => {
  test('is no failure: the process ends normally and its name is free [G-02, N-10]', async () => {
    await using runtime = new TestRuntime();
    const exits: unknown[] = [];
    runtime.events.on('process:exit', ({ reason }) => exits.push(reason));
    for (const parent of [await Puppet.trapping(runtime), new Puppet(runtime)]) {
      expect(await startLinkIn(parent, () => ignore(), { name: 'name' })).toEqual({ kind: 'ignore' });
      expect(runtime.whereis('name')).toBeUndefined();
      await settle();
      expect(runtime.isAlive(parent.pid)).toBe(true);
      expect(parent.seen).toEqual([]);
    }
    expect(exits).toEqual(['normal', 'normal']);
    await expect(GenServer.start(runtime, server, () => ignore())).rejects.toMatchObject({
      reason: 'ignore',
    });
  });
});

describe('a start that takes too long', () => {
  test.each([['traps exits'], ['does not trap exits']])(
    'is given up and the server killed; a starter that %s lives on [P-60, G-07]',
    async (how) => {
      await using runtime = new TestRuntime();
      const parent = how === 'traps exits' ? await Puppet.trapping(runtime) : new Puppet(runtime);
      const exits: unknown[] = [];
      runtime.events.on('process:exit', ({ reason }) => exits.push(reason));
      const starting = startLinkIn(parent, (self) => self.receive(), { timeout: 50, name: 'slow' });
      await runtime.clock.advance(49);
      expect(exits).toEqual([]);
      expect(runtime.whereis('slow')).toBeDefined();
      await runtime.clock.advance(1);
      expect(await starting).toEqual({ kind: 'error', reason: 'timeout' });
      expect(exits).toEqual(['killed']);
      expect(runtime.processes()).toEqual([parent.pid]);
      expect(parent.seen).toEqual([]);
      expect(runtime.armedTimers).toBe(0);
    },
  );

  test('takes its timer back when it is done in time', async () => {
    await using runtime = new TestRuntime();
    await GenServer.start(runtime, server, async () => 1, { timeout: 50 });
    expect(runtime.armedTimers).toBe(0);
  });
});

describe('a start under a name', () => {
  test('that is taken answers who has it and runs no init [N-09]', async () => {
    await using runtime = new TestRuntime();
    const parent = await Puppet.trapping(runtime);
    const first = await GenServer.start(runtime, server, () => 1, { name: 'name' });
    const init = jest.fn();
    expect(await startLinkIn(parent, init, { name: 'name' })).toEqual({
      kind: 'error',
      reason: { alreadyStarted: first.pid },
    });
    await expect(GenServer.start(runtime, server, init, { name: 'name' })).rejects.toMatchObject({
      reason: { alreadyStarted: first.pid },
    });
    expect(init).not.toHaveBeenCalled();
    expect(runtime.processCount).toBe(2);
    await settle();
    expect(parent.seen).toEqual([]);
  });

  test.each([[''], [7], [null]])('that is none is refused and starts nothing: %p [N-12]', async (name) => {
    await using runtime = new TestRuntime();
    const init = jest.fn();
    await expect(GenServer.start(runtime, server, init, { name: name as string })).rejects.toThrow(
      /a name must be a non-empty string, a symbol or a via name, not/,
    );
    expect(init).not.toHaveBeenCalled();
    expect(runtime.processCount).toBe(0);
  });

  test('is found under it already in init', async () => {
    await using runtime = new TestRuntime();
    const ref = await GenServer.start(runtime, server, (self) => runtime.whereis('name') === self.pid, {
      name: 'name',
    });
    await expect(ref.call('state')).resolves.toBe(true);
  });
});

test('a starter that ends while init waits takes the linked server along', async () => {
  await using runtime = new TestRuntime();
  const parent = new Puppet(runtime);
  void startLinkIn(parent, (self) => self.receive(), { timeout: 50 });
  await settle();
  expect(runtime.processCount).toBe(2);
  runtime.sendExit(parent.pid, 'over');
  expect(runtime.processCount).toBe(0);
  expect(runtime.armedTimers).toBe(0);
});

test('messages that come during init wait for its end', async () => {
  await using runtime = new TestRuntime();
  const seen: unknown[] = [];
  const starting = GenServer.start(
    runtime,
    defineServer({
      init: (_: undefined, self) => self.sleep(10).then(() => seen.push('init')),
      handleInfo: (message) => void seen.push(message),
    }),
    undefined,
    { name: 'slow' },
  );
  runtime.send('slow', 'message');
  await runtime.clock.advance(10);
  await starting;
  await settle();
  expect(seen).toEqual(['init', 'message']);
});

test('a start in nobody’s name is refused', async () => {
  await expect(GenServer.start({} as never, server, () => 1)).rejects.toMatchObject({
    code: 'OTP_BAD_ARGUMENT',
  });
  await expect(GenServer.start(undefined as never, server, () => 1)).rejects.toThrow(/a Runtime or a Self/);
});

test('an exit message of the failed server that the starter has not looked at is only its own', async () => {
  await using runtime = new TestRuntime();
  const parent = await Puppet.trapping(runtime);
  const other = await parent.do((self) => {
    const child = self.spawnLink({ receive: () => {} });
    self.sendExit(child, 'other');
    void startServer(self, true, server, () => stop('no'));
    return child;
  });
  await settle();
  expect(parent.seen).toEqual([new ExitMessage(other, 'other')]);
});
