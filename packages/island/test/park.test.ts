import { settle } from '@thousand-island/runtime/testing';
import fc from 'fast-check';
import { defineHandler, type Handler, type ServerOptions } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import type { Client } from './support/client.ts';
import { processesById } from './support/processes.ts';
import { leave, served, waiting } from './support/served.ts';
import { TestIsland } from './support/test-island.ts';

const echo: Handler = { handleData: (data, socket) => socket.send(data) };
const park = { acceptors: 1, whenFull: 'park', readTimeout: 'infinity' } as const;

/** An echo whose connections leave the count when they are told to. */
const removable = defineHandler({
  handleData(data, socket) {
    if (data.toString() === 'remove') socket.removeConnection();
    return socket.send(data);
  },
});

async function removed(client: Client): Promise<void> {
  await client.send('remove');
  await client.read(6);
}

describe('an acceptor that parks', () => {
  test('serves as many as may be, and the next one when one of them ends, without any timer', async () => {
    await using island = await TestIsland.start(echo, { ...park, maxConnections: 10 });
    const clients: Client[] = [];
    for (let each = 0; each < 10; each++) clients.push(await served(island));
    const eleventh = await waiting(island);
    expect(await island.server.info()).toMatchObject({ activeConnections: 10, waiting: 1 });
    await island.clock.advance(3_600_000);
    expect(eleventh.socket.destroyed).toBe(false);
    await leave(island, clients[3] as Client);
    expect(await eleventh.readText(1)).toBe('x');
    expect(await island.server.info()).toMatchObject({ activeConnections: 10, waiting: 0 });
  });

  test('leaves the rest in the accept queue, up to its bound', async () => {
    await using island = await TestIsland.start(echo, { ...park, maxConnections: 1, maxAcceptQueue: 2 });
    await served(island);
    await waiting(island);
    await waiting(island);
    const refused = await island.connect();
    await refused.closed;
    expect((await island.server.info()).refusals).toEqual({ acceptQueueFull: 1 });
  });

  test('does not keep an acceptor that has room from accepting', async () => {
    await using island = await TestIsland.start(echo, { ...park, acceptors: 3, maxConnections: 2 });
    const clients: Client[] = [];
    for (let each = 0; each < 6; each++) clients.push(await served(island));
    const next = await waiting(island);
    await leave(island, clients[4] as Client);
    expect(await next.readText(1)).toBe('x');
  });

  test('that is restarted parks again', async () => {
    await using island = await TestIsland.start(echo, { ...park, maxConnections: 1 });
    const { server, runtime } = island;
    const first = await served(island);
    const second = await waiting(island);
    const worker = (await processesById(runtime, server.pid)).get(
      'acceptorSupervisor/acceptor-1/acceptorWorker',
    );
    const pid = runtime.processes().find((each) => String(each) === worker);
    if (pid === undefined) throw new Error('there is no acceptor');
    runtime.sendExit(pid, 'kill');
    await settle(20);
    expect(second.socket.bytesRead).toBe(0);
    await leave(island, first);
    expect(await second.readText(1)).toBe('x');
  });

  test('frees the place of a handler that is not started, throws, or is killed', async () => {
    let clients = 0;
    await using island = await TestIsland.start(
      {
        init: () => {
          if (clients++ % 2 === 0) throw new Error('not today');
        },
        handleData: (data, socket) => socket.send(data),
      },
      { ...park, maxConnections: 1 },
    );
    for (let round = 0; round < 5; round++) {
      await (await island.connect()).closed;
      const client = await served(island);
      island.runtime.sendExit(await island.connection(), 'kill');
      await client.closed;
      await settle();
    }
    expect(await island.server.info()).toMatchObject({
      activeConnections: 0,
      allConnections: 0,
      exits: { killed: 5, notStarted: 5 },
    });
  });
});

