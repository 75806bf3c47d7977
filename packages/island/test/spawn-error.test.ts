import { ignore, stop } from '@thousand-island/runtime';
import { settle } from '@thousand-island/runtime/testing';
import { defineHandler, type RawSocket, type Transport, tcp } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { TestIsland } from './support/test-island.ts';

const boom = new Error('boom');

/** Serves only every second client: with the others it does what the test says. */
function everySecond(refuse: () => unknown) {
  let clients = 0;
  const init = (): unknown => (clients++ % 2 === 0 ? refuse() : 'served');
  return defineHandler({ init, handleData: (data, socket) => socket.send(data) });
}

describe('an init that', () => {
  test.each([
    ['ignores', () => ignore(), 'ignore'],
    ['ignores later', () => settle().then(ignore), 'ignore'],
    ['stops', () => stop('not today'), 'not today'],
    [
      'throws',
      () => {
        throw boom;
      },
      boom,
    ],
    ['rejects', () => Promise.reject(boom), boom],
  ])('%s closes the socket and is told of; the next client is served', async (_what, refuse, reason) => {
    await using island = await TestIsland.start(everySecond(refuse), { acceptors: 1 });
    const { server, runtime } = island;
    const failures = Channel.of(server.events, 'acceptor:spawnError');
    const starts = Channel.of(server.events, 'connection:start');
    for (let round = 0; round < 10; round++) {
      const refused = await island.connect();
      expect((await refused.readAll()).length).toBe(0);
      await refused.closed;
      const served = await island.connect();
      await served.send('x');
      expect(await served.readText(1)).toBe('x');
    }
    const all = await failures.take(10);
    expect(all.map((each) => each.reason)).toEqual(Array(10).fill(reason));
    expect(all.every((each) => runtime.isAlive(each.acceptor))).toBe(true);
    expect(failures.seen).toHaveLength(10);
    expect(starts.seen).toHaveLength(10);
    expect((await server.info()).activeConnections).toBe(10);
  });
});

test('an async init makes only its own connection wait', async () => {
  const go = new Channel<string>();
  let clients = 0;
  await using island = await TestIsland.start(
    defineHandler({
      init: () => (clients++ === 0 ? go.next() : 'at once'),
      handleData: (_data, socket, state) => socket.send(state),
    }),
    { acceptors: 1 },
  );
  const slow = await island.connect();
  await slow.send('?');
  for (let each = 0; each < 3; each++) {
    const client = await island.connect();
    await client.send('?');
    expect(await client.readText(7)).toBe('at once');
  }
  expect(slow.socket.bytesRead).toBe(0);
  go.push('at last');
  expect(await slow.readText(7)).toBe('at last');
});

test('a client that is gone before anybody had time for it is no failure', async () => {
  const go = new Channel<void>();
  const told = new Channel<string>();
  await using island = await TestIsland.start(
    {
      init: () => go.next(),
      handleConnection: () => told.push('connection'),
      handleData: (data, socket) => socket.send(data),
      handleError: () => told.push('error'),
      handleClose: () => told.push('close'),
    },
    { acceptors: 1 },
  );
  const failures = Channel.of(island.server.events, 'acceptor:spawnError');
  const first = await island.connect();
  const impatient = await Promise.all(Array.from({ length: 5 }, () => island.connect()));
  for (const client of impatient) await client.reset();
  for (let each = 0; each < 7; each++) go.push();
  await first.send('x');
  expect(await first.readText(1)).toBe('x');
  const last = await island.connect();
  await last.send('y');
  expect(await last.readText(1)).toBe('y');
  expect(failures.seen).toEqual([]);
  expect(island.runtime.crashes).toEqual([]);
});

test('a client that is gone while its handler is made is let go: nobody has seen it, and its place is free', async () => {
  const go = new Channel<void>();
  const told = new Channel<string>();
  const raws: RawSocket[] = [];
  const watched: Transport = {
    ...tcp,
    listen(options, onSocket) {
      return tcp.listen(options, (raw) => {
        raws.push(raw);
        onSocket(raw);
      });
    },
  };
  await using island = await TestIsland.start(
    {
      init: () => go.next(),
      handleConnection: () => told.push('connection'),
      handleError: () => told.push('error'),
      handleClose: () => told.push('close'),
    },
    { transport: watched, acceptors: 1, maxConnections: 1, whenFull: 'park' },
  );
  const { events } = island.server;
  const seen = [Channel.of(events, 'connection:start'), Channel.of(events, 'connection:stop')];
  const failures = Channel.of(events, 'acceptor:spawnError');
  const client = await island.connect();
  await island.server.waitForConnections('==', 1);
  raws[0]?.destroy();
  await client.closed;
  go.push();
  await island.server.waitForConnections('==', 0);
  expect([...seen.flatMap((channel) => channel.seen as unknown[]), ...failures.seen, ...told.seen]).toEqual(
    [],
  );
  expect(await island.server.info()).toMatchObject({ activeConnections: 0, exits: { prematureClose: 1 } });
  expect(island.runtime.crashes).toEqual([]);
});

test('an async init that has failed before its process has another turn is told of, and nothing is called', async () => {
  const called: string[] = [];
  const refused = new Error('no room');
  await using island = await TestIsland.start(
    {
      init: () => {
        // As if the server were busy: the turn is over before anybody looks at what comes of this.
        const begin = performance.now();
        while (performance.now() - begin < 9);
        return Promise.reject(refused);
      },
      handleError: () => void called.push('error'),
      handleShutdown: () => void called.push('shutdown'),
    },
    { acceptors: 1 },
  );
  const failures = Channel.of(island.server.events, 'acceptor:spawnError');
  const clients = await Promise.all(Array.from({ length: 10 }, () => island.connect()));
  for (const client of clients) await client.closed;
  expect((await failures.take(10)).map(({ reason }) => reason)).toEqual(Array(10).fill(refused));
  expect(called).toEqual([]);
});

test('an error of what an async init has begun ends it as its rejection would: no callback is given what is no state', async () => {
  const called: unknown[] = [];
  await using island = await TestIsland.start(
    {
      init: () => {
        setImmediate(() => {
          throw boom;
        });
        return new Promise(() => {});
      },
      handleError: (_reason, _socket, state) => void called.push(state),
    },
    { acceptors: 1 },
  );
  const failures = Channel.of(island.server.events, 'acceptor:spawnError');
  await (await island.connect()).closed;
  expect((await failures.next()).reason).toBe(boom);
  expect(called).toEqual([]);
});
