import {
  DownMessage,
  defineServer,
  ExitMessage,
  GenServer,
  inspect,
  Registry,
  RegistryMessage,
  type Self,
  Supervisor,
  sys,
} from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const both = ['unique', 'duplicate'] as const;
const badArgument = expect.objectContaining({ code: 'OTP_BAD_ARGUMENT' });

async function started(keys: 'unique' | 'duplicate', options = {}) {
  const runtime = new TestRuntime();
  const pid = await Registry.start(runtime, { keys, ...options }, { name: 'rooms' });
  return { runtime, pid, one: new Puppet(runtime), other: new Puppet(runtime) };
}

describe('register', () => {
  test('refuses a unique key that is taken, also by the process itself [R-01]', async () => {
    const { runtime, one, other } = await started('unique');
    await using _ = runtime;
    const register = (self: Self) => Registry.register(self, 'rooms', 'lobby', 'value');
    expect(await one.do(register)).toEqual({ kind: 'ok' });
    const taken = { kind: 'error', reason: { alreadyRegistered: one.pid } };
    expect(await one.do(register)).toEqual(taken);
    expect(await other.do(register)).toEqual(taken);
    expect(Registry.lookup(runtime, 'rooms', 'lobby')).toEqual([{ pid: one.pid, value: 'value' }]);
  });

  test('keeps a duplicate key of one process twice [R-02]', async () => {
    const { runtime, one, other } = await started('duplicate');
    await using _ = runtime;
    await one.do((self) => Registry.register(self, 'rooms', 'lobby', 1));
    await other.do((self) => Registry.register(self, 'rooms', 'lobby', 2));
    await one.do((self) => Registry.register(self, 'rooms', 'lobby', 3));
    expect(Registry.keys(runtime, 'rooms', one.pid)).toEqual(['lobby', 'lobby']);
    expect(Registry.lookup(runtime, 'rooms', 'lobby')).toEqual([
      { pid: one.pid, value: 1 },
      { pid: other.pid, value: 2 },
      { pid: one.pid, value: 3 },
    ]);
  });

  test.each(both)('links owner and registry until the last key is given back, %s [R-05]', async (keys) => {
    const { runtime, pid, one } = await started(keys);
    await using _ = runtime;
    const links = () => runtime.processInfo(one.pid)?.links;
    await one.do((self) => Registry.register(self, 'rooms', 'a'));
    await one.do((self) => Registry.register(self, 'rooms', 'b'));
    expect(links()).toEqual([pid]);
    await one.do((self) => Registry.unregister(self, 'rooms', 'a'));
    expect(links()).toEqual([pid]);
    await one.do((self) => Registry.unregister(self, 'rooms', 'b'));
    expect(links()).toEqual([]);
    expect(runtime.processInfo(pid)?.links).toEqual([]);
  });

  test('leaves a link alone that was there before [R-05]', async () => {
    await using runtime = new TestRuntime();
    const parent = new Puppet(runtime);
    const pid = await parent.do((self) => Registry.startLink(self, { keys: 'unique' }));
    await parent.do((self) => Registry.register(self, pid, 'a'));
    await parent.do((self) => Registry.unregister(self, pid, 'a'));
    expect(runtime.processInfo(parent.pid)?.links).toEqual([pid]);
  });

  test('tells keys apart as a map does [R-08]', async () => {
    const { runtime, one } = await started('unique');
    await using _ = runtime;
    const object = {};
    const keys = [1, '1', 1n, true, null, undefined, Number.NaN, object, {}, Symbol('1'), one.pid];
    const results = await one.do((self) => keys.map((key) => Registry.register(self, 'rooms', key).kind));
    expect(results).toEqual(keys.map(() => 'ok'));
    const again = [1.0, Number.NaN, object];
    expect(await one.do((self) => again.map((key) => Registry.register(self, 'rooms', key).kind))).toEqual(
      again.map(() => 'error'),
    );
    await one.do((self) => Registry.register(self, 'rooms', 0, 'zero'));
    expect(Registry.values(runtime, 'rooms', -0, one.pid)).toEqual(['zero']);
    expect(Registry.values(runtime, 'rooms', Number.NaN, one.pid)).toEqual([undefined]);
    expect(Registry.lookup(runtime, 'rooms', {})).toEqual([]);
  });

  test('is refused to a dead process, and to nobody in particular', async () => {
    const { runtime, one } = await started('unique');
    await using _ = runtime;
    const self = await one.do((own) => own);
    runtime.sendExit(one.pid, 'over');
    expect(() => Registry.register(self, 'rooms', 'a')).toThrow(
      expect.objectContaining({ code: 'OTP_DEAD_PROCESS' }),
    );
    expect(() => Registry.register(runtime as never, 'rooms', 'a')).toThrow(badArgument);
    expect(Registry.count(runtime, 'rooms')).toBe(0);
  });
});

