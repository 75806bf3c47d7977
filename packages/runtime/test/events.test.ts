import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ProcessCrashed } from '../src/index.ts';
import { defineServer, formatReport, GenServer, noReply, Runtime, reply, stop } from '../src/index.ts';
import { ownerOfContext } from '../src/process/containment.ts';
import { settle } from '../src/testing/index.ts';
import { Puppet } from './support/puppet.ts';
import { TestRuntime } from './support/test-runtime.ts';

const idle = { receive: () => {} };

const counter = defineServer({
  name: 'counter',
  init: (start: number) => start,
  handleCall: {
    ping: () => reply('pong'),
    fail(error: Error): never {
      throw error;
    },
  },
  handleCast: {
    add: (by: number, count) => noReply(count + by),
    stop: (reason: unknown) => stop(reason as string),
  },
});

function crashesOf(runtime: Runtime): ProcessCrashed[] {
  const crashes: ProcessCrashed[] = [];
  runtime.events.on('process:crash', (crash) => crashes.push(crash));
  return crashes;
}

/** Runs the code, and answers what it lets be thrown outside any catch: what would reach Node's uncaughtException. */
async function uncaughtIn(code: () => unknown): Promise<unknown[]> {
  const uncaught: unknown[] = [];
  const original = process.nextTick;
  const spy = jest.spyOn(process, 'nextTick').mockImplementation((callback, ...args) =>
    original(() => {
      try {
        callback(...args);
      } catch (error) {
        uncaught.push(error);
      }
    }),
  );
  try {
    await code();
    await settle();
  } finally {
    spy.mockRestore();
  }
  return uncaught;
}

test('an event that there is not is refused, and those that there are are named', async () => {
  await using runtime = new TestRuntime();
  const unknown = 'process:exits' as 'process:exit';
  for (const use of [() => runtime.events.on(unknown, () => {}), () => runtime.events.wants(unknown)]) {
    expect(use).toThrow(expect.objectContaining({ code: 'OTP_BAD_ARGUMENT' }));
    expect(use).toThrow(/^event must be one of process:spawn, process:exit, .*, not 'process:exits'$/);
  }
});

test('what is no listener is refused when it is given, and so is an event by a name that every object has', async () => {
  await using runtime = new TestRuntime();
  const { events } = runtime;
  expect(() => events.on('process:exit', 'tell me' as never)).toThrow(
    "a listener must be a function, not 'tell me'",
  );
  expect(events.wants('process:exit')).toBe(false);
  for (const name of ['toString', '__proto__'])
    expect(() => events.on(name as never, () => {})).toThrow(
      expect.objectContaining({ code: 'OTP_BAD_ARGUMENT' }),
    );
});

test('a listener that is there twice is told twice, and is there no more when both have left', async () => {
  await using runtime = new TestRuntime();
  const { events } = runtime;
  const told: string[] = [];
  const ends = ['one', 'two'].map((name) => events.on('process:exit', () => told.push(name)));
  runtime.sendExit(runtime.spawn(idle), 'over');
  expect(told).toEqual(['one', 'two']);
  for (const end of ends) {
    expect(events.wants('process:exit')).toBe(true);
    end();
    end();
  }
  expect(events.wants('process:exit')).toBe(false);
});

describe('process:spawn and process:exit', () => {
  test('tell of each process once, and of nobody after the listener has left', async () => {
    await using runtime = new TestRuntime();
    const log: unknown[] = [];
    const leave = [
      runtime.events.on('process:spawn', ({ pid, parent, behaviour }) =>
        log.push(['spawn', pid, parent, behaviour]),
      ),
      runtime.events.on('process:exit', ({ pid, name, reason }) => log.push(['exit', pid, name, reason])),
    ];
    const pid = runtime.spawn(idle);
    runtime.register('name', pid);
    runtime.sendExit(pid, 'over');
    runtime.sendExit(pid, 'over');
    expect(log).toEqual([
      ['spawn', pid, undefined, 'Process'],
      ['exit', pid, 'name', 'over'],
    ]);
    for (const end of leave) end();
    expect(runtime.events.wants('process:exit')).toBe(false);
    runtime.spawn(() => {});
    await settle();
    expect(log).toHaveLength(2);
  });

  test('go out on a diagnostics channel as well', async () => {
    await using runtime = new TestRuntime();
    const exits: unknown[] = [];
    const listener = (payload: unknown): void => void exits.push(payload);
    subscribe('otp:process:exit', listener);
    const pid = runtime.spawn(idle);
    runtime.sendExit(pid, 'over');
    unsubscribe('otp:process:exit', listener);
    expect(exits).toEqual([expect.objectContaining({ pid, reason: 'over' })]);
  });
});

