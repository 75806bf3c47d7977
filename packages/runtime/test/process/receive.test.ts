import { GenServer, type Pid, reply, type Self } from '../../src/index.ts';
import { Mailbox } from '../../src/process/mailbox.ts';
import { settle } from '../../src/testing/index.ts';
import { Inbox } from '../support/inbox.ts';
import { TestRuntime } from '../support/test-runtime.ts';

const is = (value: unknown) => (message: unknown) => message === value;
const double = { init: () => null, handleCall: { double: (value: number) => reply(value * 2) } };

/** Runs a script whose mailbox holds the messages before it begins, and answers what it returns. */
async function withMessages<Value>(
  runtime: TestRuntime,
  messages: readonly unknown[],
  script: (self: Self) => Value | Promise<Value>,
): Promise<{ value: Value | undefined }> {
  const result: { value: Value | undefined } = { value: undefined };
  const pid = runtime.spawn(async (self) => {
    result.value = await script(self);
  });
  for (const message of messages) runtime.send(pid, message);
  await settle();
  return result;
}

async function drain(self: Self): Promise<unknown[]> {
  const messages: unknown[] = [];
  for (;;) {
    const found = self.take(() => true);
    if (found === undefined) return messages;
    messages.push(found[0]);
  }
}

/** Runs `waiting` in a process that does nothing else for as long as it lives; the process and its messages. */
function waiter(runtime: TestRuntime, waiting: (self: Self) => void): Pid {
  return runtime.spawn((self) => {
    waiting(self);
    return new Promise(() => {});
  });
}

describe('a receiver of one’s own', () => {
  test('is told of the first message that it waits for, and the others stay', async () => {
    await using runtime = new TestRuntime();
    const inbox = new Inbox();
    const pid = waiter(runtime, (self) => self.receiveWith(inbox, 100));
    for (const message of ['a', 1, 2]) runtime.send(pid, message);
    await settle();
    expect(inbox.told).toEqual([1]);
    expect(runtime.armedTimers).toBe(0);
    expect(runtime.processInfo(pid, ['messages'])).toEqual({ messages: ['a', 2] });
    runtime.sendExit(pid, 'kill');
  });

  test('is told at once of one that is there already', async () => {
    await using runtime = new TestRuntime();
    const inbox = new Inbox();
    const { value } = await withMessages(runtime, ['a', 1], (self) => {
      self.receiveWith(inbox, 100);
      return [...inbox.told];
    });
    expect(value).toEqual([1]);
    expect(runtime.armedTimers).toBe(0);
  });

  test('is told of nothing when its time is up, and of nothing after that', async () => {
    await using runtime = new TestRuntime();
    const inbox = new Inbox();
    const pid = waiter(runtime, (self) => self.receiveWith(inbox, 100));
    await runtime.clock.advance(99);
    expect(inbox.told).toEqual([]);
    await runtime.clock.advance(1);
    runtime.send(pid, 1);
    await settle();
    expect(inbox.told).toEqual([undefined]);
    runtime.sendExit(pid, 'kill');
  });

  test('with time 0 looks, and is over', async () => {
    await using runtime = new TestRuntime();
    const inbox = new Inbox();
    runtime.spawn((self) => self.receiveWith(inbox, 0));
    await settle();
    expect(inbox.told).toEqual([undefined]);
  });

  test('is told of nothing when the process has ended, and leaves no timer', async () => {
    await using runtime = new TestRuntime();
    const inbox = new Inbox();
    const pid = waiter(runtime, (self) => self.receiveWith(inbox, 100));
    await settle();
    runtime.sendExit(pid, 'kill');
    runtime.send(pid, 1);
    expect(runtime.armedTimers).toBe(0);
    await runtime.clock.advance(100);
    expect(inbox.told).toEqual([]);
  });

  test.each(['a message', 'the end of its time'])('that throws at %s ends the process', async (what) => {
    await using runtime = new TestRuntime();
    const broken = new Error('cannot be told');
    const inbox = new (class extends Inbox {
      override received(): void {
        throw broken;
      }
    })();
    const pid = waiter(runtime, (self) => self.receiveWith(inbox, 100));
    await settle();
    const ended = runtime.ended(pid);
    if (what === 'a message') runtime.send(pid, 1);
    else await runtime.clock.advance(100);
    expect(await ended).toBe(broken);
  });

  test('is the process’ code when its time is up too', async () => {
    await using runtime = new TestRuntime();
    const children: Pid[] = [];
    let own: Self | undefined;
    const inbox = new (class extends Inbox {
      override received(): void {
        children.push((own as Self).spawn((self) => void children.push(self.parent as Pid)));
      }
    })();
    const pid = waiter(runtime, (self) => {
      own = self;
      self.receiveWith(inbox, 100);
    });
    await settle();
    await runtime.clock.advance(100);
    expect(children[1]).toBe(pid);
    runtime.sendExit(pid, 'kill');
  });

  test.each([
    ['its receiver', {}, 100],
    ['its time', new Inbox(), -1],
    ['its time', new Inbox(), Number.NaN],
  ])('is refused when %s is none', async (_what, receiver, timeout) => {
    await using runtime = new TestRuntime();
    const pid = waiter(runtime, (self) => self.receiveWith(receiver as Inbox, timeout));
    await expect(runtime.ended(pid)).resolves.toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
  });

  test('waits alone', async () => {
    await using runtime = new TestRuntime();
    const pid = waiter(runtime, (self) => {
      self.receiveWith(new Inbox(), 100);
      self.receiveWith(new Inbox(), 100);
    });
    await expect(runtime.ended(pid)).resolves.toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
  });
});

