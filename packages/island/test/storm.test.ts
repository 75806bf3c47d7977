import { inspect, type TreeNode } from '@thousand-island/runtime';
import { settle } from '@thousand-island/runtime/testing';
import type { Handler } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { processAt, processesById } from './support/processes.ts';
import { served } from './support/served.ts';
import { TestIsland } from './support/test-island.ts';

const echo: Handler = { handleData: (data, socket) => socket.send(data) };
const ACCEPTORS = 10;

async function killAll(island: TestIsland, pattern: RegExp): Promise<void> {
  const { runtime, server } = island;
  for (const place of (await processesById(runtime, server.pid)).keys()) {
    if (pattern.test(place)) runtime.sendExit(await processAt(runtime, server.pid, place), 'kill');
  }
  await settle(20);
}

describe('a storm of faults', () => {
  test('that fells every acceptor worker again and again costs no connection', async () => {
    await using island = await TestIsland.start(echo, { acceptors: ACCEPTORS });
    const clients = [];
    for (let each = 0; each < ACCEPTORS; each++) clients.push(await served(island));
    for (let round = 0; round < 10; round++) await killAll(island, /acceptorWorker$/);
    for (const client of clients) {
      await client.send('y');
      expect(await client.readText(1)).toBe('y');
    }
    await served(island);
    expect((await island.server.info()).activeConnections).toBe(ACCEPTORS + 1);
  });

  test('that fells every acceptor at once leaves the listener and the server as they are', async () => {
    await using island = await TestIsland.start(echo, { acceptors: ACCEPTORS });
    const { runtime, server } = island;
    const before = await processesById(runtime, server.pid);
    const stops = Channel.of(server.events, 'listener:stop');
    for (let each = 0; each < ACCEPTORS; each++) await served(island);
    await killAll(island, /acceptor-\d+$/);
    await served(island);
    const after = await processesById(runtime, server.pid);
    for (const place of ['', 'listener', 'acceptorSupervisor', 'shutdownListener'])
      expect(after.get(place)).toBe(before.get(place));
    expect(stops.seen).toEqual([]);
    expect((await server.info()).activeConnections).toBe(1);
  });

  test('in a handler that crashes at once for every client is none for the server', async () => {
    await using island = await TestIsland.start(
      {
        handleConnection: () => {
          throw new Error('boom');
        },
      },
      { acceptors: 2 },
    );
    const before = await processesById(island.runtime, island.server.pid);
    for (let each = 0; each < 50; each++) await (await island.connect()).closed;
    await settle();
    expect(await processesById(island.runtime, island.server.pid)).toEqual(before);
    expect((await island.server.info()).exits).toEqual({ crash: 50 });
  });

  test('that does not end takes the server down in the end, and nothing is left', async () => {
    await using island = await TestIsland.start(echo, { acceptors: 1, shutdownTimeout: 'brutalKill' });
    const { runtime, server } = island;
    while (runtime.isAlive(server.pid)) {
      for (const pid of runtime.processes())
        if (runtime.processInfo(pid)?.label === 'acceptorSupervisor') runtime.sendExit(pid, 'kill');
      await settle();
    }
    expect(server.status()).toBe('stopped');
  });
});

test('every process of a server says what it is', async () => {
  await using island = await TestIsland.start(echo, { acceptors: 2 });
  const { runtime, server } = island;
  const client = await served(island);
  const labels = new Map<string, number>();
  const visit = ({ label, children }: TreeNode): void => {
    labels.set(String(label), (labels.get(String(label)) ?? 0) + 1);
    for (const child of children) visit(child);
  };
  visit(await inspect.tree(runtime, server.pid));
  expect(Object.fromEntries(labels)).toEqual({
    server: 1,
    listener: 1,
    acceptorSupervisor: 1,
    'acceptor-1': 1,
    'acceptor-2': 1,
    connectionSupervisor: 2,
    acceptorWorker: 2,
    shutdownListener: 1,
    [`127.0.0.1:${client.socket.localPort}`]: 1,
  });
});
