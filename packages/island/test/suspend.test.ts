import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { settle } from '@thousand-island/runtime/testing';
import { defineHandler, ListenFailedError } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { Client } from './support/client.ts';
import { processAt } from './support/processes.ts';
import { TestIsland } from './support/test-island.ts';

const echo = defineHandler({ handleData: (data, socket) => socket.send(data) });

async function roundTrip(client: Client, text: string): Promise<string> {
  await client.send(text);
  return client.readText(text.length);
}

async function occupy(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('suspend', () => {
  test('refuses new clients and keeps the connections that are there', async () => {
    await using island = await TestIsland.start(echo);
    const client = await island.connect();
    await roundTrip(client, 'before');
    await island.server.suspend();
    await expect(Client.connect(island.server.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(await roundTrip(client, 'meanwhile')).toBe('meanwhile');
  });

  test('is told by status and info', async () => {
    await using island = await TestIsland.start(echo, { acceptors: 3 });
    const { server } = island;
    await roundTrip(await island.connect(), 'x');
    expect(server.status()).toBe('running');
    const running = await server.info();
    expect(running.pid).toBe(server.pid);
    expect(running).toMatchObject({
      status: 'running',
      address: server.address,
      activeConnections: 1,
      transport: 'tcp',
      handler: echo,
    });
    await server.suspend();
    expect(server.status()).toBe('suspended');
    expect(await server.info()).toMatchObject({
      status: 'suspended',
      address: undefined,
      activeConnections: 1,
    });
    await server.resume();
    expect(server.status()).toBe('running');
  });

  test('twice is once, one after the other and at the same time', async () => {
    await using island = await TestIsland.start(echo);
    const { server } = island;
    const stops = Channel.of(server.events, 'listener:stop');
    await server.suspend();
    await server.suspend();
    await Promise.all([server.suspend(), server.suspend()]);
    expect(server.status()).toBe('suspended');
    expect(stops.seen).toHaveLength(1);
  });

  test.each([{ aceptor: 'acceptor-1' }, { acceptor: 1 }, 'acceptor-1', null])(
    'refuses %j, which must not be taken for the whole server',
    async (choice) => {
      await using island = await TestIsland.start(echo);
      for (const action of ['suspend', 'resume'] as const) {
        const refusal = island.server[action](choice as never);
        await expect(refusal).rejects.toMatchObject({ code: 'ISLAND_BAD_OPTION' });
      }
      expect(island.server.status()).toBe('running');
    },
  );

  test('frees the port for somebody else', async () => {
    await using island = await TestIsland.start(echo);
    await island.server.suspend();
    await using other = await occupy(island.server.port);
    expect(other.listening).toBe(true);
  });

  test.each(['listener', 'acceptorSupervisor', 'shutdownListener'])(
    'outlives the crash of the %s',
    async (place) => {
      await using island = await TestIsland.start(echo);
      const { server, runtime } = island;
      await server.suspend();
      runtime.sendExit(await processAt(runtime, server.pid, place), 'kill');
      await settle(20);
      expect(server.status()).toBe('suspended');
      await expect(Client.connect(server.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await server.resume();
      expect(await roundTrip(await island.connect(), 'x')).toBe('x');
    },
  );

  test('does not keep the server from stopping', async () => {
    await using island = await TestIsland.start(echo);
    const client = await island.connect();
    await roundTrip(client, 'x');
    await island.server.suspend();
    expect(await island.server.stop()).toEqual({ told: 1, finished: 1, forced: 0 });
    expect(await client.closed).toBe('end');
  });
});

describe('resume', () => {
  test('accepts again, on the same port', async () => {
    await using island = await TestIsland.start(echo);
    const { server } = island;
    const { port } = server;
    const early = await island.connect();
    await roundTrip(early, 'early');
    for (let round = 0; round < 3; round++) {
      await server.suspend();
      await server.resume();
      expect(server.port).toBe(port);
    }
    expect(await roundTrip(await island.connect(), 'late')).toBe('late');
    expect(await roundTrip(early, 'early')).toBe('early');
  });

  test('twice is once, and nothing for a server that was not suspended', async () => {
    await using island = await TestIsland.start(echo);
    const { server } = island;
    const starts = Channel.of(server.events, 'listener:start');
    await server.resume();
    expect(starts.seen).toHaveLength(0);
    await server.suspend();
    await Promise.all([server.resume(), server.resume(), server.resume()]);
    expect(starts.seen).toHaveLength(1);
    expect(await roundTrip(await island.connect(), 'x')).toBe('x');
  });

  test('and suspend at once are carried out in the order in which they were asked for', async () => {
    await using island = await TestIsland.start(echo);
    const { server } = island;
    await Promise.all([server.suspend(), server.resume(), server.suspend(), server.resume()]);
    expect(server.status()).toBe('running');
    await Promise.all([server.resume(), server.suspend(), server.resume(), server.suspend()]);
    expect(server.status()).toBe('suspended');
    await server.resume();
    expect(await roundTrip(await island.connect(), 'x')).toBe('x');
  });

  test('says that the port is taken, and leaves the server suspended but alive', async () => {
    await using island = await TestIsland.start(echo, { port: await freePort() });
    const { server, runtime } = island;
    const client = await island.connect();
    await roundTrip(client, 'x');
    await server.suspend();
    await using other = await occupy(server.port);
    await expect(server.resume()).rejects.toBeInstanceOf(ListenFailedError);
    expect(server.status()).toBe('suspended');
    expect(await roundTrip(client, 'still here')).toBe('still here');
    expect(runtime.crashes).toEqual([]);
    await other[Symbol.asyncDispose]();
    await server.resume();
    expect(await roundTrip(await island.connect(), 'x')).toBe('x');
  });
});

describe('connections', () => {
  test('are the pids of the processes that serve clients', async () => {
    await using island = await TestIsland.start(echo);
    const { server, runtime } = island;
    expect(await server.connections()).toEqual([]);
    const clients = await Promise.all(Array.from({ length: 25 }, () => island.connect()));
    await Promise.all(clients.map((client) => roundTrip(client, 'x')));
    const pids = await server.connections();
    expect(new Set(pids).size).toBe(25);
    expect(pids.every((pid) => runtime.isAlive(pid))).toBe(true);
    expect((await server.info()).activeConnections).toBe(25);

    const stopped = Channel.of(server.events, 'connection:stop');
    for (const client of clients.slice(0, 5)) client.end();
    await stopped.take(5);
    const left = await server.connections();
    expect(left).toHaveLength(20);
    expect(left.every((pid) => pids.includes(pid))).toBe(true);
  });

  test('are spread over all acceptors', async () => {
    await using island = await TestIsland.start(echo, { acceptors: 4, maxConnections: 3 });
    const clients = await Promise.all(Array.from({ length: 12 }, () => island.connect()));
    await Promise.all(clients.map((client) => roundTrip(client, 'x')));
    expect((await island.server.info()).activeConnections).toBe(12);
  });
});

async function freePort(): Promise<number> {
  await using server = await occupy(0);
  return (server.address() as AddressInfo).port;
}