describe('receive', () => {
  test('takes the first message that matches and leaves the others in order [M-01]', async () => {
    await using runtime = new TestRuntime();
    const { value } = await withMessages(runtime, [1, 2, 3, 4], async (self) => {
      const taken = await self.receive({ match: is(3) });
      return [taken, await drain(self)];
    });
    expect(value).toEqual([3, [1, 2, 4]]);
  });

  test('with timeout 0 looks through the whole mailbox [M-02]', async () => {
    await using runtime = new TestRuntime();
    const { value } = await withMessages(runtime, ['a', 'b'], async (self) => {
      const taken = await self.receive({ match: is('b'), timeout: 0 });
      return [taken, await drain(self)];
    });
    expect(value).toEqual(['b', ['a']]);
  });

  test('with timeout 0 and nothing there is over at once, without a timer [M-03]', async () => {
    await using runtime = new TestRuntime();
    let over = false;
    const pid = runtime.spawn(async (self) => {
      const message = await self.receive({ timeout: 0 });
      over = message === undefined;
      await self.receive();
    });
    await settle();
    expect(over).toBe(true);
    expect(runtime.armedTimers).toBe(0);
    expect(runtime.isAlive(pid)).toBe(true);
  });

  test('keeps what does not match, which does not start the timeout again [M-04]', async () => {
    await using runtime = new TestRuntime();
    const outcome: unknown[] = [];
    const pid = runtime.spawn(async (self) => {
      outcome.push(await self.receive({ match: is('wanted'), timeout: 100 }), self.now, await drain(self));
    });
    await runtime.clock.advance(60);
    runtime.send(pid, 'unwanted');
    await runtime.clock.advance(39);
    expect(outcome).toEqual([]);
    await runtime.clock.advance(1);
    expect(outcome).toEqual([undefined, 100, ['unwanted']]);
  });

  test('looks at each message once while it waits', async () => {
    await using runtime = new TestRuntime();
    const looked: unknown[] = [];
    const pid = runtime.spawn(async (self) => {
      await self.receive({
        match: (message) => {
          looked.push(message);
          return message === 'wanted';
        },
      });
    });
    for (const message of [1, 2]) runtime.send(pid, message);
    await settle();
    runtime.send(pid, 3);
    await settle();
    runtime.send(pid, 'wanted');
    await settle();
    expect(looked).toEqual([1, 2, 3, 'wanted']);
    expect(runtime.isAlive(pid)).toBe(false);
  });

  test('that got its message leaves no timer behind', async () => {
    await using runtime = new TestRuntime();
    const pid = runtime.spawn((self) => self.receive({ timeout: 100 }));
    await settle();
    expect(runtime.armedTimers).toBe(1);
    runtime.send(pid, 'here');
    await settle();
    expect(runtime.armedTimers).toBe(0);
  });

  test.each([[-1], [1.5], ['soon'], [Number.NaN]])('refuses the timeout %p', async (timeout) => {
    await using runtime = new TestRuntime();
    const pid = runtime.spawn((self) => self.receive({ timeout: timeout as number }));
    await expect(runtime.ended(pid)).resolves.toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
  });

  test('refuses to wait twice at once', async () => {
    await using runtime = new TestRuntime();
    const pid = runtime.spawn(async (self) => {
      void self.receive();
      await self.receive();
    });
    await expect(runtime.ended(pid)).resolves.toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
  });

  test('can be tried again when its match has thrown', async () => {
    await using runtime = new TestRuntime();
    const { value } = await withMessages(runtime, ['a'], async (self) => {
      const match = (): never => {
        throw new Error('cannot match');
      };
      const error = await (async () => self.receive({ match }))().catch((thrown: Error) => thrown.message);
      return [error, await self.receive()];
    });
    expect(value).toEqual(['cannot match', 'a']);
  });

  test('ends the process when its match throws', async () => {
    await using runtime = new TestRuntime();
    const broken = new Error('cannot match');
    const pid = runtime.spawn((self) =>
      self.receive({
        match: () => {
          throw broken;
        },
      }),
    );
    await settle();
    const ended = runtime.ended(pid);
    runtime.send(pid, 1);
    expect(await ended).toBe(broken);
  });
});

