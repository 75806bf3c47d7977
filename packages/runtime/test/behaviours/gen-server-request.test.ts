import {
  defineServer,
  type From,
  GenServer,
  noReply,
  type RequestId,
  type RequestIdCollection,
  reply,
  type Self,
  stop,
} from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';
import { TestRuntime } from '../support/test-runtime.ts';

/** Answers `double` at once and `later` when it is told to, in any order. */
const slow = defineServer({
  init: () => new Map<string, From<string>>(),
  handleCall: {
    double: (n: number) => reply(2 * n),
    later(label: string, from: From<string>, state) {
      state.set(label, from);
      return noReply();
    },
    end: (reason: string) => stop(reason),
  },
  handleCast: {
    answer(label: string, state, self: Self) {
      self.answer(state.get(label) as From<string>, `answer to ${label}`);
    },
  },
});

/** Runs a script and resolves to what it returns. */
function script<Result>(runtime: TestRuntime, code: (self: Self) => Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    runtime.spawn(async (self) => resolve(await code(self).catch(reject as never)));
  });
}

describe('a request', () => {
  test('is sent at once, and its answer waited for, received or checked later [G-49]', async () => {
    await using runtime = new TestRuntime();
    const server = await GenServer.start(runtime, slow, undefined);
    const outcomes = await script(runtime, async (self) => {
      const waited = GenServer.sendRequest(self, server, 'double', 1);
      const received = GenServer.sendRequest(self, server, 'double', 2);
      const checked = GenServer.sendRequest(self, server, 'double', 3);
      self.send(self.pid, 'something else');
      const second = await GenServer.receiveResponse(self, received);
      const first = await GenServer.waitResponse(self, waited);
      const messages = [await self.receive(), await self.receive()];
      return [first, second, ...messages.map((message) => GenServer.checkResponse(message, checked))];
    });
    expect(outcomes).toEqual([
      { kind: 'reply', reply: 2 },
      { kind: 'reply', reply: 4 },
      { kind: 'noReply' },
      { kind: 'reply', reply: 6 },
    ]);
  });

  test('that was waited for in vain can be waited for again [G-49]', async () => {
    await using runtime = new TestRuntime();
    const server = await GenServer.start(runtime, slow, undefined);
    const outcome = script(runtime, async (self) => {
      const request = GenServer.sendRequest(self, server, 'later', 'a');
      const first = await GenServer.waitResponse(self, request, { timeout: 50 });
      return [first, await GenServer.waitResponse(self, request, { timeout: 50 })];
    });
    await runtime.clock.advance(50);
    server.cast('answer', 'a');
    expect(await outcome).toEqual([{ kind: 'timeout' }, { kind: 'reply', reply: 'answer to a' }]);
    expect(runtime.armedTimers).toBe(0);
  });

  test('that was to be received in time is given up, and its answer vanishes [G-49]', async () => {
    await using runtime = new TestRuntime();
    const server = await GenServer.start(runtime, slow, undefined);
    const outcome = script(runtime, async (self) => {
      const request = GenServer.sendRequest(self, server, 'later', 'a');
      const first = await GenServer.receiveResponse(self, request, { timeout: 50 });
      return [first, await self.receive({ timeout: 50 })];
    });
    await runtime.clock.advance(50);
    expect(runtime.processInfo(server.pid)?.monitoredBy).toEqual([]);
    server.cast('answer', 'a');
    await runtime.clock.advance(50);
    expect(await outcome).toEqual([{ kind: 'timeout' }, undefined]);
  });

  test('comes to the reason of a server that ends, and to noproc without one [G-49]', async () => {
    await using runtime = new TestRuntime();
    const server = await GenServer.start(runtime, slow, undefined, { name: 'slow' });
    const outcomes = await script(runtime, async (self) => {
      const waiting = GenServer.sendRequest(self, server, 'later', 'a');
      const ending = GenServer.sendRequest(self, 'slow', 'end', 'over');
      const outcome = [
        await GenServer.receiveResponse(self, waiting),
        await GenServer.receiveResponse(self, ending),
      ];
      return [
        ...outcome,
        await GenServer.receiveResponse(self, GenServer.sendRequest(self, server, 'double', 1)),
        await GenServer.receiveResponse(self, GenServer.sendRequest(self, 'nobody', 'double', 1)),
      ];
    });
    expect(outcomes).toEqual([
      { kind: 'error', reason: 'over', server: server.pid },
      { kind: 'error', reason: 'over', server: 'slow' },
      { kind: 'error', reason: 'noproc', server: server.pid },
      { kind: 'error', reason: 'noproc', server: 'nobody' },
    ]);
  });

  test('is answered once, and by anybody who has its from', async () => {
    await using runtime = new TestRuntime();
    const server = await GenServer.start(runtime, slow, undefined);
    const outcomes = await script(runtime, async (self) => {
      const request = GenServer.sendRequest(self, server, 'later', 'a');
      server.cast('answer', 'a');
      server.cast('answer', 'a');
      return [await GenServer.receiveResponse(self, request), await self.receive({ timeout: 0 })];
    });
    expect(outcomes).toEqual([{ kind: 'reply', reply: 'answer to a' }, undefined]);
  });

  test('ends with the process that has sent it', async () => {
    await using runtime = new TestRuntime();
    const server = await GenServer.start(runtime, slow, undefined);
    const asker = runtime.spawn({
      receive: (_message, self) => void GenServer.sendRequest(self, server, 'later', 'a'),
    });
    runtime.send(asker, 'go');
    await settle();
    expect(runtime.processInfo(server.pid)?.monitoredBy).toEqual([asker]);
    runtime.sendExit(asker, 'kill');
    server.cast('answer', 'a');
    await settle();
    expect(runtime.processInfo(server.pid)?.monitoredBy).toEqual([]);
    expect(runtime.isAlive(server.pid)).toBe(true);
  });

  test('lets a server take calls while its own request is under way', async () => {
    await using runtime = new TestRuntime();
    const below = await GenServer.start(runtime, slow, undefined);
    const relay = defineServer({
      init: () => new Map<RequestId<string>, From<string>>(),
      handleCall: {
        relay(label: string, from: From<string>, state, self) {
          state.set(GenServer.sendRequest(self, below, 'later', label), from);
          return noReply();
        },
        pending: (_: undefined, _from, state) => reply(state.size),
      },
      handleInfo(message, state, self: Self) {
        for (const [request, from] of state) {
          const outcome = GenServer.checkResponse(message, request);
          if (outcome.kind !== 'reply') continue;
          state.delete(request);
          self.answer(from, outcome.reply);
        }
      },
    });
    const server = await GenServer.start(runtime, relay, undefined);
    const answers = [server.call('relay', 'a'), server.call('relay', 'b')];
    expect(await server.call('pending')).toBe(2);
    for (const label of ['b', 'a']) below.cast('answer', label);
    expect(await Promise.all(answers)).toEqual(['answer to a', 'answer to b']);
  });
});

