import {
  DownMessage,
  defineServer,
  GenServer,
  type NameKeeper,
  noReply,
  type Pid,
  reply,
  Supervisor,
  serverSpec,
  stop,
  sys,
  TimeoutMessage,
  via,
} from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

/** Keeps names in a map, and writes down what it is asked. */
class Keeper implements NameKeeper<string> {
  readonly pids = new Map<string, Pid>();
  readonly log: string[] = [];

  whereis(key: string): Pid | undefined {
    return this.pids.get(key);
  }

  register(key: string, pid: Pid): boolean {
    this.log.push(`register ${key}`);
    if (this.pids.has(key)) return false;
    this.pids.set(key, pid);
    return true;
  }

  unregister(key: string, pid: Pid): void {
    this.log.push(`unregister ${key}`);
    if (this.pids.get(key) === pid) this.pids.delete(key);
  }

  toString(): string {
    return 'keeper';
  }
}

const started: string[] = [];
const counter = defineServer({
  init: (name: string) => {
    started.push(name);
    return { count: 0 };
  },
  handleCall: { count: (_: undefined, _from, state) => reply(state.count) },
  handleCast: {
    add: (by: number, state) => noReply({ count: state.count + by }),
    stop: (reason: string) => stop(reason),
  },
});

beforeEach(() => {
  started.length = 0;
});

const code = (expected: string) => expect.objectContaining({ code: expected });

describe('a via name', () => {
  test('is an address wherever a name is one', async () => {
    await using runtime = new TestRuntime();
    const name = via(new Keeper(), 'counter');
    const { pid } = await GenServer.start(runtime, counter, 'counter', { name });
    expect(runtime.whereis(name)).toBe(pid);
    runtime.cast(name, 'add', 2);
    expect(await runtime.call(name, 'count')).toBe(2);
    expect(GenServer.ref(runtime, counter, name).pid).toBe(pid);
    expect(await sys.getState(runtime, name)).toEqual({ count: 2 });
    await GenServer.stop(runtime, name);
    expect(await runtime.ended(name)).toBe('noproc');
  });

  test('is looked up each time a message is sent', async () => {
    await using runtime = new TestRuntime();
    const keeper = new Keeper();
    const [first, second, sender] = [new Puppet(runtime), new Puppet(runtime), new Puppet(runtime)];
    const name = via(keeper, 'room');
    keeper.pids.set('room', first.pid);
    await sender.do((self) => {
      self.send(name, 1);
      self.sendAfter(10, name, 2);
      self.startTimer(10, name, 3);
    });
    keeper.pids.set('room', second.pid);
    await runtime.clock.advance(10);
    expect(first.seen).toEqual([1]);
    expect(second.seen).toEqual([2, expect.any(TimeoutMessage)]);
  });

  test('can be monitored, and is told as it is', async () => {
    await using runtime = new TestRuntime();
    const keeper = new Keeper();
    const [target, watcher] = [new Puppet(runtime), new Puppet(runtime)];
    const name = via(keeper, 'room');
    keeper.pids.set('room', target.pid);
    const ref = await watcher.do((self) => self.monitor(name));
    runtime.sendExit(target.pid, 'over');
    await settle();
    expect(watcher.seen).toEqual([new DownMessage(ref, name, 'over')]);
  });

  test('that nobody has is noproc for a call, nothing for a cast, an error for a send', async () => {
    await using runtime = new TestRuntime();
    const name = via(new Keeper(), 'nobody');
    expect(runtime.whereis(name)).toBeUndefined();
    expect(runtime.cast(name, 'add', 1)).toBeUndefined();
    await expect(runtime.call(name, 'count')).rejects.toMatchObject({
      code: 'OTP_NOPROC',
      message: "the call count to via(keeper, 'nobody') has nobody to go to",
    });
    expect(() => runtime.send(name, 1)).toThrow(code('OTP_NOPROC'));
  });

  test('that still leads to a dead process is nobody’s', async () => {
    await using runtime = new TestRuntime();
    const keeper = new Keeper();
    const dead = runtime.spawn(() => {});
    await settle();
    keeper.pids.set('room', dead);
    expect(runtime.whereis(via(keeper, 'room'))).toBeUndefined();
  });

  test('stands for the process in trees, unless that has a label', async () => {
    await using runtime = new TestRuntime();
    const keeper = new Keeper();
    const one = await GenServer.start(runtime, counter, '', { name: via(keeper, 'one') });
    const two = await GenServer.start(runtime, counter, '', { name: via(keeper, 'two'), label: 'second' });
    expect(runtime.processInfo(one.pid)?.label).toBe("via(keeper, 'one')");
    expect(runtime.processInfo(two.pid)?.label).toBe('second');
    expect(JSON.stringify({ to: via(keeper, 'one') })).toBe(`{"to":"via(keeper, 'one')"}`);
  });

  test.each([undefined, {}, { whereis: () => undefined, register: () => true }])(
    'needs a keeper that can keep: %p [N-12]',
    (keeper) => {
      expect(() => via(keeper as never, 'key')).toThrow(code('OTP_BAD_ARGUMENT'));
    },
  );
});

