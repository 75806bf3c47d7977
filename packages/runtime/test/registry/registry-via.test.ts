import { defineServer, GenServer, Registry, reply } from '../../src/index.ts';
import { countOf } from '../../src/process/few.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const badArgument = expect.objectContaining({ code: 'OTP_BAD_ARGUMENT' });

async function started(keys: 'unique' | 'duplicate') {
  const runtime = new TestRuntime();
  const pid = await Registry.start(runtime, { keys }, { name: 'rooms' });
  return { runtime, pid, one: new Puppet(runtime), other: new Puppet(runtime) };
}

describe('a via name of a registry', () => {
  const server = defineServer({
    init: (fail: boolean) => {
      if (fail) throw new Error('broken');
      return {};
    },
    handleCall: { ping: () => reply('pong') },
  });

  test('registers the process that starts, with its value [R-14]', async () => {
    const { runtime } = await started('unique');
    await using _ = runtime;
    const name = Registry.via('rooms', 'lobby', 'value');
    const { pid } = await GenServer.start(runtime, server, false, { name });
    expect(Registry.lookup(runtime, 'rooms', 'lobby')).toEqual([{ pid, value: 'value' }]);
    expect(await runtime.call(Registry.via('rooms', 'lobby'), 'ping')).toBe('pong');
    await expect(GenServer.start(runtime, server, false, { name })).rejects.toMatchObject({
      reason: { alreadyStarted: pid },
    });
    runtime.sendExit(pid, 'over');
    expect(runtime.whereis(name)).toBeUndefined();
    const again = await GenServer.start(runtime, server, false, { name });
    expect(runtime.whereis(name)).toBe(again.pid);
  });

  test('is free again when the start has failed [R-14]', async () => {
    const { runtime, pid } = await started('unique');
    await using _ = runtime;
    const start = GenServer.start(runtime, server, true, { name: Registry.via(pid, 'lobby') });
    await expect(start).rejects.toMatchObject({ code: 'OTP_START_FAILED' });
    expect(Registry.count(runtime, pid)).toBe(0);
  });

  test('that the process has given back is left to who has it now', async () => {
    const { runtime, one, other } = await started('unique');
    await using _ = runtime;
    const name = Registry.via('rooms', 'lobby');
    runtime.register(name, one.pid);
    await one.do((self) => Registry.unregister(self, 'rooms', 'lobby'));
    await other.do((self) => Registry.register(self, 'rooms', 'lobby'));
    runtime.sendExit(one.pid, 'over');
    expect(runtime.whereis(name)).toBe(other.pid);
    runtime.unregister(name);
    expect(Registry.count(runtime, 'rooms')).toBe(0);
  });

  test('that is given back to the registry, again and again, leaves nothing with the process', async () => {
    const { runtime, one } = await started('unique');
    await using _ = runtime;
    const name = Registry.via('rooms', 'lobby');
    const kept = await one.do((self) => {
      for (let times = 0; times < 100; times++) {
        self.register(name);
        Registry.unregister(self, 'rooms', 'lobby');
      }
      return countOf(self.process.claims);
    });
    expect(kept).toBe(0);
  });

  test('that nobody has is noproc for a call and nothing for a cast [R-15]', async () => {
    const { runtime } = await started('unique');
    await using _ = runtime;
    for (const name of [Registry.via('rooms', 'nobody'), Registry.via('unknown', 'nobody')]) {
      await expect(runtime.call(name, 'ping')).rejects.toMatchObject({ code: 'OTP_NOPROC' });
      expect(runtime.cast(name, 'ping')).toBeUndefined();
    }
  });

  test('where keys are not unique is refused [R-16]', async () => {
    const { runtime } = await started('duplicate');
    await using _ = runtime;
    const name = Registry.via('rooms', 'lobby');
    await expect(GenServer.start(runtime, server, false, { name })).rejects.toEqual(badArgument);
    await expect(runtime.call(name, 'ping')).rejects.toEqual(badArgument);
    expect(runtime.processes()).toHaveLength(3);
  });

  test('of a registry that does not run fails the start [R-17]', async () => {
    await using runtime = new TestRuntime();
    const start = GenServer.start(runtime, server, false, { name: Registry.via('unknown', 'lobby') });
    await expect(start).rejects.toMatchObject({ reason: badArgument });
    expect(runtime.processCount).toBe(0);
  });
});
