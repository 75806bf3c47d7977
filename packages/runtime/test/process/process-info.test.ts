import { GenServer, reply } from '../../src/index.ts';
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
