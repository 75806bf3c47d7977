import { settle } from '@thousand-island/runtime/testing';
import {
  close,
  continueAs,
  error,
  type Handler,
  type Socket,
  type SocketClosedError,
  SocketError,
} from '../src/index.ts';
import { Channel } from './support/channel.ts';
import type { Client } from './support/client.ts';
import { TestIsland } from './support/test-island.ts';

type Step = 'connection' | 'data' | 'close' | 'error' | 'shutdown' | 'timeout';

/** Tells of every callback, and does in some of them what the test wants; the last ones send a last word. */
function witness(
  told: Channel<unknown>,
  doing: Partial<Record<Step, (socket: Socket) => unknown>> = {},
): Handler {
  const tell = (step: Step, socket: Socket, note?: unknown): never => {
    told.push(note === undefined ? step : [step, note]);
    return doing[step]?.(socket) as never;
  };
  return {
    handleConnection: (socket) => tell('connection', socket),
    handleData: (data, socket) => tell('data', socket, data.toString()),
    handleClose: (socket) => tell('close', socket),
    handleError: (reason, socket) => tell('error', socket, reason),
    handleShutdown: (socket) => tell('shutdown', socket),
    handleTimeout: (socket) => tell('timeout', socket),
  };
}

const lastWord = (socket: Socket): Promise<void> => socket.send('last word');
const boom = new Error('boom');

async function ended(island: TestIsland, client: Client): Promise<string> {
  const data = (await client.readAll()).toString();
  await client.closed;
  await settle();
  expect(await island.server.connections()).toEqual([]);
  return data;
}