describe('setMaxConnections', () => {
  test.each(['park', 'retry'] as const)('raising it lets in those who wait, with %s', async (whenFull) => {
    await using island = await TestIsland.start(echo, { ...park, whenFull, acceptors: 3, maxConnections: 1 });
    for (let each = 0; each < 3; each++) await served(island);
    const clients = [await waiting(island), await waiting(island), await waiting(island)];
    await island.server.setMaxConnections(2);
    if (whenFull === 'retry') await island.clock.advance(1_000);
    for (const client of clients) expect(await client.readText(1)).toBe('x');
    await waiting(island);
    await island.server.setMaxConnections('infinity');
    if (whenFull === 'retry') await island.clock.advance(1_000);
    for (let each = 0; each < 10; each++) await served(island);
    expect(await island.server.info()).toMatchObject({ maxConnections: 'infinity', activeConnections: 17 });
  });

  test('lowering it closes nobody, and lets nobody in until enough have gone', async () => {
    await using island = await TestIsland.start(echo, { ...park, maxConnections: 5 });
    const clients: Client[] = [];
    for (let each = 0; each < 5; each++) clients.push(await served(island));
    await island.server.setMaxConnections(2);
    const next = await waiting(island);
    for (let each = 0; each < 3; each++) await leave(island, clients[each] as Client);
    expect(next.socket.bytesRead).toBe(0);
    for (const client of clients.slice(3)) {
      await client.send('y');
      expect(await client.readText(1)).toBe('y');
    }
    await leave(island, clients[3] as Client);
    expect(await next.readText(1)).toBe('x');
  });

  test('many changes at once start nothing anew, and the last one holds', async () => {
    await using island = await TestIsland.start(echo, { ...park, acceptors: 4, maxConnections: 1 });
    const { server, runtime } = island;
    const before = await processesById(runtime, server.pid);
    for (let each = 0; each < 4; each++) await served(island);
    const clients = [await waiting(island), await waiting(island)];
    await Promise.all(
      Array.from({ length: 200 }, (_, index) => server.setMaxConnections(1 + ((index * 7) % 5))),
    );
    await server.setMaxConnections(2);
    for (const client of clients) expect(await client.readText(1)).toBe('x');
    const after = await processesById(runtime, server.pid);
    for (const [place, pid] of before) expect(after.get(place)).toBe(pid);
    expect(runtime.crashes).toEqual([]);
  });
});

describe('removeConnection', () => {
  test('takes a connection out of the count, once, and lets in the next one', async () => {
    await using island = await TestIsland.start(removable, { ...park, maxConnections: 1 });
    const first = await served(island);
    const second = await waiting(island);
    await removed(first);
    expect(await second.readText(1)).toBe('x');
    await removed(first);
    await removed(first);
    expect(await island.server.info()).toMatchObject({ activeConnections: 1, allConnections: 2 });
    const third = await waiting(island);
    // The end of one that is not counted frees nothing.
    await leave(island, first);
    await settle(20);
    expect(third.socket.bytesRead).toBe(0);
    await leave(island, second);
    expect(await third.readText(1)).toBe('x');
    expect(await island.server.info()).toMatchObject({ activeConnections: 1, allConnections: 1 });
  });

  test('keeps a connection among those that are listed and drained', async () => {
    await using island = await TestIsland.start(removable, park);
    await removed(await served(island));
    expect(await island.server.connections()).toHaveLength(1);
    expect(await island.server.stop()).toEqual({ told: 1, finished: 1, forced: 0 });
  });
});

describe('maxTotalConnections', () => {
  const limits: ServerOptions = { handler: echo, acceptors: 4, maxConnections: 2, maxTotalConnections: 5 };

  test('bounds all acceptors together', async () => {
    await using island = await TestIsland.start(echo, { ...park, ...limits });
    const clients: Client[] = [];
    for (let each = 0; each < 5; each++) clients.push(await served(island));
    const next = [await waiting(island), await waiting(island)];
    await leave(island, clients[0] as Client);
    expect(await next[0]?.readText(1)).toBe('x');
    await settle(20);
    expect(next[1]?.socket.bytesRead).toBe(0);
    await island.server.setOptions({ maxTotalConnections: 'infinity' });
    expect(await next[1]?.readText(1)).toBe('x');
  });

  test('is tried again at, with retry', async () => {
    await using island = await TestIsland.start(echo, {
      ...limits,
      maxTotalConnections: 1,
      maxConnectionsRetryCount: 1,
    });
    await served(island);
    const failures = Channel.of(island.server.events, 'acceptor:spawnError');
    const second = await waiting(island);
    await island.clock.advance(1_000);
    expect((await failures.next()).reason).toBe('maxChildren');
    await second.closed;
    expect((await island.server.info()).refusals).toEqual({ maxConnections: 1 });
  });
});

test('whatever comes, leaves and is changed, the count is that of the connections, and nobody is forgotten', async () => {
  const step = fc.oneof(
    fc.constant('come' as const),
    fc.nat(20).map((index) => ({ leave: index })),
    fc.integer({ min: 1, max: 4 }).map((max) => ({ max })),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      await using island = await TestIsland.start(echo, { ...park, acceptors: 2, maxConnections: 2 });
      const clients: Client[] = [];
      for (const each of steps) {
        if (each === 'come') {
          const client = await island.connect();
          await client.send('x');
          clients.push(client);
        } else if ('max' in each) await island.server.setMaxConnections(each.max);
        else await clients.splice(each.leave, 1)[0]?.[Symbol.asyncDispose]();
      }
      await island.server.setMaxConnections('infinity');
      for (const client of clients) expect(await client.readText(1)).toBe('x');
      await island.server.waitForConnections('==', clients.length);
      const { activeConnections, acceptors } = await island.server.info();
      expect(activeConnections).toBe(clients.length);
      expect(acceptors.reduce((sum, { accepted, terminated }) => sum + accepted - terminated, 0)).toBe(
        clients.length,
      );
    }),
    { numRuns: 15 },
  );
});