describe('process:crash', () => {
  test.each([['normal'], ['shutdown'], [{ shutdown: 'maintenance' }]])(
    'is not told of an end in good order: %p [P-57, G-24]',
    async (reason) => {
      await using runtime = new TestRuntime();
      const crashes = crashesOf(runtime);
      runtime.spawn((self) => self.exit(reason));
      const server = await GenServer.start(runtime, counter, 0);
      server.cast('stop', reason);
      await settle();
      expect(runtime.processCount).toBe(0);
      expect(crashes).toEqual([]);
    },
  );

  test('is told once of any other end, with who it was and who is linked to it [P-58, G-25]', async () => {
    await using runtime = new TestRuntime();
    const crashes = crashesOf(runtime);
    const parent = await Puppet.trapping(runtime);
    const error = new Error('broken');
    const child = await parent.do((self) =>
      self.spawnLink((own) => {
        own.register('child');
        own.setLabel('doomed');
        throw error;
      }),
    );
    await settle();
    expect(crashes).toEqual([
      {
        pid: child,
        name: 'child',
        label: 'doomed',
        parent: parent.pid,
        ancestors: [parent.pid],
        initialCall: 'Process',
        links: [parent.pid],
        behaviour: 'Process',
        reason: error,
      },
    ]);
    expect(crashes[0]?.reason).toHaveProperty('stack', expect.stringContaining('events.test.ts'));
  });

  test('tells the last message and the state before it for a server [P-58, G-22]', async () => {
    await using runtime = new TestRuntime();
    const crashes = crashesOf(runtime);
    const server = await GenServer.start(runtime, counter, 40);
    server.cast('add', 2);
    const error = new Error('broken');
    await expect(server.call('fail', error)).rejects.toMatchObject({ code: 'OTP_CALL_EXIT', reason: error });
    expect(crashes).toEqual([
      expect.objectContaining({
        behaviour: 'GenServer',
        reason: error,
        state: 42,
        lastMessage: expect.objectContaining({ request: 'fail', payload: error }),
      }),
    ]);
  });

  test('is not told of a process that an exit signal has ended', async () => {
    await using runtime = new TestRuntime();
    const crashes = crashesOf(runtime);
    runtime.sendExit(runtime.spawn(idle), 'over');
    runtime.sendExit(runtime.spawn(idle), 'kill');
    expect(crashes).toEqual([]);
  });

  test('hides the message that crashed the server too, and keeps the exit reason as it is [Y-23]', async () => {
    await using runtime = new TestRuntime();
    const crashes = crashesOf(runtime);
    const discreet = defineServer({
      init: () => ({ user: 'joe', password: 'swordfish' }),
      handleCast: { login: (_password: string) => stop('no such user') },
      formatStatus: ({ state, message }) => ({
        state: { ...state, password: '***' },
        message: message instanceof Object && 'request' in message ? message.request : message,
      }),
    });
    const server = await GenServer.start(runtime, discreet, undefined);
    const ended = runtime.ended(server.pid);
    server.cast('login', 'swordfish');
    expect(await ended).toBe('no such user');
    expect(crashes).toMatchObject([
      { state: { user: 'joe', password: '***' }, lastMessage: 'login', reason: 'no such user' },
    ]);
    expect(formatReport('process:crash', crashes[0] as ProcessCrashed)).not.toContain('swordfish');
  });

  test('shows what formatStatus lets be seen, and is told also when that throws [Y-08]', async () => {
    await using runtime = new TestRuntime();
    const crashes = crashesOf(runtime);
    const failures: unknown[] = [];
    runtime.events.on('callback:failed', ({ error }) => failures.push(error));
    const secretive = { ...counter, formatStatus: () => ({ state: '***', reason: 'hidden' }) };
    const broken = { ...counter, formatStatus: (): never => fail() };
    const fail = (): never => {
      throw new Error('cannot format');
    };
    const linked = await Puppet.trapping(runtime);
    for (const module of [secretive, broken]) {
      const server = await GenServer.start(runtime, module, 0);
      await linked.do((self) => self.link(server.pid));
      server.cast('stop', 'badly');
      await settle();
    }
    expect(crashes.map(({ state, reason }) => [state, reason])).toEqual([
      ['***', 'hidden'],
      [undefined, 'badly'],
    ]);
    expect(failures).toEqual([new Error('cannot format')]);
    expect(linked.seen).toHaveLength(2);
  });
});