describe('a collection of requests', () => {
  const fill = (self: Self, server: GenServerRef, labels: string[]): RequestIdCollection<string, string> => {
    const requests = GenServer.reqidsNew<string, string>();
    for (const label of labels)
      GenServer.reqidsAdd(GenServer.sendRequest(self, server, 'later', label), label, requests);
    return requests;
  };
  type GenServerRef = Awaited<ReturnType<typeof GenServer.start<typeof slow>>>;

  test('keeps requests with labels, which are answered in any order [G-50]', async () => {
    await using runtime = new TestRuntime();
    const server = await GenServer.start(runtime, slow, undefined);
    const result = await script(runtime, async (self) => {
      const requests = fill(self, server, ['a', 'b', 'c']);
      const labels = GenServer.reqidsToList(requests).map(([, label]) => label);
      for (const label of ['c', 'a', 'b']) server.cast('answer', label);
      const outcomes = [
        await GenServer.receiveResponse(self, requests),
        await GenServer.waitResponse(self, requests),
      ];
      const size = GenServer.reqidsSize(requests);
      const message = await self.receive();
      outcomes.push(GenServer.checkResponse(message, requests) as never);
      const empty = [
        await GenServer.waitResponse(self, requests),
        await GenServer.receiveResponse(self, requests),
        GenServer.checkResponse(message, requests),
      ];
      return { labels, outcomes, size, empty };
    });
    expect(result).toEqual({
      labels: ['a', 'b', 'c'],
      outcomes: ['c', 'a', 'b'].map((label) => ({ kind: 'reply', reply: `answer to ${label}`, label })),
      size: 1,
      empty: [{ kind: 'noRequest' }, { kind: 'noRequest' }, { kind: 'noRequest' }],
    });
  });

  test('can keep what was answered, and leaves messages alone that are none of its own [G-50]', async () => {
    await using runtime = new TestRuntime();
    const server = await GenServer.start(runtime, slow, undefined);
    const result = await script(runtime, async (self) => {
      const requests = fill(self, server, ['a']);
      const other = GenServer.sendRequest(self, server, 'double', 1);
      self.send(self.pid, 'hello');
      server.cast('answer', 'a');
      const { kind } = await GenServer.receiveResponse(self, requests, { delete: false });
      const kept = GenServer.reqidsSize(requests);
      const rest = [await self.receive(), await self.receive()];
      return [kind, kept, rest.map((message) => GenServer.checkResponse(message, requests).kind), other];
    });
    expect(result.slice(0, 3)).toEqual(['reply', 1, ['noReply', 'noReply']]);
  });

  test('is given up as a whole when nothing is received in time [G-50]', async () => {
    await using runtime = new TestRuntime();
    const server = await GenServer.start(runtime, slow, undefined);
    const result = script(runtime, async (self) => {
      const requests = fill(self, server, ['a', 'b']);
      const waited = await GenServer.waitResponse(self, requests, { timeout: 10 });
      const received = await GenServer.receiveResponse(self, requests, { timeout: 10 });
      return [waited, received, await self.receive({ timeout: 10 })];
    });
    await runtime.clock.advance(20);
    for (const label of ['a', 'b']) server.cast('answer', label);
    await runtime.clock.advance(10);
    expect(await result).toEqual([{ kind: 'timeout' }, { kind: 'timeout' }, undefined]);
  });
});