describe('a start under a via name', () => {
  test('that is taken answers who has it and runs no init [N-09, N-11]', async () => {
    await using runtime = new TestRuntime();
    const name = via(new Keeper(), 'counter');
    const { pid } = await GenServer.start(runtime, counter, 'first', { name });
    await expect(GenServer.start(runtime, counter, 'second', { name })).rejects.toMatchObject({
      reason: { alreadyStarted: pid },
    });
    expect(started).toEqual(['first']);
  });

  test('that its keeper refuses runs no init and leaves nothing behind [N-11]', async () => {
    await using runtime = new TestRuntime();
    const holder = runtime.spawn({ receive: () => {} });
    let asked = 0;
    // Free when it is looked up first, taken when it is to be had.
    const name = via(
      { whereis: () => (asked++ === 0 ? undefined : holder), register: () => false, unregister: () => {} },
      'x',
    );
    const [trapper, other] = [await Puppet.trapping(runtime), new Puppet(runtime)];
    for (const parent of [trapper, other]) {
      asked = 0;
      await parent.do(async (self) => {
        await expect(GenServer.startLink(self, counter, 'second', { name })).rejects.toMatchObject({
          reason: { alreadyStarted: holder },
        });
      });
    }
    await settle();
    expect(started).toEqual([]);
    expect(trapper.seen).toEqual([]);
    expect(runtime.processes()).toEqual([holder, trapper.pid, other.pid]);
  });

  test('whose keeper throws fails with what it threw', async () => {
    await using runtime = new TestRuntime();
    const broken = new Error('broken');
    const keeper = new Keeper();
    keeper.register = () => {
      throw broken;
    };
    const name = via(keeper, 'x');
    await expect(GenServer.start(runtime, counter, 'x', { name })).rejects.toMatchObject({ reason: broken });
    expect(started).toEqual([]);
    expect(runtime.processCount).toBe(0);
  });

  test('that fails or ignores gives the name back at once [N-10]', async () => {
    await using runtime = new TestRuntime();
    const keeper = new Keeper();
    const failing = defineServer({ init: () => stop('no') });
    await expect(
      GenServer.start(runtime, failing, undefined, { name: via(keeper, 'x') }),
    ).rejects.toMatchObject({ reason: 'no' });
    expect(keeper.log).toEqual(['register x', 'unregister x']);
    expect(keeper.pids.size).toBe(0);
  });

  test('survives restarts under a supervisor', async () => {
    await using runtime = new TestRuntime();
    const name = via(new Keeper(), 'counter');
    await Supervisor.start(runtime, { children: [serverSpec(counter, 'counter', { id: 'counter', name })] });
    const before = runtime.whereis(name);
    runtime.cast(name, 'stop', 'crash');
    await settle();
    expect(runtime.whereis(name)).toBeDefined();
    expect(runtime.whereis(name)).not.toBe(before);
  });
});

