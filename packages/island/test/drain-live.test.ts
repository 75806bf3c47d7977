import { settle } from '@thousand-island/runtime/testing';
import fc from 'fast-check';
import { drainBatches } from '../src/drain.ts';
import {
  BadOptionError,
  close,
  type DrainReport,
  defineHandler,
  type Handler,
  type ServerStatus,
  ThousandIsland,
} from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { Client } from './support/client.ts';
import { isPending } from './support/is-pending.ts';
import { served, waiting } from './support/served.ts';
import { TestIsland } from './support/test-island.ts';

/** Says goodbye when it is shut down. */
const polite: Handler = {
  handleData: (data, socket) => socket.send(data),
  handleShutdown: (socket) => socket.send('bye'),
};

/** Finishes as its protocol does: it says that it goes, and closes when the client has said so too. */
function goingAway(told = new Channel<string>()) {
  return defineHandler({
    handleData: (data, socket) => (data.toString() === 'ok' ? close() : socket.send(data)),
    handleDrain: (socket) => {
      told.push('drain');
      return socket.send('going away');
    },
    handleShutdown: () => told.push('shutdown'),
    handleClose: () => told.push('close'),
  });
}

describe('a drain of a server', () => {
  test('accepts no more, tells the connections, reports, and leaves the server suspended', async () => {
    await using island = await TestIsland.start(polite);
    const { server } = island;
    const drained = Channel.of(server.events, 'server:drained');
    const clients = [await served(island), await served(island)];
    const report = await server.drain();
    expect(report).toEqual({ told: 2, finished: 2, forced: 0 });
    expect(drained.seen).toEqual([{ server: server.pid, report }]);
    for (const client of clients) expect((await client.readAll()).toString()).toBe('bye');
    expect(server.status()).toBe('suspended');
    await expect(Client.connect(server.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.resume();
    expect(server.status()).toBe('running');
    await served(island);
  });

  test('lets a handler that can finish politely do so: it is told once, and goes on until it is done', async () => {
    const told = new Channel<string>();
    await using island = await TestIsland.start(goingAway(told));
    const client = await served(island);
    const draining = island.server.drain();
    expect(await client.readText(10)).toBe('going away');
    await client.send('still here');
    expect(await client.readText(10)).toBe('still here');
    expect(await isPending(draining)).toBe(true);
    const stopping = island.server.stop();
    await settle(20);
    await client.send('ok');
    expect(await stopping).toEqual({ told: 1, finished: 1, forced: 0 });
    expect(told.seen).toEqual(['drain', 'close']);
    await draining;
  });

  test('kills those that are left when its time is up', async () => {
    await using island = await TestIsland.start(goingAway(), { shutdownTimeout: 60_000 });
    await served(island);
    const gone = await served(island);
    const draining = island.server.drain({ timeout: 3_000 });
    await gone.send('ok');
    await island.clock.advance(2_999);
    expect(await isPending(draining)).toBe(true);
    await island.clock.advance(1);
    expect(await draining).toEqual({ told: 2, finished: 1, forced: 1 });
  });

  test("with 'brutalKill' tells nobody", async () => {
    const told = new Channel<string>();
    await using island = await TestIsland.start(goingAway(told));
    await served(island);
    expect(await island.server.drain({ timeout: 'brutalKill' })).toEqual({ told: 0, finished: 0, forced: 1 });
    expect(told.seen).toEqual([]);
  });

  test("with 'infinity' waits for the last one", async () => {
    await using island = await TestIsland.start(goingAway(), { readTimeout: 'infinity' });
    const client = await served(island);
    const draining = island.server.drain({ timeout: 'infinity' });
    await island.clock.advance(10_000_000_000);
    expect(await isPending(draining)).toBe(true);
    await client.send('ok');
    expect(await draining).toEqual({ told: 1, finished: 1, forced: 0 });
  });

  test('twice at once is one drain', async () => {
    const told = new Channel<string>();
    await using island = await TestIsland.start(goingAway(told));
    const client = await served(island);
    const drains = [island.server.drain(), island.server.drain({ timeout: 1 })];
    await client.read(10);
    await client.send('ok');
    const report = { told: 1, finished: 1, forced: 0 };
    expect(await Promise.all(drains)).toEqual([report, report]);
    expect(told.seen).toEqual(['drain', 'close']);
  });

  test('of a suspended server, and of one without connections, is over at once', async () => {
    await using island = await TestIsland.start(polite);
    expect(await island.server.drain()).toEqual({ told: 0, finished: 0, forced: 0 });
    await island.server.drain();
    await island.server.resume();
    await served(island);
    await island.server.suspend();
    expect(await island.server.drain()).toEqual({ told: 1, finished: 1, forced: 0 });
    expect(island.server.status()).toBe('suspended');
  });

  test('closes those that wait for a place, and does not give them those that get free', async () => {
    await using island = await TestIsland.start(polite, { acceptors: 1, maxConnections: 1 });
    await served(island);
    const held = await waiting(island);
    const queued = await waiting(island);
    await island.server.drain();
    await queued.closed;
    await island.clock.advance(1_000);
    await held.closed;
    expect(held.socket.bytesRead + queued.socket.bytesRead).toBe(0);
  });

  test('is broken off by resume: nobody is killed, and the server accepts again', async () => {
    const told = new Channel<string>();
    await using island = await TestIsland.start(goingAway(told));
    const client = await served(island);
    const draining = island.server.drain();
    await client.read(10);
    await island.server.resume();
    expect(await draining).toEqual({ told: 1, finished: 0, forced: 0 });
    await island.clock.advance(1_000_000);
    await served(island);
    expect(island.server.status()).toBe('running');
  });

  test('is answered when the server is stopped meanwhile', async () => {
    await using island = await TestIsland.start(goingAway(), { shutdownTimeout: 1_000 });
    const client = await served(island);
    const draining = island.server.drain({ timeout: 'infinity' });
    await client.read(10);
    const stopping = island.server.stop();
    expect(await draining).toEqual({ told: 1, finished: 0, forced: 0 });
    await island.clock.advance(1_000);
    expect(await stopping).toEqual({ told: 1, finished: 0, forced: 1 });
  });

  test('whose process is killed is over', async () => {
    await using island = await TestIsland.start(goingAway());
    const client = await served(island);
    const draining = island.server.drain();
    await client.read(10);
    const pid = island.runtime
      .processes()
      .find((each) => island.runtime.processInfo(each)?.label === 'drain server');
    if (pid === undefined) throw new Error('there is no drain');
    island.runtime.sendExit(pid, 'kill');
    expect(await draining).toEqual({ told: 1, finished: 0, forced: 0 });
    expect(island.server.status()).toBe('suspended');
    await client.send('ok');
  });

  test.each([
    ['its own process is', 'drain server'],
    ['the ShutdownListener is', 'shutdownListener'],
    ['the AcceptorSupervisor is', 'acceptorSupervisor'],
  ])('is over when %s killed before it has begun, and the server is suspended', async (_what, label) => {
    await using island = await TestIsland.start(polite);
    const { server, runtime } = island;
    const draining = server.drain({ delay: 5_000 });
    await settle(20);
    const pid = runtime.processes().find((each) => runtime.processInfo(each)?.label === label);
    if (pid === undefined) throw new Error(`there is no ${label}`);
    runtime.sendExit(pid, 'kill');
    await draining.catch(() => {});
    await settle(20);
    expect(server.status()).toBe('suspended');
    await expect(Client.connect(server.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await server.resume();
    await served(island);
  });

  test.each([
    ['timeout', { timeout: -1 }],
    ['timeout', { timeout: 'never' }],
    ['window', { window: 'infinity' }],
    ['delay', { delay: 1.5 }],
    ['acceptor', { acceptor: 5 }],
    ['pace', { pace: 1 }],
  ])('refuses what cannot be meant, by name: %s in %p', async (option, options) => {
    await using island = await TestIsland.start(polite);
    const refusal = await island.server.drain(options as never).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(BadOptionError);
    expect(refusal).toMatchObject({ option });
  });
});

describe('drainDelay', () => {
  test('accepts for a while, and says meanwhile that the server drains', async () => {
    await using island = await TestIsland.start(polite, { drainDelay: 5_000 });
    const { server } = island;
    const statuses = Channel.of(server.events, 'server:status');
    const draining = server.drain();
    expect((await statuses.next()).status).toBe('draining');
    await served(island);
    await island.clock.advance(4_999);
    await served(island);
    expect(server.status()).toBe('draining');
    await island.clock.advance(1);
    expect(await draining).toEqual({ told: 2, finished: 2, forced: 0 });
    expect(statuses.seen.map(({ status }) => status)).toEqual([
      'draining',
      'suspended',
    ] satisfies ServerStatus[]);
  });

  test('holds for a stop too', async () => {
    await using island = await TestIsland.start(polite, { drainDelay: 5_000 });
    const stopping = island.server.stop();
    await served(island);
    expect(island.server.status()).toBe('stopping');
    await island.clock.advance(5_000);
    expect(await stopping).toEqual({ told: 1, finished: 1, forced: 0 });
    expect(island.server.status()).toBe('stopped');
  });

  test('can be cut short by resume', async () => {
    await using island = await TestIsland.start(polite);
    const draining = island.server.drain({ delay: 5_000 });
    await settle();
    await island.server.resume();
    expect(await draining).toEqual({ told: 0, finished: 0, forced: 0 });
    await island.clock.advance(5_000);
    await served(island);
  });
});

describe('drainWindow', () => {
  test('tells the connections in batches over a window, and gives the last of them the whole timeout', async () => {
    const told = new Channel<string>();
    await using island = await TestIsland.start(goingAway(told));
    for (let each = 0; each < 10; each++) await served(island);
    const draining = island.server.drain({ window: 1_000, timeout: 500 });
    await settle(20);
    expect(told.seen).toHaveLength(1);
    await island.clock.advance(499);
    await settle(20);
    expect(told.seen).toHaveLength(5);
    await island.clock.advance(401);
    await settle(20);
    expect(told.seen).toHaveLength(10);
    await island.clock.advance(499);
    expect(await isPending(draining)).toBe(true);
    await island.clock.advance(1);
    expect(await draining).toEqual({ told: 10, finished: 0, forced: 10 });
  });

  test('does not tell those who have gone before their turn', async () => {
    const told = new Channel<string>();
    await using island = await TestIsland.start(goingAway(told));
    const clients = [await served(island), await served(island), await served(island)];
    const draining = island.server.drain({ window: 3_000 });
    await settle(20);
    for (const client of clients) await client.send('ok');
    const report = await draining;
    expect(report).toEqual({ told: 1, finished: 1, forced: 0 });
  });

  test('all are told within it, in even batches that are not too many', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.nat(600_000), (count, windowMs) => {
        const { size, everyMs } = drainBatches(count, windowMs);
        const batches = Math.ceil(count / size);
        expect(size).toBeGreaterThanOrEqual(1);
        expect(Math.max(0, batches - 1) * everyMs).toBeLessThanOrEqual(windowMs);
        expect(batches).toBeLessThanOrEqual(Math.max(1, Math.ceil(windowMs / 50)));
      }),
    );
  });
});

test('suspend, resume and drain in any order, many at a time, end where the last one says', async () => {
  const step = fc.constantFrom('suspend', 'resume', 'drain');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      await using island = await TestIsland.start(polite);
      const { server, runtime } = island;
      await served(island);
      const asked = steps.map((each): Promise<DrainReport | void> => {
        if (each === 'suspend') return server.suspend();
        return each === 'resume' ? server.resume() : server.drain();
      });
      await Promise.all(asked);
      const last = steps.at(-1) === 'resume' ? 'running' : 'suspended';
      expect(server.status()).toBe(last);
      expect((await server.info()).address === undefined).toBe(last === 'suspended');
      await server.resume();
      await served(island);
      expect(runtime.crashes).toEqual([]);
    }),
    { numRuns: 40 },
  );
});

test('a stop goes on when the one who asked for it dies', async () => {
  await using island = await TestIsland.start(goingAway(), { shutdownTimeout: 1_000 });
  const client = await served(island);
  const { server, runtime } = island;
  const caller = runtime.spawn(async (self) => {
    await ThousandIsland.stop(self, server.pid);
  });
  expect(await client.readText(10)).toBe('going away');
  runtime.sendExit(caller, 'kill');
  await client.send('ok');
  await runtime.ended(server.pid);
  expect(server.status()).toBe('stopped');
  await expect(server.info()).rejects.toMatchObject({ code: 'OTP_NOPROC' });
});
