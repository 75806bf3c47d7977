import fc from 'fast-check';
import type { Code, Pid } from '../../src/index.ts';
import { type Process, processOf } from '../../src/process/process.ts';
import { Scheduler } from '../../src/process/scheduler.ts';
import { settle } from '../../src/testing/index.ts';
import { Puppet } from '../support/puppet.ts';
import { TestRuntime } from '../support/test-runtime.ts';

/** Sends every message back to where it came from, for ever. */
const players: Record<string, Code> = {
  'message by message': {
    receive: ([from, hits], self) => self.send(from as Pid, [self.pid, (hits as number) + 1]),
  } as Code,
  'after an await': {
    receive: async ([from, hits], self) => {
      await Promise.resolve();
      self.send(from as Pid, [self.pid, (hits as number) + 1]);
    },
  } as Code,
  'with receive': async (self) => {
    for (;;) {
      const [from, hits] = (await self.receive()) as [Pid, number];
      self.send(from, [self.pid, hits + 1]);
    }
  },
};

/** Counts the turns of the event loop, as a socket that has something to read in each of them would. */
function countTurns() {
  let turns = 0;
  const next = (): void => {
    turns++;
    immediate = setImmediate(next);
  };
  let immediate = setImmediate(next);
  return { turns: () => turns, end: () => clearImmediate(immediate) };
}

describe('two processes that send to each other for ever', () => {
  test.each(Object.keys(players))('leave the event loop its turns: %s', async (how) => {
    await using runtime = new TestRuntime();
    const socket = countTurns();
    const [one, other] = [runtime.spawn(players[how] as Code), runtime.spawn(players[how] as Code)];
    await settle();
    const before = socket.turns();
    runtime.send(one, [other, 0]);
    await settle(30);
    socket.end();
    expect(socket.turns() - before).toBeGreaterThanOrEqual(28);
    expect(runtime.processInfo(one)?.links).toEqual([]);
    expect([one, other].every((pid) => runtime.isAlive(pid))).toBe(true);
  });

  test('let a third process have its turn', async () => {
    await using runtime = new TestRuntime();
    const player = players['message by message'] as Code;
    const [one, other] = [runtime.spawn(player), runtime.spawn(player)];
    runtime.send(one, [other, 0]);
    const third = new Puppet(runtime);
    await expect(third.do((self) => self.alive)).resolves.toBe(true);
  });
});

test('calls in a row from outside any process leave the event loop its turns', async () => {
  await using runtime = new TestRuntime();
  const socket = countTurns();
  const puppet = new Puppet(runtime);
  let over = false;
  const storm = (async () => {
    while (!over) await puppet.do(() => {});
  })();
  await settle(20);
  over = true;
  await storm;
  socket.end();
  expect(socket.turns()).toBeGreaterThanOrEqual(18);
});

test('the clock is read once in 16 messages, and once in 64 as long as these take next to no time', async () => {
  const scheduler = new Scheduler();
  let now = 0;
  let reads = 0;
  scheduler.wallNow = () => {
    reads++;
    return now;
  };
  const readsOf = async (messages: number, msEach: number): Promise<number> => {
    await new Promise<void>((resolve) => scheduler.inNextTurn(resolve));
    reads = 0;
    for (let count = 0; count < messages; count++) {
      now += msEach;
      scheduler.isTurnOver();
    }
    return reads;
  };
  await readsOf(64, 0.02);
  expect(await readsOf(320, 0.02)).toBe(20);
  await readsOf(64, 0.001);
  expect(await readsOf(640, 0.001)).toBe(10);
  await readsOf(64, 0.02);
  expect(await readsOf(320, 0.02)).toBe(20);
});

test('a turn that is over is over for everybody, until there is another one', async () => {
  const scheduler = new Scheduler();
  let now = 0;
  scheduler.wallNow = () => now;
  const nextTurn = () => new Promise<void>((resolve) => scheduler.inNextTurn(resolve));
  await nextTurn();
  expect(Array.from({ length: 64 }, () => scheduler.isTurnOver())).not.toContain(true);
  now = 100;
  while (!scheduler.isTurnOver());
  expect(Array.from({ length: 64 }, () => scheduler.isTurnOver())).not.toContain(false);
  await nextTurn();
  expect(Array.from({ length: 64 }, () => scheduler.isTurnOver())).not.toContain(true);
});

test('a process with a full mailbox is interrupted for others', async () => {
  await using runtime = new TestRuntime();
  const log: string[] = [];
  const note = (name: string) => ({ receive: () => void log.push(name) });
  const [busy, other] = [runtime.spawn(note('busy')), runtime.spawn(note('other'))];
  for (let index = 0; index < 1_000; index++) runtime.send(busy, index);
  runtime.send(other, 'once');
  await settle();
  expect(log).toHaveLength(1_001);
  expect(log.indexOf('other')).toBeLessThan(500);
});

test('a process whose callbacks answer with what settles at once stands in one place of the queue only', async () => {
  await using runtime = new TestRuntime();
  // biome-ignore lint/suspicious/noThenProperty: it is to be waited for.
  const atOnce = { then: (onSettled: (value: undefined) => void) => onSettled(undefined) };
  let handled = 0;
  const pid = runtime.spawn({
    receive: () => {
      handled++;
      return atOnce as PromiseLike<void>;
    },
  });
  const process = processOf(pid) as Process;
  const emptyRuns: number[] = [];
  const run = process.run.bind(process);
  process.run = (reductions) => {
    if (!process.hasNext()) emptyRuns.push(handled);
    return run(reductions);
  };
  for (let index = 0; index < 5_000; index++) runtime.send(pid, index);
  await settle();
  expect(handled).toBe(5_000);
  expect(emptyRuns.length).toBeLessThanOrEqual(1);
});