describe('the end of an owner', () => {
  test.each(both)('takes its keys before anybody learns of it, %s [R-03]', async (keys) => {
    const { runtime, one, other } = await started(keys);
    await using _ = runtime;
    await one.do((self) => Registry.register(self, 'rooms', 'a'));
    await one.do((self) => Registry.register(self, 'rooms', 'b'));
    const found: unknown[] = [];
    const look = () => found.push([Registry.lookup(runtime, 'rooms', 'a'), Registry.count(runtime, 'rooms')]);
    const unsubscribe = runtime.events.on('process:exit', look);
    void runtime.ended(one.pid).then(look);
    const ref = await other.do((self) => self.monitor(one.pid));
    runtime.sendExit(one.pid, 'over');
    look();
    await settle();
    unsubscribe();
    expect(found).toEqual([
      [[], 0],
      [[], 0],
      [[], 0],
    ]);
    expect(other.seen).toEqual([new DownMessage(ref, one.pid, 'over')]);
    expect(Registry.keys(runtime, 'rooms', one.pid)).toEqual([]);
  });

  test('leaves the key free at once, also while the registry is suspended [R-04]', async () => {
    const { runtime, one, other } = await started('unique');
    await using _ = runtime;
    await one.do((self) => Registry.register(self, 'rooms', 'a'));
    await sys.suspend(runtime, 'rooms');
    runtime.sendExit(one.pid, 'over');
    expect(await other.do((self) => Registry.register(self, 'rooms', 'a', 'new'))).toEqual({ kind: 'ok' });
    expect(Registry.lookup(runtime, 'rooms', 'a')).toEqual([{ pid: other.pid, value: 'new' }]);
  });

  test('does no harm to the registry', async () => {
    const { runtime, pid, one } = await started('unique');
    await using _ = runtime;
    await one.do((self) => Registry.register(self, 'rooms', 'a'));
    runtime.sendExit(one.pid, 'kill');
    await settle();
    expect(runtime.isAlive(pid)).toBe(true);
    expect(runtime.processInfo(pid)).toMatchObject({ links: [], mailboxLength: 0 });
  });
});

describe('the end of the registry', () => {
  test('by a crash takes its owners along, and is told to those that trap exits [R-05]', async () => {
    const { runtime, pid, one, other } = await started('unique');
    await using _ = runtime;
    const trapper = await Puppet.trapping(runtime);
    await one.do((self) => Registry.register(self, 'rooms', 'a'));
    await trapper.do((self) => Registry.register(self, 'rooms', 'b'));
    runtime.sendExit(pid, 'kill');
    await settle();
    expect(runtime.isAlive(one.pid)).toBe(false);
    expect(runtime.isAlive(other.pid)).toBe(true);
    expect(trapper.seen).toEqual([new ExitMessage(pid, 'killed')]);
    runtime.sendExit(trapper.pid, 'kill');
  });

  test('in good order lets them go on without their keys', async () => {
    const { runtime, one } = await started('unique');
    await using _ = runtime;
    await one.do((self) => Registry.register(self, 'rooms', 'a'));
    await Registry.stop(runtime, 'rooms');
    expect(runtime.processInfo(one.pid)).toMatchObject({ links: [] });
    await Registry.start(runtime, { keys: 'unique' }, { name: 'rooms' });
    expect(await one.do((self) => Registry.register(self, 'rooms', 'a'))).toEqual({ kind: 'ok' });
  });

  test('under a supervisor is followed by an empty one', async () => {
    await using runtime = new TestRuntime();
    const children = [Registry.childSpec('registry', { keys: 'unique' }, { name: 'rooms' })];
    const supervisor = await Supervisor.start(runtime, { children });
    expect(await inspect.tree(runtime, supervisor)).toMatchObject({
      children: [{ behaviour: 'Registry', details: { keys: 'unique', registrations: 0 } }],
    });
    const one = await Puppet.trapping(runtime);
    await one.do((self) => Registry.register(self, 'rooms', 'a'));
    runtime.sendExit(runtime.whereis('rooms') as never, 'kill');
    await settle();
    expect(Registry.count(runtime, 'rooms')).toBe(0);
  });
});

