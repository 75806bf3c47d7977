import { settle } from '@thousand-island/runtime/testing';
import { BadOptionError, defineHandler, type LiveOptions, ServerRunningError } from '../src/index.ts';
import type { Client } from './support/client.ts';
import { processAt, processesById } from './support/processes.ts';
import { leave, served, waiting } from './support/served.ts';
import { TestIsland } from './support/test-island.ts';

const echo = defineHandler({ handleData: (data, socket) => socket.send(data) });
const teller = defineHandler({ handleData: (_data, socket, state: string) => socket.send(state) });

describe('setOptions', () => {
  test('gives handlerOptions to the connections that start from then on', async () => {
    await using island = await TestIsland.start(teller, { handlerOptions: 'old' });
    const early = await island.connect();
    await early.send('?');
    expect(await early.readText(3)).toBe('old');
    await island.server.setOptions({ handlerOptions: 'new' });
    const late = await island.connect();
    await late.send('?');
    expect(await late.readText(3)).toBe('new');
    await early.send('?');
    expect(await early.readText(3)).toBe('old');
  });

  test('changes the read timeout of the next connections', async () => {
    await using island = await TestIsland.start(echo);
    const early = await served(island);
    await island.server.setOptions({ readTimeout: 1_000 });
    const late = await served(island);
    await island.clock.advance(1_000);
    await late.closed;
    expect(early.socket.destroyed).toBe(false);
    await island.clock.advance(59_000);
    await early.closed;
  });

  test('changes whether the next connections begin with a PROXY header', async () => {
    await using island = await TestIsland.start(echo);
    await island.server.setOptions({ proxyProtocol: 'required' });
    const client = await island.connect();
    await client.send('PROXY UNKNOWN\r\nhello');
    expect(await client.readText(5)).toBe('hello');
    await island.server.setOptions({ proxyProtocol: 'off' });
    const next = await island.connect();
    await next.send('PROXY UNKNOWN');
    expect(await next.readText(13)).toBe('PROXY UNKNOWN');
  });

  test('changes how long a stop waits', async () => {
    await using island = await TestIsland.start({ ...echo, handleShutdown: () => new Promise(() => {}) });
    await served(island);
    await island.server.setOptions({ shutdownTimeout: 100 });
    const stopping = island.server.stop();
    await settle(20);
    await island.clock.advance(100);
    expect(await stopping).toEqual({ told: 1, finished: 0, forced: 1 });
  });

  test('changes how a full acceptor deals with the next client', async () => {
    await using island = await TestIsland.start(echo, {
      acceptors: 1,
      maxConnections: 1,
      maxConnectionsRetryCount: 0,
    });
    const first = await served(island);
    await (await island.connect()).closed;
    await island.server.setOptions({ whenFull: 'park' });
    const parked = await waiting(island);
    await leave(island, first);
    expect(await parked.readText(1)).toBe('x');
  });

  test('is told by info, and leaves alone what is not said', async () => {
    await using island = await TestIsland.start(echo, { maxConnections: 7 });
    await island.server.setOptions({ maxTotalConnections: 5, maxConnections: undefined } as never);
    expect(await island.server.info()).toMatchObject({ maxConnections: 7, maxTotalConnections: 5 });
  });

  test.each([
    ['readTimeout', { readTimeout: -1 }],
    ['maxConnections', { maxConnections: 'many' }],
    ['alarms.many.threshold', { alarms: { many: {} } }],
    ['port', { port: 80 }],
    ['handler', { handler: {} }],
    ['transport', { transport: {} }],
    ['prot', { prot: 80 }],
    ['options', 5],
  ])(
    'refuses by name what is wrong, unknown or not to be changed, and changes nothing: %s',
    async (option, changes) => {
      await using island = await TestIsland.start(echo, { maxConnections: 7 });
      const all = typeof changes === 'object' ? { maxConnections: 5, ...changes } : changes;
      const refusal = await island.server.setOptions(all as LiveOptions).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(BadOptionError);
      expect(refusal).toMatchObject({ option });
      expect((await island.server.info()).maxConnections).toBe(7);
      expect(island.runtime.crashes).toEqual([]);
    },
  );

  test.each([{ acceptors: 3 }, { backlog: 10 }, { noDelay: false }])(
    'needs a suspended server for %p',
    async (changes) => {
      await using island = await TestIsland.start(echo);
      const { server } = island;
      await expect(server.setOptions(changes)).rejects.toBeInstanceOf(ServerRunningError);
      await expect(server.setOptions(changes)).rejects.toThrow(Object.keys(changes)[0] as string);
      await server.suspend();
      await server.setOptions(changes);
      await server.resume();
      await served(island);
    },
  );
});

