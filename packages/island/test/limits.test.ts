import { settle } from '@thousand-island/runtime/testing';
import { type Handler, tcp, tls } from '../src/index.ts';
import { Authority } from './support/certificates.ts';
import { Channel } from './support/channel.ts';
import { Client } from './support/client.ts';
import { leave, served, waiting } from './support/served.ts';
import { TestIsland } from './support/test-island.ts';

const echo: Handler = { handleData: (data, socket) => socket.send(data) };
const one = { acceptors: 1, maxConnections: 1, readTimeout: 'infinity' } as const;

describe('maxConnections', () => {
  test('makes the next client wait until one leaves', async () => {
    await using island = await TestIsland.start(echo, one);
    const first = await served(island);
    const second = await waiting(island);
    await island.clock.advance(2_500);
    await leave(island, first);
    await settle(20);
    expect(second.socket.bytesRead).toBe(0);
    await island.clock.advance(500);
    expect(await second.readText(1)).toBe('x');
    expect(await island.server.connections()).toHaveLength(1);
  });

  test('closes a client that has waited in vain, five times a second unless said, and tells of it', async () => {
    await using island = await TestIsland.start(echo, one);
    const failures = Channel.of(island.server.events, 'acceptor:spawnError');
    const first = await served(island);
    const second = await waiting(island);
    await island.clock.advance(4_999);
    await settle(20);
    expect(failures.seen).toEqual([]);
    expect(second.socket.destroyed).toBe(false);
    await island.clock.advance(1);
    expect((await failures.next()).reason).toBe('maxChildren');
    await second.closed;
    await first.send('still served');
    expect(await first.readText(12)).toBe('still served');
  });

  test.each([
    ['TCP', 'at once'],
    ['TCP', 'after a byte'],
    ['TLS', 'at once'],
    ['TLS', 'after a byte'],
  ])('over %s lets a client go that has said goodbye while it waited, %s', async (over, when) => {
    const authority = await Authority.make();
    const transport = over === 'TLS' ? tls(await authority.issue('a.example')) : tcp;
    await using island = await TestIsland.start(echo, { ...one, transport });
    const stopped = Channel.of(island.server.events, 'connection:stop');
    const first = await (over === 'TLS'
      ? Client.secure(island.server.port, { ca: authority.cert, servername: 'a.example' })
      : island.connect());
    await first.send('x');
    await first.read(1);
    const second = await island.connect();
    if (when === 'after a byte') await second.send('\x16');
    second.end();
    await settle(20);
    first.end();
    await stopped.next();
    await island.clock.advance(1_000);
    await second.closed;
    await stopped.next();
    expect(await island.server.connections()).toEqual([]);
  });

  test('serves the third client when the first has left and the second was closed', async () => {
    await using island = await TestIsland.start(echo, {
      ...one,
      maxConnectionsRetryCount: 2,
      maxConnectionsRetryWait: 100,
    });
    const first = await served(island);
    const second = await waiting(island);
    const third = await waiting(island);
    await island.clock.advance(200);
    await second.closed;
    await leave(island, first);
    await island.clock.advance(100);
    expect(await third.readText(1)).toBe('x');
  });

  test('serves those that wait in the order in which they came', async () => {
    await using island = await TestIsland.start(echo, one);
    const clients = [await served(island)];
    for (let each = 0; each < 4; each++) clients.push(await waiting(island));
    for (let each = 1; each < clients.length; each++) {
      await leave(island, clients[each - 1] as Client);
      await island.clock.advance(1_000);
      expect(await clients[each]?.readText(1)).toBe('x');
      expect(clients.slice(each + 1).every((client) => client.socket.bytesRead === 0)).toBe(true);
    }
  });

  test('closes at once when there are no retries', async () => {
    await using island = await TestIsland.start(echo, { ...one, maxConnectionsRetryCount: 0 });
    await served(island);
    const second = await island.connect();
    await second.closed;
  });

  test('tries again as often as said, as far apart as said', async () => {
    await using island = await TestIsland.start(echo, {
      ...one,
      maxConnectionsRetryCount: 3,
      maxConnectionsRetryWait: 20,
    });
    await served(island);
    const second = await waiting(island);
    await island.clock.advance(59);
    await settle(20);
    expect(second.socket.destroyed).toBe(false);
    await island.clock.advance(1);
    await second.closed;
  });

  test('is for each acceptor', async () => {
    await using island = await TestIsland.start(echo, { ...one, acceptors: 3, maxConnections: 2 });
    for (let each = 0; each < 6; each++) await served(island);
    await waiting(island);
    expect((await island.server.info()).activeConnections).toBe(6);
  });

  test('of 0 serves nobody', async () => {
    await using island = await TestIsland.start(echo, {
      ...one,
      maxConnections: 0,
      maxConnectionsRetryCount: 0,
    });
    const client = await island.connect();
    await client.closed;
  });

  test('can be infinity', async () => {
    await using island = await TestIsland.start(echo, { ...one, maxConnections: 'infinity' });
    for (let each = 0; each < 20; each++) await served(island);
  });

  test('a client that gives up while it waits is let go when its turn has come', async () => {
    await using island = await TestIsland.start(echo, one);
    const first = await served(island);
    const second = await waiting(island);
    const third = await waiting(island);
    await second.reset();
    await leave(island, first);
    await island.clock.advance(1_000);
    await settle(20);
    await island.clock.advance(1_000);
    expect(await third.readText(1)).toBe('x');
    expect(island.runtime.crashes).toEqual([]);
  });
});

