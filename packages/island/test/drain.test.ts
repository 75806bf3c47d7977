import { Supervisor } from '@thousand-island/runtime';
import { settle } from '@thousand-island/runtime/testing';
import { type Handler, ThousandIsland } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { Client } from './support/client.ts';
import { isPending } from './support/is-pending.ts';
import { TestIsland, TestRuntime } from './support/test-island.ts';

/** Says hi and goodbye; 'busy' keeps it busy until `go`, 'stuck' for ever. */
function worker(go = new Channel<void>(), told = new Channel<string>()): Handler {
  return {
    handleConnection: (socket) => socket.send('hi'),
    async handleData(data, socket) {
      if (data.toString() === 'stuck') await new Promise(() => {});
      if (data.toString() === 'busy') await go.next();
      await socket.send(`${data} done, `);
    },
    async handleShutdown(socket) {
      told.push('shutdown');
      await socket.send('bye');
    },
    handleClose: () => told.push('close'),
    handleError: () => told.push('error'),
  };
}

async function greeted(island: TestIsland, first?: string): Promise<Client> {
  const client = await island.connect();
  await client.read(2);
  if (first !== undefined) {
    await client.send(first);
    await settle(20);
  }
  return client;
}

describe('a server that stops', () => {
  test('tells idle connections, which end at once, and says how many there were', async () => {
    const told = new Channel<string>();
    await using island = await TestIsland.start(worker(undefined, told));
    const drained = Channel.of(island.server.events, 'server:drained');
    const clients = await Promise.all(Array.from({ length: 30 }, () => greeted(island)));
    const report = await island.server.stop();
    expect(report).toEqual({ told: 30, finished: 30, forced: 0 });
    expect(drained.seen).toEqual([{ server: island.server.pid, report }]);
    for (const client of clients) {
      expect((await client.readAll()).toString()).toBe('bye');
      expect(await client.closed).toBe('end');
    }
    expect(told.seen).toEqual(Array(30).fill('shutdown'));
    expect(island.runtime.processCount).toBe(0);
  });

  test('lets a busy callback finish first', async () => {
    const go = new Channel<void>();
    await using island = await TestIsland.start(worker(go));
    const idle = await greeted(island);
    const busy = await greeted(island, 'busy');
    const stopping = island.server.stop();
    expect((await idle.readAll()).toString()).toBe('bye');
    await island.clock.advance(14_999);
    expect(await isPending(stopping)).toBe(true);
    go.push();
    expect(await stopping).toEqual({ told: 2, finished: 2, forced: 0 });
    expect((await busy.readAll()).toString()).toBe('busy done, bye');
  });

  test('kills those that are stuck when shutdownTimeout is up', async () => {
    const told = new Channel<string>();
    await using island = await TestIsland.start(worker(undefined, told), {
      shutdownTimeout: 2_000,
      acceptors: 3,
    });
    const stops = Channel.of(island.server.events, 'connection:stop');
    const idle = await greeted(island);
    const stuck = await Promise.all(Array.from({ length: 6 }, () => greeted(island, 'stuck')));
    const stopping = island.server.stop();
    await idle.closed;
    await island.clock.advance(1_999);
    expect(await isPending(stopping)).toBe(true);
    // One time for all, however many acceptors have something stuck.
    await island.clock.advance(1);
    expect(await stopping).toEqual({ told: 7, finished: 1, forced: 6 });
    for (const client of stuck) await client.closed;
    expect(told.seen).toEqual(['shutdown']);
    expect((await stops.take(7)).map((each) => each.error)).toEqual([undefined, ...Array(6).fill('killed')]);
  });

  test('gives them 15 s unless said', async () => {
    await using island = await TestIsland.start(worker());
    await greeted(island, 'stuck');
    const stopping = island.server.stop();
    await island.clock.advance(14_999);
    expect(await isPending(stopping)).toBe(true);
    await island.clock.advance(1);
    expect(await stopping).toEqual({ told: 1, finished: 0, forced: 1 });
  });

  test('cuts a last word that the client does not want to hear', async () => {
    await using island = await TestIsland.start(
      {
        handleConnection: (socket) => socket.send('hi'),
        handleShutdown: (socket) => socket.send(Buffer.alloc(32 * 1024 * 1024)),
      },
      { shutdownTimeout: 3_000 },
    );
    const client = await greeted(island);
    client.socket.pause();
    const stopping = island.server.stop();
    await island.clock.advance(2_999);
    expect(await isPending(stopping)).toBe(true);
    await island.clock.advance(1);
    expect(await stopping).toEqual({ told: 1, finished: 0, forced: 1 });
  });

  test.each(['brutalKill', 0] as const)(
    'kills all at once when shutdownTimeout is %s',
    async (shutdownTimeout) => {
      const told = new Channel<string>();
      await using island = await TestIsland.start(worker(undefined, told), { shutdownTimeout });
      const clients = [await greeted(island), await greeted(island, 'stuck')];
      expect(await island.server.stop()).toMatchObject({ finished: 0, forced: 2 });
      for (const client of clients) expect((await client.readAll()).toString()).toBe('');
      expect(told.seen).toEqual([]);
    },
  );

  test('waits for ever when shutdownTimeout is infinity', async () => {
    const go = new Channel<void>();
    await using island = await TestIsland.start(worker(go), { shutdownTimeout: 'infinity' });
    await greeted(island, 'busy');
    const stopping = island.server.stop();
    await island.clock.advance(1_000_000_000);
    expect(await isPending(stopping)).toBe(true);
    go.push();
    expect(await stopping).toEqual({ told: 1, finished: 1, forced: 0 });
  });

  test('refuses new clients while it drains', async () => {
    const go = new Channel<void>();
    await using island = await TestIsland.start(worker(go));
    await greeted(island, 'busy');
    const stopping = island.server.stop();
    await settle();
    await expect(Client.connect(island.server.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    go.push();
    await stopping;
  });

  test('serves nobody any more who still waited for an acceptor', async () => {
    const go = new Channel<void>();
    const told = new Channel<string>();
    await using island = await TestIsland.start(worker(go, told), { acceptors: 2, maxConnections: 1 });
    const started = Channel.of(island.server.events, 'connection:start');
    await greeted(island, 'busy');
    const idle = await greeted(island);
    const waiting = await Promise.all(Array.from({ length: 4 }, () => island.connect()));
    await settle(20);
    const stopping = island.server.stop();
    await idle.closed;
    await island.clock.advance(3_000);
    expect(await isPending(stopping)).toBe(true);
    go.push();
    expect(await stopping).toEqual({ told: 2, finished: 2, forced: 0 });
    for (const client of waiting) await client.closed;
    expect(started.seen).toHaveLength(2);
  });

  test('is not kept by a connection that is still being made', async () => {
    const told = new Channel<string>();
    await using island = await TestIsland.start(
      { ...worker(undefined, told), init: () => new Promise(() => {}) },
      { acceptors: 2, shutdownTimeout: 5_000 },
    );
    const client = await island.connect();
    await settle(20);
    const stopping = island.server.stop();
    await island.clock.advance(5_000);
    expect(await stopping).toMatchObject({ finished: 0 });
    await client.closed;
    expect(told.seen).toEqual([]);
  });

  test('drains also when it is stopped by a supervisor of the user', async () => {
    await using runtime = new TestRuntime();
    const go = new Channel<void>();
    const children = [
      ThousandIsland.childSpec({ host: '127.0.0.1', port: 0, handler: worker(go), name: 'web' }),
    ];
    const supervisor = await Supervisor.start(runtime, { children });
    const [listener] = await Supervisor.whichChildren(runtime, 'web').then((all) =>
      all.filter((each) => each.id === 'listener'),
    );
    if (listener?.pid === undefined) throw new Error('there is no listener');
    const at = String(runtime.processInfo(listener.pid)?.description?.details?.at);
    await using client = await Client.connect(Number(at.split(':')[1]));
    await client.read(2);
    await client.send('busy');
    await settle(20);
    const stopping = Supervisor.stop(runtime, supervisor);
    expect(await isPending(stopping)).toBe(true);
    go.push();
    await stopping;
    expect((await client.readAll()).toString()).toBe('busy done, bye');
    expect(runtime.processCount).toBe(0);
  });
});