test('a call does not look through the messages that its caller has waiting [M-05]', async () => {
  await using runtime = new TestRuntime();
  const server = await GenServer.start(runtime, double, undefined);
  const looks = [jest.spyOn(Mailbox.prototype, 'take'), jest.spyOn(Mailbox.prototype, 'at')];
  const measured = new Promise((resolve) => {
    runtime.spawn(async (self) => {
      self.register('caller');
      await self.receive({ match: is('begin') });
      const before = looks.reduce((sum, look) => sum + look.mock.calls.length, 0);
      let sum = 0;
      for (let index = 0; index < 1_000; index++) sum += (await self.call(server.pid, 'double', 1)) as number;
      resolve({ sum, looked: looks.reduce((total, look) => total + look.mock.calls.length, 0) - before });
      await self.receive({ match: is('end') });
    });
  });
  await settle();
  runtime.send('caller', 'begin');
  for (let index = 0; index < 50_000; index++) runtime.send('caller', index);
  expect(await measured).toEqual({ sum: 2_000, looked: 0 });
  for (const look of looks) look.mockRestore();
  const caller = runtime.whereis('caller') as Pid;
  expect(runtime.processInfo(caller)?.mailboxLength).toBe(50_000);
});

test('a call costs no more when a hundred thousand messages wait at its caller [M-05]', async () => {
  await using runtime = new TestRuntime();
  const server = await GenServer.start(runtime, double, undefined);
  const cost = (waiting: number): Promise<number> =>
    new Promise((resolve) => {
      const caller = runtime.spawn(async (self) => {
        await self.receive({ match: is('begin') });
        for (let round = 0; round < 100; round++) await self.call(server.pid, 'double', 1);
        const before = process.cpuUsage();
        for (let round = 0; round < 500; round++) await self.call(server.pid, 'double', 1);
        const { user, system } = process.cpuUsage(before);
        resolve(user + system);
      });
      for (let index = 0; index < waiting; index++) runtime.send(caller, index);
      runtime.send(caller, 'begin');
    });
  // The least of a few rounds, each in turn: what else the machine does adds to single ones.
  let [alone, crowded] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let round = 0; round < 3; round++) {
    alone = Math.min(alone, await cost(0));
    crowded = Math.min(crowded, await cost(100_000));
  }
  // Looking through them would cost some hundred times as much.
  expect(crowded / alone).toBeLessThan(20);
});

test('messages from one process arrive in the order in which they were sent [M-06]', async () => {
  await using runtime = new TestRuntime();
  const received: unknown[] = [];
  const to = runtime.spawn({ receive: (message) => void received.push(message) });
  runtime.spawn((self) => {
    for (let index = 0; index < 1_000; index++) self.send(to, index);
  });
  await settle();
  expect(received).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
});

test('an async receiver is given the next message when it is done with the last', async () => {
  await using runtime = new TestRuntime();
  const log: string[] = [];
  const pid = runtime.spawn({
    receive: async (message) => {
      log.push(`begin ${message}`);
      await settle(1);
      log.push(`end ${message}`);
    },
  });
  for (const message of ['a', 'b']) runtime.send(pid, message);
  await settle(8);
  expect(log).toEqual(['begin a', 'end a', 'begin b', 'end b']);
});

test('what is neither a function nor a receiver cannot be spawned', async () => {
  await using runtime = new TestRuntime();
  expect(() => runtime.spawn({} as never)).toThrow(expect.objectContaining({ code: 'OTP_BAD_ARGUMENT' }));
  expect(runtime.processCount).toBe(0);
});
