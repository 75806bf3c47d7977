import { type Pid, Supervisor } from '@thousand-island/runtime';
import { settle } from '@thousand-island/runtime/testing';
import { defineHandler, type RunningServer, type SocketAddress, ThousandIsland } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { Client } from './support/client.ts';
import { processAt } from './support/processes.ts';
import { served } from './support/served.ts';
import { TestIsland, TestRuntime } from './support/test-island.ts';

const echo = defineHandler({ handleData: (data, socket) => socket.send(data) });

/** A `postListen` that is content with the first address, and then says what the test has it say. */
function secondThoughts(): {
  postListen: (address: SocketAddress) => unknown;
  asked: Channel<void>;
  say: Channel<Error | undefined>;
} {
  const asked = new Channel<void>();
  const say = new Channel<Error | undefined>();
  let isFirst = true;
  return {
    asked,
    say,
    async postListen() {
      if (isFirst) {
        isFirst = false;
        return;
      }
      asked.push();
      const refusal = await say.next();
      if (refusal !== undefined) throw refusal;
    },
  };
}

describe('a postListen that takes its time at a resume', () => {
  test('does not keep the server from stopping', async () => {
    const { postListen, asked } = secondThoughts();
    await using island = await TestIsland.start(echo, { postListen });
    await served(island);
    await island.server.suspend();
    const resumed = island.server.resume();
    await asked.next();
    const stopped = island.server.stop();
    await expect(resumed).rejects.toMatchObject({ code: 'ISLAND_LISTEN_FAILED', reason: 'postListen' });
    expect(await stopped).toEqual({ told: 1, finished: 1, forced: 0 });
    expect(island.runtime.processCount).toBe(0);
    expect(island.runtime.crashes).toEqual([]);
  });

  test('does not keep the server from stopping when its Listener has crashed', async () => {
    const { postListen, asked } = secondThoughts();
    await using island = await TestIsland.start(echo, { postListen });
    island.runtime.sendExit(await processAt(island.runtime, island.server.pid, 'listener'), 'kill');
    await asked.next();
    await island.server.stop();
    expect(island.runtime.processCount).toBe(0);
    await expect(Client.connect(island.server.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('does not keep the server from stopping that is told to before its new Listener has asked', async () => {
    const { postListen } = secondThoughts();
    await using island = await TestIsland.start(echo, { postListen });
    island.runtime.sendExit(await processAt(island.runtime, island.server.pid, 'listener'), 'kill');
    await island.server.stop();
    expect(island.runtime.processCount).toBe(0);
  });

  test.each(['before', 'when'])(
    'does not keep the supervisor above from stopping %s the Listener that has crashed asks again',
    async (order) => {
      const { postListen, asked } = secondThoughts();
      await using runtime = new TestRuntime();
      const options = { host: '127.0.0.1', port: 0, handler: echo, postListen };
      const app = await Supervisor.start(runtime, { children: [ThousandIsland.childSpec(options)] });
      const [child] = await Supervisor.whichChildren(runtime, app);
      runtime.sendExit(await processAt(runtime, child?.pid as Pid, 'listener'), 'kill');
      if (order === 'when') await asked.next();
      await Supervisor.stop(runtime, app);
      expect(runtime.processCount).toBe(0);
    },
  );

  test('does not keep the server that was started with a link from ending with its starter', async () => {
    const { postListen, asked } = secondThoughts();
    await using runtime = new TestRuntime();
    const started = new Channel<RunningServer>();
    const starter = runtime.spawn(async (self) => {
      const options = { host: '127.0.0.1', port: 0, handler: echo, postListen };
      started.push(await ThousandIsland.startLink(self, options));
      await self.receive({ match: () => false });
    });
    const { pid } = await started.next();
    runtime.sendExit(await processAt(runtime, pid, 'listener'), 'kill');
    await asked.next();
    const ended = runtime.ended(pid);
    runtime.sendExit(starter, 'kill');
    expect(await ended).toBe('killed');
  });

  test.each([
    ['a drain', 300, (server: RunningServer) => server.drain({ timeout: 300 })],
    ['a drain that has long', 5_000, (server: RunningServer) => server.drain({ timeout: 'infinity' })],
    ['a suspension', 5_000, (server: RunningServer) => server.suspend()],
  ])('is broken off by %s, which does not wait for it for ever', async (_, ms, leave) => {
    const { postListen, asked } = secondThoughts();
    await using island = await TestIsland.start(echo, { postListen });
    const client = await served(island);
    await island.server.suspend();
    const resumed = island.server.resume().catch((error: Error) => error);
    await asked.next();
    const left = leave(island.server);
    await settle();
    await island.clock.advance(ms - 1);
    expect(island.server.status()).toBe('suspended');
    expect(await island.server.connections()).toHaveLength(1);
    await island.clock.advance(1);
    expect(await resumed).toMatchObject({ code: 'ISLAND_LISTEN_FAILED', reason: 'postListen' });
    const report = await left;
    expect(report ?? { told: 0 }).toMatchObject({ told: report === undefined ? 0 : 1 });
    expect(client.socket.destroyed).toBe(report !== undefined);
    expect(island.server.status()).toBe('suspended');
    expect(island.runtime.crashes).toEqual([]);
  });

  test('has the time that a drain behind it gives it', async () => {
    const { postListen, asked, say } = secondThoughts();
    await using island = await TestIsland.start(echo, { postListen });
    await served(island);
    await island.server.suspend();
    const resumed = island.server.resume();
    await asked.next();
    const drained = island.server.drain({ timeout: 300 });
    await settle();
    await island.clock.advance(299);
    say.push(undefined);
    await resumed;
    expect(await drained).toMatchObject({ told: 1, finished: 1 });
    expect(island.server.status()).toBe('suspended');
  });

  test.each([
    ['served when it is content', undefined, 'x'],
    ['closed when it is not', new Error('not now'), ''],
  ])('has clients wait, who are %s', async (_, refusal, answer) => {
    const { postListen, asked, say } = secondThoughts();
    await using island = await TestIsland.start(echo, { postListen });
    await island.server.suspend();
    const resumed = island.server.resume().catch((error: Error) => error);
    await asked.next();
    const client = await island.connect();
    client.end('x');
    await settle(20);
    expect(await island.server.connections()).toEqual([]);
    say.push(refusal);
    expect(await resumed).toEqual(
      refusal && expect.objectContaining({ reason: 'postListen', cause: refusal }),
    );
    expect((await client.readAll()).toString()).toBe(answer);
    expect(island.server.status()).toBe(refusal === undefined ? 'running' : 'suspended');
  });

  test('ends when the server is killed, and nobody listens any more', async () => {
    const { postListen, asked } = secondThoughts();
    await using island = await TestIsland.start(echo, { postListen });
    await island.server.suspend();
    const resumed = island.server.resume();
    resumed.catch(() => {});
    await asked.next();
    island.runtime.sendExit(island.server.pid, 'kill');
    await expect(resumed).rejects.toThrow();
    await settle();
    expect(island.runtime.processCount).toBe(0);
    await expect(Client.connect(island.server.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('what a postListen has started and forgotten', () => {
  const forgotten = new Error('forgotten');
  const fail = (): never => {
    throw forgotten;
  };

  test('makes the start fail, if it fails before that has said that it is content', async () => {
    const postListen = (): Promise<void> => {
      setImmediate(fail);
      return new Promise(() => {});
    };
    await expect(TestIsland.start(echo, { postListen })).rejects.toMatchObject({
      reason: 'postListen',
      cause: forgotten,
    });
  });

  test('is told as a crash, and harms nobody, if it fails afterwards', async () => {
    const fails = new Channel<void>();
    const postListen = (): void => {
      setImmediate(async () => {
        await fails.next();
        setImmediate(fail);
      });
    };
    await using island = await TestIsland.start(echo, { postListen });
    const client = await served(island);
    const listener = await processAt(island.runtime, island.server.pid, 'listener');
    fails.push();
    await settle(20);
    expect(island.runtime.crashes).toEqual([forgotten]);
    expect(await processAt(island.runtime, island.server.pid, 'listener')).toBe(listener);
    await client.send('y');
    expect(await client.readText(1)).toBe('y');
  });
});