describe('unregister', () => {
  test.each(both)('of what is another’s or nobody’s removes nothing, %s [R-06]', async (keys) => {
    const { runtime, one, other } = await started(keys);
    await using _ = runtime;
    await one.do((self) => Registry.register(self, 'rooms', 'a'));
    await other.do((self) => Registry.register(self, 'rooms', 'b'));
    expect(await other.do((self) => Registry.unregister(self, 'rooms', 'a'))).toBeUndefined();
    expect(await other.do((self) => Registry.unregister(self, 'rooms', 'c'))).toBeUndefined();
    expect(Registry.count(runtime, 'rooms')).toBe(2);
  });

  test('removes all of a duplicate key that is the process’ own [R-07]', async () => {
    const { runtime, one, other } = await started('duplicate');
    await using _ = runtime;
    for (const key of ['a', 'a', 'b']) await one.do((self) => Registry.register(self, 'rooms', key));
    await other.do((self) => Registry.register(self, 'rooms', 'a'));
    await one.do((self) => Registry.unregister(self, 'rooms', 'a'));
    expect(Registry.keys(runtime, 'rooms', one.pid)).toEqual(['b']);
    expect(Registry.keys(runtime, 'rooms', other.pid)).toEqual(['a']);
  });

  test('by match removes the own entries whose value matches [R-12]', async () => {
    const { runtime, one, other } = await started('duplicate');
    await using _ = runtime;
    for (const value of [1, 2, 3]) await one.do((self) => Registry.register(self, 'rooms', 'a', value));
    await other.do((self) => Registry.register(self, 'rooms', 'a', 3));
    await one.do((self) => Registry.unregisterMatch<number>(self, 'rooms', 'a', (value) => value > 1));
    expect(Registry.lookup(runtime, 'rooms', 'a')).toEqual([
      { pid: one.pid, value: 1 },
      { pid: other.pid, value: 3 },
    ]);
  });
});

describe('updateValue', () => {
  test('replaces the value of an own key [R-09]', async () => {
    const { runtime, one } = await started('unique');
    await using _ = runtime;
    await one.do((self) => Registry.register(self, 'rooms', 'a', 1));
    const update = one.do((self) => Registry.updateValue<number>(self, 'rooms', 'a', (value) => value + 1));
    expect(await update).toEqual({ kind: 'ok', value: 2, before: 1 });
    expect(Registry.values(runtime, 'rooms', 'a', one.pid)).toEqual([2]);
  });

  test('calls no function for a key that is another’s or nobody’s [R-09]', async () => {
    const { runtime, one, other } = await started('unique');
    await using _ = runtime;
    await one.do((self) => Registry.register(self, 'rooms', 'a', 1));
    for (const key of ['a', 'b']) {
      const update = other.do((self) => Registry.updateValue(self, 'rooms', key, () => fail('was called')));
      expect(await update).toEqual({ kind: 'error', reason: 'notRegistered' });
    }
  });

  test('is refused where keys are not unique', async () => {
    const { runtime, one } = await started('duplicate');
    await using _ = runtime;
    const update = one.do((self) => Registry.updateValue(self, 'rooms', 'a', (value) => value));
    await expect(update).rejects.toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
  });
});

describe('dispatch', () => {
  test.each(both)(
    'calls the function once with all entries, and not without any, %s [R-10]',
    async (keys) => {
      const { runtime, one } = await started(keys);
      await using _ = runtime;
      await one.do((self) => Registry.register(self, 'rooms', 'a', 1));
      const calls: unknown[] = [];
      expect(Registry.dispatch(runtime, 'rooms', 'a', (entries) => void calls.push(entries))).toBeUndefined();
      Registry.dispatch(runtime, 'rooms', 'b', (entries) => void calls.push(entries));
      expect(calls).toEqual([[{ pid: one.pid, value: 1 }]]);
    },
  );

  test('reaches all listeners of a topic, in the caller', async () => {
    const { runtime, one, other } = await started('duplicate');
    await using _ = runtime;
    for (const each of [one, other]) await each.do((self) => Registry.register(self, 'rooms', 'topic'));
    Registry.dispatch(runtime, 'rooms', 'topic', (entries) => {
      for (const { pid } of entries) runtime.send(pid, 'news');
    });
    await settle();
    expect([one.seen, other.seen]).toEqual([['news'], ['news']]);
    const broken = new Error('broken');
    const dispatch = () =>
      Registry.dispatch(runtime, 'rooms', 'topic', () => {
        throw broken;
      });
    expect(dispatch).toThrow(broken);
  });
});

