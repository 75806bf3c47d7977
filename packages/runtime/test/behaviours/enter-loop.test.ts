import {
  defineServer,
  ExitMessage,
  GenServer,
  noReply,
  ok,
  Registry,
  reply,
  type Self,
  sys,
} from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const noted = defineServer({
  init: (): string[] => [],
  handleCall: { log: (_: undefined, _from, log) => reply(log) },
  handleCast: { note: (what: string, log) => noReply([...log, what]) },
  handleInfo: (message, log) => noReply([...log, String(message)]),
  handleContinue: (argument, log) => noReply([...log, `continue ${argument}`]),
  terminate: (reason, log) => void log.push(`terminate ${reason}`),
});

describe('enterLoop', () => {
  test('goes on as a server with the state it is given, and what has come before is handled in order', async () => {
    await using runtime = new TestRuntime();
    const pid = runtime.spawn(async (self) => {
      const first = await self.receive<string>({ match: (message) => message === 'begin' });
      await GenServer.enterLoop(self, noted, [first as string], { continue: 'now' });
    });
    runtime.send(pid, 'early');
    runtime.send(pid, 'begin');
    runtime.cast(pid, 'note', 'cast');
    expect(await runtime.call(pid, 'log')).toEqual(['begin', 'continue now', 'early', 'cast']);
    expect(await sys.getStatus(runtime, pid)).toMatchObject({ behaviour: 'GenServer', status: 'running' });
    expect(runtime.processInfo(pid)).toMatchObject({ behaviour: 'GenServer', status: 'waiting' });
  });

  test.each<[string, (self: Self) => unknown]>([
    ['returned at once', (self) => GenServer.enterLoop(self, noted, [], { timeout: 30 })],
    ['awaited later', (self) => settle(1).then(() => GenServer.enterLoop(self, noted, [], { timeout: 30 }))],
  ])('%s has the timeout it asks for', async (_how, code) => {
    await using runtime = new TestRuntime();
    const pid = runtime.spawn(code);
    await settle(3);
    await runtime.clock.advance(30);
    expect(await runtime.call(pid, 'log')).toEqual(['timeout']);
  });

  test('under a name that the process has is reached by it [G-53]', async () => {
    await using runtime = new TestRuntime();
    await Registry.start(runtime, { keys: 'unique' }, { name: 'rooms' });
    const lobby = Registry.via('rooms', 'lobby');
    for (const name of ['plain', lobby]) {
      runtime.spawn((self) => {
        self.register(name);
        return GenServer.enterLoop(self, noted, [String(name)], { name });
      });
      await settle();
      expect(await runtime.call(name, 'log')).toEqual([String(name)]);
    }
  });

  test('under a name that the process does not have exits [G-53]', async () => {
    await using runtime = new TestRuntime();
    await Registry.start(runtime, { keys: 'unique' }, { name: 'rooms' });
    const other = new Puppet(runtime);
    runtime.register('taken', other.pid);
    for (const name of ['nobody', 'taken', Registry.via('rooms', 'empty')]) {
      const pid = runtime.spawn((self) => GenServer.enterLoop(self, noted, [], { name }));
      expect(await runtime.ended(pid)).toMatchObject({
        code: 'OTP_BAD_ARGUMENT',
        message: expect.stringContaining('name must be a name that the process has'),
      });
    }
    expect(runtime.isAlive(other.pid)).toBe(true);
  });

  test('traps, ends with its parent and is stopped as any server', async () => {
    await using runtime = new TestRuntime();
    const [log, parent]: [string[], Puppet] = [[], new Puppet(runtime)];
    const pid = await parent.do((self) =>
      self.spawnLink((own) => {
        own.trapExit(true);
        return GenServer.enterLoop(own, noted, log);
      }),
    );
    await settle();
    const ended = runtime.ended(pid);
    runtime.send(pid, new ExitMessage(undefined, 'stranger'));
    await settle();
    runtime.sendExit(parent.pid, 'over');
    expect(await ended).toBe('over');

    const other = runtime.spawn((self) => GenServer.enterLoop(self, noted, log));
    await settle();
    await GenServer.stop(runtime, other);
    expect(log).toEqual(['terminate normal']);
  });

  test('crashes with the last message and the state, as a server', async () => {
    await using runtime = new TestRuntime();
    const crashes: unknown[] = [];
    runtime.events.on('process:crash', (crash) => crashes.push(crash));
    const fragile = defineServer({
      init: () => ok({ glass: true }),
      handleInfo: () => Promise.reject(new Error('broken')),
    });
    const pid = runtime.spawn((self) => GenServer.enterLoop(self, fragile, { glass: true }));
    runtime.send(pid, 'stone');
    expect(await runtime.ended(pid)).toMatchObject({ message: 'broken' });
    expect(crashes).toMatchObject([{ behaviour: 'GenServer', lastMessage: 'stone', state: { glass: true } }]);
  });

  test('is only for scripts, and for those that receive no more', async () => {
    await using runtime = new TestRuntime();
    const refused = { code: 'OTP_BAD_ARGUMENT' };
    const receiver = runtime.spawn({ receive: (_message, self) => GenServer.enterLoop(self, noted, []) });
    runtime.send(receiver, 'go');
    expect(await runtime.ended(receiver)).toMatchObject(refused);
    const torn = runtime.spawn((self) => {
      void GenServer.enterLoop(self, noted, []);
      return self.receive();
    });
    expect(await runtime.ended(torn)).toMatchObject(refused);
    await expect(async () => GenServer.enterLoop({} as Self, noted, [])).rejects.toMatchObject(refused);
  });

  test('that nobody waits for ends with its script', async () => {
    await using runtime = new TestRuntime();
    const pid = runtime.spawn((self) => void GenServer.enterLoop(self, noted, []));
    expect(await runtime.ended(pid)).toBe('normal');
  });
});

test('enterLoop with a timeout that is none ends the script with what says so', async () => {
  await using runtime = new TestRuntime();
  const pid = runtime.spawn((self) => GenServer.enterLoop(self, noted, [], { timeout: -1 }));
  expect(await runtime.ended(pid)).toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
});