test('a message is handled after the code that sends it, and before anything Node does next', async () => {
  await using runtime = new TestRuntime();
  const log: string[] = [];
  const pid = runtime.spawn({ receive: (message) => void log.push(`${message}`) });
  const later = new Promise<void>((resolve) => {
    setImmediate(() => {
      log.push('immediate');
      resolve();
    });
  });
  runtime.send(pid, 'message');
  log.push('sender');
  await later;
  expect(log).toEqual(['sender', 'message', 'immediate']);
});

test('what comes after I/O is handled in one go, in order, with the messages from code', async () => {
  await using runtime = new TestRuntime();
  const log: unknown[] = [];
  const pid = runtime.spawn({ receive: (message) => void log.push(message) });
  runtime.sendAfterIo(pid, 'read 1');
  runtime.sendAfterIo(pid, 'read 2');
  await Promise.resolve();
  expect(log).toEqual([]);
  runtime.send(pid, 'sent');
  await settle(2);
  expect(log).toEqual(['read 1', 'read 2', 'sent']);
});

describe('while a crowd of processes works without end', () => {
  /** So many processes that send themselves on and on, until `over`. */
  function crowd(runtime: TestRuntime, size: number): { readonly turns: number[]; over: boolean } {
    const state = { turns: new Array<number>(size).fill(0), over: false };
    for (let index = 0; index < size; index++) {
      const pid = runtime.spawn({
        receive(_, self) {
          state.turns[index] = (state.turns[index] as number) + 1;
          if (!state.over) self.send(self.pid, 'on');
        },
      });
      runtime.send(pid, 'on');
    }
    return state;
  }

  test('what comes after I/O waits for a turn of the loop, not for the crowd', async () => {
    await using runtime = new TestRuntime();
    const busy = crowd(runtime, 10_000);
    await settle(2);
    const socket = runtime.spawn({ receive: () => void handled.push(turns) });
    const handled: number[] = [];
    let turns = 0;
    for (; turns < 20; turns++) {
      runtime.sendAfterIo(socket, 'chunk');
      await new Promise((resolve) => setImmediate(resolve));
    }
    busy.over = true;
    await settle(runtime);
    // Sent in one turn, handled by the next one's end.
    for (const [sent, at] of handled.entries()) expect(at - sent).toBeLessThanOrEqual(1);
    expect(handled).toHaveLength(20);
  });

  test('what processes have to say to each other because of it does not wait for the crowd either', async () => {
    await using runtime = new TestRuntime();
    const busy = crowd(runtime, 10_000);
    await settle(2);
    // As an accepted socket: its acceptor, the supervisor of connections, and a process of its own.
    const connection = { receive: (): void => void handled.push(turns) };
    const supervisor = runtime.spawn({
      receive: (_, self) => self.send(self.spawn(connection), 'begin'),
    });
    const acceptor = runtime.spawn({ receive: (socket, self) => self.send(supervisor, socket) });
    const handled: number[] = [];
    let turns = 0;
    for (; turns < 20; turns++) {
      runtime.sendAfterIo(acceptor, 'socket');
      await new Promise((resolve) => setImmediate(resolve));
    }
    busy.over = true;
    await settle(runtime);
    for (const [sent, at] of handled.entries()) expect(at - sent).toBeLessThanOrEqual(1);
    expect(handled).toHaveLength(20);
  });

  test('what processes have to say to each other without end because of it does not keep the crowd waiting', async () => {
    await using runtime = new TestRuntime();
    const busy = crowd(runtime, 50);
    const players = Array.from({ length: 2 }, (_, index) =>
      runtime.spawn({
        receive(_message, self) {
          if (!busy.over) self.send(players[1 - index] as Pid, 'ball');
        },
      }),
    );
    runtime.sendAfterIo(players[0] as Pid, 'ball');
    for (let turns = 0; busy.turns.some((each) => each < 1_000); turns++) {
      expect(turns).toBeLessThan(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    busy.over = true;
    await settle(runtime);
  });

  test('and sockets bring more than can be handled, both go on', async () => {
    await using runtime = new TestRuntime();
    const busy = crowd(runtime, 50);
    let chunks = 0;
    const sockets = Array.from({ length: 2_000 }, () => runtime.spawn({ receive: () => void chunks++ }));
    while (busy.turns.some((turns) => turns === 0)) {
      for (const socket of sockets) runtime.sendAfterIo(socket, 'chunk');
      await new Promise((resolve) => setImmediate(resolve));
    }
    busy.over = true;
    expect(chunks).toBeGreaterThan(0);
    await settle(runtime);
  });
});

test('each sender’s messages arrive at each receiver in the order in which they were sent', async () => {
  const sends = fc.array(
    fc.record({ from: fc.nat(3), to: fc.nat(3), burst: fc.integer({ min: 1, max: 40 }) }),
    {
      maxLength: 40,
    },
  );
  await fc.assert(
    fc.asyncProperty(sends, async (plan) => {
      await using runtime = new TestRuntime();
      const puppets = Array.from({ length: 4 }, () => new Puppet(runtime));
      let last = 0;
      for (const { from, to, burst } of plan) {
        const target = (puppets[to] as Puppet).pid;
        puppets[from]?.tell((self) => {
          for (let count = 0; count < burst; count++) self.send(target, { from, number: last++ });
        });
      }
      await settle();
      const received = puppets.flatMap(({ seen }) => seen.length).reduce((sum, length) => sum + length, 0);
      expect(received).toBe(last);
      for (const { seen } of puppets) {
        for (const from of [0, 1, 2, 3]) {
          const numbers = (seen as { from: number; number: number }[])
            .filter((message) => message.from === from)
            .map(({ number }) => number);
          expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
        }
      }
    }),
    { numRuns: 40 },
  );
});