describe('looking', () => {
  test.each(both)('finds by value, and by anything, %s [R-12, R-18]', async (keys) => {
    const { runtime, one, other } = await started(keys);
    await using _ = runtime;
    await one.do((self) => Registry.register(self, 'rooms', 'a', { size: 1 }));
    await one.do((self) => Registry.register(self, 'rooms', 'b', { size: 2 }));
    await other.do((self) => Registry.register(self, 'rooms', 'c', { size: 3 }));
    const match = (key: string, pid: unknown) =>
      Registry.match<{ size: number }>(runtime, 'rooms', key, ({ size }, owner) => size > 1 && owner === pid);
    expect(match('a', one.pid)).toEqual([]);
    expect(match('b', one.pid)).toEqual([{ pid: one.pid, value: { size: 2 } }]);
    expect(match('b', other.pid)).toEqual([]);
    const found = Registry.select<string, { size: number }>(runtime, 'rooms', ({ key, value, pid }) => {
      return key !== 'a' && value.size < 3 && pid === one.pid;
    });
    expect(found).toEqual([{ key: 'b', pid: one.pid, value: { size: 2 } }]);
    expect(Registry.select(runtime, 'rooms')).toHaveLength(3);
    expect(Registry.count(runtime, 'rooms')).toBe(3);
    expect(Registry.keys(runtime, 'rooms', one.pid)).toEqual(['a', 'b']);
    expect(Registry.values(runtime, 'rooms', 'a', one.pid)).toEqual([{ size: 1 }]);
    expect(Registry.values(runtime, 'rooms', 'a', other.pid)).toEqual([]);
  });

  test('at a registry that does not run is refused [R-17]', async () => {
    await using runtime = new TestRuntime();
    const name = 'unknown';
    const server = await GenServer.start(runtime, defineServer({ init: () => ({}) }), undefined);
    const uses: (() => unknown)[] = [
      () => Registry.lookup(runtime, name, 'a'),
      () => Registry.keys(runtime, name, server.pid),
      () => Registry.count(runtime, name),
      () => Registry.dispatch(runtime, name, 'a', () => {}),
      () => Registry.meta(runtime, name, 'a'),
      () => Registry.lookup(runtime, server.pid, 'a'),
    ];
    for (const use of uses) expect(use).toThrow(badArgument);
    expect(uses[0]).toThrow("a registry must be the pid or name of a running one, not 'unknown'");
    const puppet = new Puppet(runtime);
    await expect(puppet.do((self) => Registry.register(self, name, 'a'))).rejects.toEqual(badArgument);
    await expect(puppet.do((self) => Registry.lock(self, name, 'a', () => 1))).rejects.toEqual(badArgument);
  });
});

test.each(both)('listeners are told of keys that are taken and lost, %s [R-13]', async (keys) => {
  await using runtime = new TestRuntime();
  const listener = new Puppet(runtime);
  runtime.register('listener', listener.pid);
  const options = { keys, listeners: ['listener', 'nobody'] } as const;
  await Registry.start(runtime, options, { name: 'rooms' });
  const one = new Puppet(runtime);
  await one.do((self) => Registry.register(self, 'rooms', 'a', 1));
  await one.do((self) => Registry.register(self, 'rooms', 'b', 2));
  await one.do((self) => Registry.unregister(self, 'rooms', 'a'));
  runtime.sendExit(one.pid, 'over');
  await settle();
  expect(listener.seen).toEqual([
    new RegistryMessage('register', 'rooms', 'a', one.pid, 1),
    new RegistryMessage('register', 'rooms', 'b', one.pid, 2),
    new RegistryMessage('unregister', 'rooms', 'a', one.pid, undefined),
    new RegistryMessage('unregister', 'rooms', 'b', one.pid, undefined),
  ]);
});

test('a registry keeps what it is given beside its keys [R-20]', async () => {
  const { runtime, pid } = await started('unique', { meta: [['limit', 7]] });
  await using _ = runtime;
  expect(Registry.meta(runtime, 'rooms', 'limit')).toBe(7);
  expect(Registry.meta(runtime, pid, 'other')).toBeUndefined();
  Registry.putMeta(runtime, 'rooms', 'limit', 8);
  expect(Registry.meta(runtime, 'rooms', 'limit')).toBe(8);
  Registry.deleteMeta(runtime, 'rooms', 'limit');
  expect(Registry.meta(runtime, 'rooms', 'limit')).toBeUndefined();
});

test.each([
  [{ keys: 'some' }, "keys must be 'unique' or 'duplicate'"],
  [{ keys: 'unique', partitions: 2 }, 'an option of a registry must be one of keys, listeners, meta'],
  [{ keys: 'unique', listeners: 'me' }, 'listeners must be a list of addresses'],
  [{ keys: 'unique', listeners: [7] }, 'an address must be a pid or a registered name'],
])('refuses the options %p', async (options, message) => {
  await using runtime = new TestRuntime();
  await expect(Registry.start(runtime, options as never)).rejects.toThrow(message);
  expect(() => Registry.childSpec('registry', options as never)).toThrow(message);
});