describe('the end of a process', () => {
  test('frees its via names before anybody learns of it [N-05]', async () => {
    await using runtime = new TestRuntime();
    const keeper = new Keeper();
    const name = via(keeper, 'counter');
    const { pid } = await GenServer.start(runtime, counter, 'counter', { name });
    const found: unknown[] = [];
    runtime.events.on('process:exit', () => found.push(keeper.pids.get('counter')));
    runtime.spawn(async (self) => {
      self.monitor(pid);
      await self.receive();
      found.push(keeper.pids.get('counter'));
    });
    await settle();
    runtime.sendExit(pid, 'over');
    await settle();
    expect(found.slice(0, 2)).toEqual([undefined, undefined]);
    expect(keeper.log).toEqual(['register counter', 'unregister counter']);
  });

  test('is not held up by a keeper that throws', async () => {
    await using runtime = new TestRuntime();
    const broken = new Error('broken');
    const keeper = new Keeper();
    keeper.unregister = () => {
      throw broken;
    };
    const failures: unknown[] = [];
    runtime.events.on('callback:failed', ({ error }) => failures.push(error));
    const { pid } = await GenServer.start(runtime, counter, '', { name: via(keeper, 'x') });
    runtime.sendExit(pid, 'over');
    expect(failures).toEqual([broken]);
    expect(runtime.processCount).toBe(0);
  });
});

describe('registering by hand', () => {
  test('gives a process any number of via names, and takes them back', async () => {
    await using runtime = new TestRuntime();
    const keeper = new Keeper();
    const puppet = new Puppet(runtime);
    await puppet.do((self) => self.register(via(keeper, 'one')));
    runtime.register(via(keeper, 'two'), puppet.pid);
    runtime.register('local', puppet.pid);
    runtime.unregister(via(keeper, 'one'));
    expect([...keeper.pids]).toEqual([['two', puppet.pid]]);
    expect(() => runtime.unregister(via(keeper, 'one'))).toThrow(code('OTP_NOPROC'));
    runtime.sendExit(puppet.pid, 'over');
    expect(keeper.log).toEqual(['register one', 'register two', 'unregister one', 'unregister two']);
  });

  test('refuses a via name that another process has [N-02]', async () => {
    await using runtime = new TestRuntime();
    const keeper = new Keeper();
    const [one, other] = [new Puppet(runtime), new Puppet(runtime)];
    runtime.register(via(keeper, 'x'), one.pid);
    expect(() => runtime.register(via(keeper, 'x'), other.pid)).toThrow(code('OTP_NAME_TAKEN'));
    expect(keeper.pids.get('x')).toBe(one.pid);
  });
});

test('a timer whose via name cannot be looked up is told to those who look on', async () => {
  await using runtime = new TestRuntime();
  const keeper = new Keeper();
  const broken = new Error('broken');
  keeper.whereis = () => {
    throw broken;
  };
  const failures: unknown[] = [];
  runtime.events.on('callback:failed', ({ error }) => failures.push(error));
  const puppet = new Puppet(runtime);
  await puppet.do((self) => self.sendAfter(5, via(keeper, 'x'), 'late'));
  await runtime.clock.advance(5);
  expect(failures).toEqual([broken]);
});

test('a name that is given back is asked of its own keeper alone, and only that name', async () => {
  await using runtime = new TestRuntime();
  const [keeper, another] = [new Keeper(), new Keeper()];
  const puppet = new Puppet(runtime);
  for (const key of ['a', 'b', 'c']) runtime.register(via(keeper, key), puppet.pid);
  runtime.register(via(another, 'a'), puppet.pid);
  const asked: string[] = [];
  keeper.whereis = (key) => {
    asked.push(key);
    return keeper.pids.get(key);
  };
  another.whereis = () => {
    throw new Error('broken');
  };
  runtime.unregister(via(keeper, 'b'));
  expect(new Set(asked)).toEqual(new Set(['b']));
  runtime.sendExit(puppet.pid, 'kill');
  expect(keeper.log.slice(3)).toEqual(['unregister b', 'unregister a', 'unregister c']);
  expect(another.log).toEqual(['register a', 'unregister a']);
});

test('a name that is given back under a key that its keeper alone knows as the same is not given back again', async () => {
  await using runtime = new TestRuntime();
  const keeper = new Keeper();
  const byShape: NameKeeper<{ readonly id: string }> = {
    whereis: ({ id }) => keeper.whereis(id),
    register: ({ id }, pid) => keeper.register(id, pid),
    unregister: ({ id }, pid) => keeper.unregister(id, pid),
  };
  const puppet = new Puppet(runtime);
  for (const id of ['a', 'b']) runtime.register(via(byShape, { id }), puppet.pid);
  runtime.unregister(via(byShape, { id: 'a' }));
  runtime.sendExit(puppet.pid, 'kill');
  expect(keeper.log.slice(2)).toEqual(['unregister a', 'unregister b']);
});