describe('acceptors, changed while the server is suspended', () => {
  async function change(island: TestIsland, acceptors: number): Promise<void> {
    await island.server.suspend();
    await island.server.setOptions({ acceptors });
    await island.server.resume();
  }

  async function ids(island: TestIsland): Promise<string[]> {
    return (await island.server.info()).acceptors.map(({ id, status }) => `${id} ${status}`);
  }

  test('can be more', async () => {
    await using island = await TestIsland.start(echo, { acceptors: 1, maxConnections: 1 });
    const before = await processesById(island.runtime, island.server.pid);
    await change(island, 3);
    expect(await ids(island)).toEqual(['acceptor-1 open', 'acceptor-2 open', 'acceptor-3 open']);
    for (let each = 0; each < 3; each++) await served(island);
    const after = await processesById(island.runtime, island.server.pid);
    const place = 'acceptorSupervisor/acceptor-1/acceptorWorker';
    expect(after.get(place)).toBe(before.get(place));
  });

  test('can be fewer: one too many goes when its last connection has', async () => {
    await using island = await TestIsland.start(echo, { acceptors: 3 });
    const clients: Client[] = [];
    for (let each = 0; each < 3; each++) clients.push(await served(island));
    await change(island, 1);
    expect(await ids(island)).toEqual(['acceptor-1 open', 'acceptor-2 retired', 'acceptor-3 retired']);
    for (const client of clients) {
      await client.send('y');
      expect(await client.readText(1)).toBe('y');
    }
    for (let each = 0; each < 4; each++) await served(island);
    expect((await island.server.info()).acceptors.map((each) => each.activeConnections)).toEqual([5, 1, 1]);
    for (const client of clients) await leave(island, client);
    await settle(20);
    expect(await ids(island)).toEqual(['acceptor-1 open']);
    const places = [...(await processesById(island.runtime, island.server.pid)).keys()];
    expect(places.some((place) => place.includes('acceptor-2'))).toBe(false);
  });

  test('can be fewer also when the last connection goes while nobody is there to be told', async () => {
    await using island = await TestIsland.start(echo, { acceptors: 2 });
    await served(island);
    await served(island);
    await change(island, 1);
    const { runtime, server } = island;
    const connection = await processAt(
      runtime,
      server.pid,
      'acceptorSupervisor/acceptor-2/connectionSupervisor/connection',
    );
    runtime.sendExit(await processAt(runtime, server.pid, 'shutdownListener'), 'kill');
    runtime.sendExit(connection, 'kill');
    await settle(20);
    expect(await ids(island)).toEqual(['acceptor-1 open']);
  });

  test('can be taken back before the last connection has gone', async () => {
    await using island = await TestIsland.start(echo, { acceptors: 2 });
    const clients = [await served(island), await served(island)];
    await change(island, 1);
    await change(island, 2);
    expect(await ids(island)).toEqual(['acceptor-1 open', 'acceptor-2 open']);
    for (const client of clients) await leave(island, client);
    await served(island);
    expect(await ids(island)).toEqual(['acceptor-1 open', 'acceptor-2 open']);
  });
});