describe('a listener that throws', () => {
  test('does no harm to the processes, and its error goes where Node reports it', async () => {
    await using runtime = new TestRuntime();
    const broken = new Error('listener');
    const puppet = await Puppet.trapping(runtime);
    const uncaught = await uncaughtIn(async () => {
      const leave = (['process:spawn', 'process:exit', 'process:crash'] as const).map((event) =>
        runtime.events.on(event, () => {
          throw broken;
        }),
      );
      const child = await puppet.do((self) => self.spawnLink((own) => own.exit('badly')));
      await settle();
      for (const end of leave) end();
      expect(puppet.seen).toEqual([expect.objectContaining({ from: child, reason: 'badly' })]);
    });
    expect(uncaught).toEqual([broken, broken, broken]);
    expect(runtime.processCount).toBe(1);
  });

  test('does not take the turn of the listeners before it', async () => {
    await using runtime = new TestRuntime();
    const log: string[] = [];
    runtime.events.on('process:exit', () => log.push('first'));
    runtime.events.on('process:exit', () => {
      throw new Error('listener');
    });
    const uncaught = await uncaughtIn(() => runtime.sendExit(runtime.spawn(idle), 'over'));
    expect(uncaught).toHaveLength(1);
    expect(log).toEqual(['first']);
  });
});

test('the events of one runtime are not those of another', async () => {
  await using one = new TestRuntime();
  const log: unknown[] = [];
  new Runtime().events.on('process:spawn', (event) => log.push(event));
  one.spawn(idle);
  expect(log).toEqual([]);
});

describe('those who look on', () => {
  test('are all told, also when one of them throws', async () => {
    await using runtime = new TestRuntime();
    const seen: string[] = [];
    const broken = new Error('listener');
    const uncaught = await uncaughtIn(() => {
      runtime.events.on('process:exit', () => {
        throw broken;
      });
      runtime.events.on('process:exit', () => seen.push('second'));
      runtime.spawn(() => {});
      return settle();
    });
    expect(seen).toEqual(['second']);
    expect(uncaught).toEqual([broken]);
  });

  test('end one subscription with what it was answered, and no other of the same listener', async () => {
    await using runtime = new TestRuntime();
    let seen = 0;
    const listener = () => void seen++;
    const end = runtime.events.on('process:exit', listener);
    runtime.events.on('process:exit', listener);
    runtime.spawn(() => {});
    await settle();
    expect(seen).toBe(2);
    end();
    end();
    runtime.spawn(() => {});
    await settle();
    expect(seen).toBe(3);
  });

  test.each([
    ['a listener', (runtime: Runtime, look: () => void) => runtime.events.on('process:spawn', look)],
    [
      'a subscriber of the channel',
      (_runtime: Runtime, look: () => void) => {
        subscribe('otp:process:spawn', look);
        return () => void unsubscribe('otp:process:spawn', look);
      },
    ],
  ])('are outside of the process that is told of: %s', async (_who, lookOn) => {
    await using runtime = new TestRuntime();
    const release = runtime.contain();
    const owners: unknown[] = [];
    const end = lookOn(runtime, () => owners.push(ownerOfContext()));
    const puppet = new Puppet(runtime);
    await puppet.do((self) => {
      owners.push(ownerOfContext() === self.process);
      self.spawn(() => {});
    });
    end();
    release();
    expect(owners).toEqual([undefined, true, undefined]);
  });
});