describe('maxAcceptQueue', () => {
  test('bounds how many wait for an acceptor; more are closed at once and counted', async () => {
    await using island = await TestIsland.start(echo, { ...one, maxAcceptQueue: 2 });
    const { server } = island;
    const refused = Channel.of(server.events, 'connection:refused');
    const first = await served(island);
    const held = await waiting(island);
    const queued = [await waiting(island), await waiting(island)];
    expect(await server.info()).toMatchObject({ waiting: 2, refused: 0 });
    for (let count = 1; count <= 3; count++) {
      const client = await island.connect();
      expect(await refused.next()).toEqual({ reason: 'acceptQueueFull', refused: count });
      await client.closed;
    }
    expect(await server.info()).toMatchObject({ waiting: 2, refused: 3 });
    await leave(island, first);
    await island.clock.advance(1_000);
    expect(await held.readText(1)).toBe('x');
    await settle(20);
    expect(await server.info()).toMatchObject({ waiting: 1 });
    expect(queued.every((client) => client.socket.bytesRead === 0)).toBe(true);
  });

  test('does not count those who have gone', async () => {
    await using island = await TestIsland.start(echo, { ...one, maxAcceptQueue: 2 });
    const first = await served(island);
    const held = await waiting(island);
    for (let count = 0; count < 2; count++) await (await waiting(island)).reset();
    await settle(20);
    expect(await island.server.info()).toMatchObject({ waiting: 0, refused: 0 });
    const living = await waiting(island);
    expect(await island.server.info()).toMatchObject({ waiting: 1, refused: 0 });
    await leave(island, first);
    await island.clock.advance(1_000);
    expect(await held.readText(1)).toBe('x');
    await leave(island, held);
    await island.clock.advance(1_000);
    expect(await living.readText(1)).toBe('x');
  });

  test('of 0 lets in those for whom an acceptor is free', async () => {
    await using island = await TestIsland.start(echo, { ...one, maxAcceptQueue: 0 });
    await served(island);
    await waiting(island);
    const third = await island.connect();
    await third.closed;
    expect((await island.server.info()).refused).toBe(1);
  });

  test('those that wait are closed when the server stops', async () => {
    await using island = await TestIsland.start(echo, one);
    await served(island);
    const held = await waiting(island);
    const queued = await waiting(island);
    expect(await island.server.stop()).toEqual({ told: 1, finished: 1, forced: 0 });
    await Promise.all([held.closed, queued.closed]);
    expect(held.socket.bytesRead + queued.socket.bytesRead).toBe(0);
  });
});
