import { defineServer, GenServer, type ProcessInfoItem, reply, sys, Task } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const idle = { receive: () => {} };

describe('processInfo', () => {
  test('of a dead process is undefined, and it is not alive [Y-17]', async () => {
    await using runtime = new TestRuntime();
    const pid = runtime.spawn(idle);
    expect(runtime.processInfo(pid)).toBeDefined();
    runtime.sendExit(pid, 'over');
    expect(runtime.processInfo(pid)).toBeUndefined();
    expect(runtime.isAlive(pid)).toBe(false);
  });

  test('of a fresh process has neither name, label, parent, links nor monitors [Y-19]', async () => {
    await using runtime = new TestRuntime();
    await runtime.clock.advance(70);
    const pid = runtime.spawn(idle);
    expect(runtime.processInfo(pid)).toEqual({
      pid,
      parent: undefined,
      name: undefined,
      label: undefined,
      behaviour: 'Process',
      status: 'waiting',
      trapsExit: false,
      links: [],
      monitors: [],
      monitoredBy: [],
      mailboxLength: 0,
      messagesHandled: 0,
      resources: 0,
      timers: 0,
      startedAt: 70,
      description: undefined,
    });
  });

  test('of a script that has not begun knows nothing of the message that starts it, nor counts it later [Y-19]', async () => {
    await using runtime = new TestRuntime();
    const pid = runtime.spawn(async (self) => {
      await self.receive({ match: (message) => message === 'second' });
      await self.receive();
      await self.receive({ timeout: 10 });
      await self.receive();
    });
    const items = ['status', 'mailboxLength', 'messages', 'messagesHandled'] as const;
    expect(runtime.processInfo(pid, items)).toEqual({
      status: 'running',
      mailboxLength: 0,
      messages: [],
      messagesHandled: 0,
    });
    runtime.send(pid, 'first');
    expect(runtime.processInfo(pid, items)).toMatchObject({ mailboxLength: 1, messages: ['first'] });
    await settle();
    expect(runtime.processInfo(pid, items)).toMatchObject({ mailboxLength: 1, messagesHandled: 0 });
    runtime.send(pid, 'second');
    await settle();
    await runtime.clock.advance(10);
    expect(runtime.processInfo(pid, items)).toMatchObject({ mailboxLength: 0, messagesHandled: 2 });
  });

  test('of a task that has not begun knows nothing of that message either [Y-19]', async () => {
    await using runtime = new TestRuntime();
    const owner = new Puppet(runtime);
    const seen = await owner.do((self) => {
      const { pid } = Task.async(self, (own) => own.receive());
      return runtime.processInfo(pid, ['mailboxLength', 'messages']);
    });
    expect(seen).toEqual({ mailboxLength: 0, messages: [] });
  });

  test('reflects links, monitors, name, label, parent, trapping, timers and resources [Y-19]', async () => {
    await using runtime = new TestRuntime();
    const [parent, watcher] = [new Puppet(runtime), new Puppet(runtime)];
    const watched = runtime.spawn(idle);
    const child = await parent.do((self) =>
      self.spawnLink({
        receive: (_message, own) => {
          own.trapExit(true);
          own.register('child');
          own.setLabel('for the test');
          own.link(own.pid);
          own.monitor(watched);
          own.sendAfter(1_000, own.pid, 'later');
          own.own({ close: () => {} });
        },
      }),
    );
    runtime.send(child, 'go');
    await watcher.do((self) => self.monitor(child));
    await settle();
    expect(runtime.processInfo(child)).toMatchObject({
      parent: parent.pid,
      name: 'child',
      label: 'for the test',
      trapsExit: true,
      links: [parent.pid],
      monitors: [watched],
      monitoredBy: [watcher.pid],
      messagesHandled: 1,
      timers: 1,
      resources: 1,
    });
  });

  test('sees at once what its asker has sent before [Y-20]', async () => {
    await using runtime = new TestRuntime();
    const [asker, target] = [new Puppet(runtime), new Puppet(runtime)];
    const seen = await asker.do((self) => {
      for (const message of [1, 2, 3]) self.send(target.pid, message);
      const before = runtime.processInfo(target.pid);
      self.sendExit(target.pid, 'over');
      return {
        length: before?.mailboxLength,
        status: before?.status,
        after: runtime.processInfo(target.pid),
      };
    });
    expect(seen).toEqual({ length: 3, status: 'running', after: undefined });
  });

  test('says whether a process is in the middle of a callback, also while that waits', async () => {
    await using runtime = new TestRuntime();
    const pid = runtime.spawn((self) => self.receive());
    await settle();
    expect(runtime.processInfo(pid)?.status).toBe('running');
  });

  test('counts the caller that waits for an answer as a monitor', async () => {
    await using runtime = new TestRuntime();
    const [caller, server] = [new Puppet(runtime), new Puppet(runtime)];
    caller.tell((self) => void self.call(server.pid, 'anything', undefined, { timeout: 'infinity' }));
    await settle();
    expect(runtime.processInfo(server.pid)?.monitoredBy).toEqual([caller.pid]);
    expect(runtime.processInfo(caller.pid)?.monitors).toEqual([server.pid]);
  });

  test('survives a description that throws, and reports it [Y-08]', async () => {
    await using runtime = new TestRuntime();
    const failures: unknown[] = [];
    runtime.events.on('callback:failed', ({ error }) => failures.push(error));
    const broken = new Error('cannot describe');
    const server = await GenServer.start(
      runtime,
      {
        init: () => null,
        handleCall: { ping: () => reply('pong') },
        describe: () => {
          throw broken;
        },
      },
      undefined,
    );
    expect(runtime.processInfo(server.pid)).toMatchObject({ behaviour: 'GenServer', description: undefined });
    expect(failures).toEqual([broken]);
    await expect(server.call('ping')).resolves.toBe('pong');
  });
});

