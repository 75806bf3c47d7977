import { GenServer, type Pid, reply, Supervisor, serverSpec } from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const idle = { receive: () => {} };
const counter = { name: 'counter', init: () => 0, handleCall: { ping: () => reply('pong') } };

describe('ancestors', () => {
  test('are the parents, nearest first, by name where they have one [Y-21]', async () => {
    await using runtime = new TestRuntime();
    const [grandparent, parent] = [new Puppet(runtime), { seen: undefined as unknown }];
    runtime.register('grandparent', grandparent.pid);
    const pid = await grandparent.do((self) =>
      self.spawn((own) => {
        own.spawn((child) => {
          parent.seen = child.ancestors;
        });
        return own.receive();
      }),
    );
    await settle();
    expect(parent.seen).toEqual([pid, 'grandparent']);
    expect(runtime.processInfo(pid, ['ancestors'])).toEqual({ ancestors: ['grandparent'] });
    expect(runtime.processInfo(grandparent.pid, ['ancestors'])).toEqual({ ancestors: [] });
  });

  test('end with the first that lives no more [Y-21]', async () => {
    await using runtime = new TestRuntime();
    const grandparent = new Puppet(runtime);
    let child: Pid | undefined;
    const parent = await grandparent.do((self) =>
      self.spawn((own) => {
        child = own.spawn(idle);
        return own.receive();
      }),
    );
    await settle();
    runtime.sendExit(parent, 'over');
    expect(runtime.processInfo(child as Pid, ['ancestors'])).toEqual({ ancestors: [parent] });
  });
});

describe('initialCall', () => {
  test('names the module, or the function, that a process began with [Y-21]', async () => {
    await using runtime = new TestRuntime();
    const server = await GenServer.start(runtime, counter, undefined);
    const named = runtime.spawn(async function waitForWork(self) {
      await self.receive();
    });
    const nameless = runtime.spawn((self) => self.receive());
    const calls = [server.pid, named, nameless, runtime.spawn(idle)].map(
      (pid) => runtime.processInfo(pid, ['initialCall'])?.initialCall,
    );
    expect(calls).toEqual(['counter.init', 'waitForWork', 'Process', 'Process']);
  });

  test('of a supervisor names the behaviour [Y-22]', async () => {
    await using runtime = new TestRuntime();
    const children = [serverSpec(counter, undefined, { id: 'counter' })];
    const supervisor = await Supervisor.start(runtime, { children });
    const [child] = await Supervisor.whichChildren(runtime, supervisor);
    expect(runtime.processInfo(supervisor, ['initialCall'])).toEqual({ initialCall: 'Supervisor.init' });
    expect(runtime.processInfo(child?.pid as Pid, ['initialCall', 'ancestors'])).toEqual({
      initialCall: 'counter.init',
      ancestors: [supervisor],
    });
  });
});