test.each<[string, (self: Self, request: RequestId, stranger: RequestId) => unknown]>([
  ['a request that is none', (self) => GenServer.waitResponse(self, {} as RequestId)],
  ['the request of another process', (self, _own, other) => GenServer.waitResponse(self, other)],
  ['a timeout that cannot be meant', (self, own) => GenServer.receiveResponse(self, own, { timeout: -1 })],
  ['a Self that is none', () => GenServer.sendRequest({} as Self, 'server', 'double', 1)],
  ['an address that is none', (self) => GenServer.sendRequest(self, 7 as never, 'double', 1)],
  [
    'a request that is in the collection already',
    (_self, own) => {
      const requests = GenServer.reqidsAdd(own, 1, GenServer.reqidsNew<unknown, number>());
      return GenServer.reqidsAdd(own, 2, requests);
    },
  ],
])('%s is refused by name', async (_what, code) => {
  await using runtime = new TestRuntime();
  const server = await GenServer.start(runtime, slow, undefined);
  const stranger = await script(runtime, async (self) => GenServer.sendRequest(self, server, 'later', 's'));
  const asked = script(runtime, async (self) =>
    code(self, GenServer.sendRequest(self, server, 'later', 'o'), stranger),
  );
  await expect(asked).rejects.toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
});