describe('processInfo with a list of items', () => {
  test('answers these alone, in the order they were asked for [Y-18]', async () => {
    await using runtime = new TestRuntime();
    const pid = runtime.spawn(idle);
    runtime.register('named', pid);
    const info = runtime.processInfo(pid, ['trapsExit', 'name', 'links', 'behaviour']);
    expect(Object.entries(info ?? {})).toEqual([
      ['trapsExit', false],
      ['name', 'named'],
      ['links', []],
      ['behaviour', 'Process'],
    ]);
    expect(runtime.processInfo(pid, [])).toEqual({});
  });

  test.each([['memory'], ['toString'], [7]])('refuses %p by name [Y-18]', async (item) => {
    await using runtime = new TestRuntime();
    const pid = runtime.spawn(idle);
    expect(() => runtime.processInfo(pid, ['name', item as ProcessInfoItem])).toThrow(
      expect.objectContaining({ code: 'OTP_BAD_ARGUMENT', message: expect.stringContaining(String(item)) }),
    );
  });

  test('of a dead process is undefined [Y-17]', async () => {
    await using runtime = new TestRuntime();
    const pid = runtime.spawn(idle);
    runtime.sendExit(pid, 'over');
    expect(runtime.processInfo(pid, ['name'])).toBeUndefined();
  });

  test('shows the messages that wait, in order, and leaves them [M-08]', async () => {
    await using runtime = new TestRuntime();
    const [asker, target] = [new Puppet(runtime), new Puppet(runtime)];
    runtime.send(target.pid, 'queued');
    const shown = await asker.do((self) => {
      self.send(target.pid, 'own');
      return self.processInfo(target.pid, ['messages']);
    });
    // The message from outside was handled before the asker's turn came.
    expect(shown).toEqual({ messages: ['own'] });
    await settle();
    expect(target.seen).toEqual(['queued', 'own']);
    for (const message of [1, 2, 3]) runtime.send(target.pid, message);
    expect(runtime.processInfo(target.pid, ['messages'])).toEqual({ messages: [1, 2, 3] });
    expect(runtime.processInfo(target.pid)).not.toHaveProperty('messages');
    await settle();
    expect(target.seen).toEqual(['queued', 'own', 1, 2, 3]);
  });

  test('counts and shows what a suspended server keeps, once [M-08, Y-19]', async () => {
    await using runtime = new TestRuntime();
    const handled: unknown[] = [];
    const server = defineServer({ init: () => null, handleInfo: (message) => void handled.push(message) });
    const { pid } = await GenServer.start(runtime, server, undefined);
    await sys.suspend(runtime, pid);
    for (const message of [1, 2]) runtime.send(pid, message);
    await settle();
    runtime.send(pid, 3);
    expect(runtime.processInfo(pid, ['mailboxLength', 'messages'])).toEqual({
      mailboxLength: 3,
      messages: [1, 2, 3],
    });
    await sys.resume(runtime, pid);
    await settle();
    expect(handled).toEqual([1, 2, 3]);
    expect(runtime.processInfo(pid, ['mailboxLength', 'messagesHandled'])).toEqual({
      mailboxLength: 0,
      messagesHandled: 5,
    });
  });
});

test('processes lists the living, oldest first', async () => {
  await using runtime = new TestRuntime();
  const pids = Array.from({ length: 5 }, () => runtime.spawn(idle));
  runtime.sendExit(pids[2] as (typeof pids)[0], 'over');
  expect(runtime.processes()).toEqual(pids.filter((_, index) => index !== 2));
  expect(runtime.processCount).toBe(4);
  expect(String(runtime)).toBe(`Runtime ${runtime.kernel.id} with 4 processes`);
});

test('a pid prints as in OTP, and is never used twice', async () => {
  await using runtime = new TestRuntime();
  const [first, second] = [runtime.spawn(idle), runtime.spawn(idle)];
  expect(String(first)).toBe(`<${runtime.kernel.id}.${first.id}.0>`);
  expect(JSON.stringify({ second })).toBe(`{"second":"${second}"}`);
  runtime.sendExit(first, 'over');
  expect(runtime.spawn(idle).id).toBeGreaterThan(second.id);
});
