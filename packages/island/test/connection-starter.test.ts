import { defineServer, GenServer, type Started } from '@thousand-island/runtime';
import { settle } from '@thousand-island/runtime/testing';
import { type Handler, takeSocket } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { served } from './support/served.ts';
import { TestIsland } from './support/test-island.ts';

const bystander = defineServer({ init: () => null });

/** A handler that echoes, except that it starts as the test says when it is told to. */
function startsAs(start: () => Started | Promise<Started>): {
  handler: Handler;
  as: (other: boolean) => void;
  begun: Channel<void>;
} {
  const begun = new Channel<void>();
  let isOther = false;
  const as = (other: boolean): void => {
    isOther = other;
  };
  const handler: Handler = {
    startConnection(socket, supervisor) {
      if (isOther) {
        begun.push();
        return start();
      }
      return supervisor.spawnLink(async (self) => {
        await takeSocket(socket, self);
        for (;;) await socket.send(await socket.recv(0, { timeout: 'infinity' }));
      });
    },
  };
  return { handler, begun, as };
}

const never = (): Promise<Started> => new Promise(() => {});

describe('a startConnection that never comes to an end', () => {
  test.each([
    [15_000, 5_000],
    ['infinity', 5_000],
    [700, 700],
    ['brutalKill', 0],
  ] as const)(
    'does not keep the server from stopping, with a shutdownTimeout of %p',
    async (shutdownTimeout, afterMs) => {
      const { handler, as, begun } = startsAs(never);
      await using island = await TestIsland.start(handler, { acceptors: 1, shutdownTimeout });
      const first = await served(island);
      as(true);
      const late = await island.connect();
      await begun.next();
      const stopped = island.server.stop();
      await settle(20);
      if (afterMs > 0) await island.clock.advance(afterMs - 1);
      expect(island.runtime.processCount).toBeGreaterThan(0);
      await island.clock.advance(1);
      // The others are told, and have all their time, as soon as that is given up.
      const isKilled = shutdownTimeout === 'brutalKill';
      expect(await stopped).toEqual({
        told: isKilled ? 0 : 1,
        finished: isKilled ? 0 : 1,
        forced: isKilled ? 1 : 0,
      });
      await Promise.all([first.closed, late.closed]);
      expect(island.runtime.processCount).toBe(0);
    },
  );

  test('is told as a client that was not let in, for the sake of a drain; the next one is started as ever', async () => {
    const { handler, as, begun } = startsAs(never);
    await using island = await TestIsland.start(handler, { acceptors: 1 });
    const told = Channel.of(island.server.events, 'acceptor:spawnError');
    as(true);
    const client = await island.connect();
    await begun.next();
    const drained = island.server.drain({ acceptor: 'acceptor-1' });
    await settle(20);
    await island.clock.advance(5_000);
    expect(await drained).toEqual({ told: 0, finished: 0, forced: 0 });
    await client.closed;
    expect(await told.next()).toMatchObject({ reason: 'shutdown' });
    expect(await island.server.info()).toMatchObject({ refusals: { shutdown: 1 }, allConnections: 0 });
    await island.server.resume({ acceptor: 'acceptor-1' });
    as(false);
    await served(island);
  });

  test('leaves no process behind that comes when nobody waits for it any more', async () => {
    const go = new Channel<void>();
    let island: TestIsland | undefined;
    const { handler, as, begun } = startsAs(async () => {
      await go.next();
      return GenServer.start((island as TestIsland).runtime, bystander, undefined);
    });
    await using started = await TestIsland.start(handler, { acceptors: 1 });
    island = started;
    as(true);
    await island.connect();
    await begun.next();
    const drained = island.server.drain({ acceptor: 'acceptor-1' });
    await settle(20);
    await island.clock.advance(5_000);
    await drained;
    const before = island.runtime.processCount;
    go.push();
    await settle(20);
    expect(island.runtime.processCount).toBe(before);
  });
});

describe('what a startConnection has begun and forgotten', () => {
  const forgotten = new Error('forgotten');
  const fail = (): never => {
    throw forgotten;
  };

  test('makes that start fail, if it has not come to an end, and harms no other connection', async () => {
    const { handler, as } = startsAs(() => {
      setImmediate(fail);
      return never();
    });
    await using island = await TestIsland.start(handler, { acceptors: 1 });
    const told = Channel.of(island.server.events, 'acceptor:spawnError');
    const first = await served(island);
    as(true);
    for (let round = 0; round < 3; round++) {
      const client = await island.connect();
      await client.closed;
      expect(await told.next()).toMatchObject({ reason: forgotten });
    }
    expect(island.runtime.crashes).toEqual([forgotten, forgotten, forgotten]);
    await first.send('y');
    expect(await first.readText(1)).toBe('y');
  });

  test('is told as a crash, if it fails afterwards, and harms no connection', async () => {
    const { handler, as, begun } = startsAs(() => {
      setImmediate(fail);
      return { kind: 'ignore' };
    });
    await using island = await TestIsland.start(handler, { acceptors: 1 });
    const first = await served(island);
    as(true);
    await island.connect();
    await begun.next();
    await settle(20);
    expect(island.runtime.crashes).toEqual([forgotten]);
    await first.send('y');
    expect(await first.readText(1)).toBe('y');
  });
});