describe('exactly one last callback runs', () => {
  test('handleClose when the client closes, after what it sent was handled', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(witness(told, { close: lastWord }));
    const client = await island.connect();
    client.end('bye');
    expect(await ended(island, client)).toBe('last word');
    expect(told.seen).toEqual(['connection', ['data', 'bye'], 'close']);
    expect(island.runtime.crashes).toEqual([]);
  });

  test('handleClose when the client closes and has said nothing', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(witness(told));
    const client = await island.connect();
    client.end();
    await ended(island, client);
    expect(told.seen).toEqual(['connection', 'close']);
  });

  test.each(['connection', 'data'] as const)('handleClose when handle %s returns close()', async (step) => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(witness(told, { [step]: () => close(), close: lastWord }));
    const client = await island.connect();
    if (step === 'data') await client.send('x');
    expect(await ended(island, client)).toBe('last word');
    expect(told.seen.at(-1)).toBe('close');
    expect(told.seen.filter((each) => each === 'close')).toHaveLength(1);
    expect(island.runtime.crashes).toEqual([]);
  });

  test('handleError when a callback returns error(reason), which is the exit reason', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(
      witness(told, { data: () => error('nonsense'), error: lastWord }),
    );
    const client = await island.connect();
    await client.send('x');
    expect(await ended(island, client)).toBe('last word');
    expect(told.seen).toEqual(['connection', ['data', 'x'], ['error', 'nonsense']]);
    expect(island.runtime.crashes).toEqual(['nonsense']);
  });

  test("handleTimeout, not handleError, when a callback returns error('timeout')", async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(
      witness(told, { data: () => error('timeout'), timeout: lastWord }),
    );
    const client = await island.connect();
    await client.send('x');
    expect(await ended(island, client)).toBe('last word');
    expect(told.seen).toEqual(['connection', ['data', 'x'], 'timeout']);
    expect(island.runtime.crashes).toEqual([]);
  });

  const throws = {
    'throws at once': () => {
      throw boom;
    },
    'returns a rejected promise': () => Promise.reject(boom),
    'throws after an await': async () => {
      await settle();
      throw boom;
    },
  };
  test.each(
    (['connection', 'data'] as const).flatMap((step) => {
      return Object.entries(throws).map(([how, code]) => [step, how, code] as const);
    }),
  )('handleError when handle %s %s', async (step, _how, code) => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(witness(told, { [step]: code, error: lastWord }));
    const client = await island.connect();
    if (step === 'data') await client.send('x');
    expect(await ended(island, client)).toBe('last word');
    expect(told.seen.at(-1)).toEqual(['error', boom]);
    expect(told.seen.filter((each) => Array.isArray(each) && each[0] === 'error')).toHaveLength(1);
    expect(island.runtime.crashes).toEqual([boom]);
  });

  test.each(
    (['close', 'error', 'shutdown', 'timeout'] as const).flatMap((step) => {
      return Object.entries(throws).map(([how, code]) => [step, how, code] as const);
    }),
  )('no other when handle %s itself %s', async (step, _how, code) => {
    const told = new Channel<unknown>();
    const ends = {
      close: () => close(),
      error: () => error('nonsense'),
      timeout: () => error('timeout'),
      shutdown: () => undefined,
    };
    await using island = await TestIsland.start(witness(told, { data: ends[step], [step]: code }));
    const client = await island.connect();
    await client.send('x');
    await told.take(2);
    if (step === 'shutdown') await island.server.stop();
    await client.closed;
    await settle();
    expect(told.seen).toHaveLength(3);
    expect(island.runtime.crashes).toEqual([boom]);
  });

  test('handleTimeout when the client is silent for too long', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(witness(told, { timeout: lastWord }), { readTimeout: 1_000 });
    const client = await island.connect();
    await told.next();
    await island.clock.advance(1_000);
    expect(await ended(island, client)).toBe('last word');
    expect(told.seen).toEqual(['connection', 'timeout']);
    expect(island.runtime.crashes).toEqual([]);
  });

  test('handleTimeout when a recv has waited for too long', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(
      witness(told, { data: (socket) => socket.recv(10, { timeout: 500 }), timeout: lastWord }),
    );
    const client = await island.connect();
    await client.send('x');
    await told.take(2);
    await island.clock.advance(500);
    expect(await ended(island, client)).toBe('last word');
    expect(told.seen.at(-1)).toBe('timeout');
  });

  test('handleShutdown when the server stops, with a last word that still goes out', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(
      witness(told, {
        shutdown: async (socket) => {
          await settle();
          await socket.send('goodbye, ');
          await socket.send('and thanks');
        },
      }),
    );
    const client = await island.connect();
    await told.next();
    const [report] = await Promise.all([island.server.stop(), client.closed]);
    expect((await client.readAll()).toString()).toBe('goodbye, and thanks');
    expect(report).toEqual({ told: 1, finished: 1, forced: 0 });
    expect(told.seen).toEqual(['connection', 'shutdown']);
    expect(island.runtime.crashes).toEqual([]);
  });

  test('handleError when the client breaks the connection', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(witness(told));
    const stopped = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect();
    await client.send('x');
    await told.take(2);
    await client.reset();
    await stopped.next();
    expect(told.seen).toHaveLength(3);
    const [kind, reason] = told.seen[2] as [string, SocketError];
    expect(kind).toBe('error');
    expect(reason).toBeInstanceOf(SocketError);
    expect(reason.cause).toMatchObject({ code: 'ECONNRESET' });
    expect(island.runtime.crashes).toEqual([]);
  });

  test('handleError when the client breaks the connection while a callback is busy', async () => {
    const told = new Channel<unknown>();
    const go = new Channel<void>();
    await using island = await TestIsland.start(witness(told, { data: () => go.next() }));
    const stopped = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect();
    await client.send('x');
    await told.take(2);
    await client.reset();
    await settle();
    expect(told.seen).toHaveLength(2);
    go.push();
    await stopped.next();
    expect(told.seen.at(-1)).toEqual(['error', expect.any(SocketError)]);
    expect(told.seen).toHaveLength(3);
  });

  test("none of the handler's own when the process is killed; the socket is closed all the same", async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(witness(told));
    const client = await island.connect();
    await told.next();
    island.runtime.sendExit(await island.connection(), 'kill');
    await client.closed;
    expect(told.seen).toEqual(['connection']);
  });

  test('handleClose when the handler has closed the socket itself and says no more', async () => {
    const told = new Channel<unknown>();
    const sent = new Channel<SocketClosedError>();
    await using island = await TestIsland.start(
      witness(told, {
        data: (socket) => socket.close(),
        close: (socket) => socket.send('too late').catch((reason) => sent.push(reason)),
      }),
    );
    const client = await island.connect();
    await client.send('x');
    await ended(island, client);
    expect(told.seen).toEqual(['connection', ['data', 'x'], 'close']);
    expect((await sent.next()).code).toBe('ISLAND_SOCKET_CLOSED');
  });

  test.each(['close', 'shutdown'] as const)(
    'handleClose, and it counts as closed by us, when the handler has closed the socket with %s',
    async (way) => {
      const told = new Channel<unknown>();
      const end = (socket: Socket): void => (way === 'close' ? socket.close() : socket.shutdown('readWrite'));
      await using island = await TestIsland.start(witness(told, { data: end }));
      const client = await island.connect();
      await client.send('x');
      await ended(island, client);
      expect(told.seen.at(-1)).toBe('close');
      expect(await island.server.info()).toMatchObject({ exits: { localClosed: 1 } });
    },
  );

  test('handleClose, and it counts as closed by the client, when the handler closes the socket after that', async () => {
    const told = new Channel<unknown>();
    const close = (socket: Socket): void => socket.close();
    await using island = await TestIsland.start(witness(told, { close }));
    const client = await island.connect();
    client.end('x');
    await ended(island, client);
    expect(await island.server.info()).toMatchObject({ exits: { peerClosed: 1 } });
  });
});

test('a process that says nothing of continuing goes on', async () => {
  const told = new Channel<unknown>();
  await using island = await TestIsland.start(witness(told, { connection: () => continueAs({}) }));
  const client = await island.connect();
  await client.send('x');
  expect(await told.take(2)).toEqual(['connection', ['data', 'x']]);
});
