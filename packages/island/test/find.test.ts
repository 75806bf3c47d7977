import { NoProcessError, Supervisor } from '@thousand-island/runtime';
import { type Handler, islandEvents, ThousandIsland } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { Client } from './support/client.ts';
import { TestRuntime } from './support/test-island.ts';

const echo: Handler = { handleData: (data, socket) => socket.send(data) };
const local = { host: '127.0.0.1', port: 0, handler: echo };

describe('ref', () => {
  test('finds a server that was started from a child spec, by name and by pid', async () => {
    await using runtime = new TestRuntime();
    const children = [ThousandIsland.childSpec({ ...local, name: 'web' })];
    const supervisor = await Supervisor.start(runtime, { children });
    const server = await ThousandIsland.ref(runtime, 'web');
    expect(server.pid).toBe(runtime.whereis('web'));
    expect((await ThousandIsland.ref(runtime, server.pid)).port).toBe(server.port);
    await using client = await Client.connect(server.port);
    await client.send('found');
    expect(await client.readText(5)).toBe('found');
    const { status, activeConnections, acceptors } = await server.info();
    expect([status, activeConnections, acceptors.length]).toEqual(['running', 1, 10]);
    await Supervisor.stop(runtime, supervisor);
  });

  test.each([
    ['nobody has the name', async () => 'nobody'],
    [
      'it has been stopped',
      async (runtime: TestRuntime) => {
        const server = await ThousandIsland.start(local, runtime);
        await server.stop();
        return server.pid;
      },
    ],
  ])('says so when %s', async (_what, address) => {
    await using runtime = new TestRuntime();
    await expect(ThousandIsland.ref(runtime, await address(runtime))).rejects.toBeInstanceOf(NoProcessError);
  });
});

describe('stop', () => {
  test('stops a server by its name, as often as it is started', async () => {
    await using runtime = new TestRuntime();
    for (let round = 0; round < 5; round++) {
      await ThousandIsland.start({ ...local, name: 'web' }, runtime);
      expect(await ThousandIsland.stop(runtime, 'web')).toEqual({
        kind: 'ok',
        report: { told: 0, finished: 0, forced: 0 },
      });
    }
    expect(runtime.processCount).toBe(0);
  });

  test('says that there is no such server', async () => {
    await using runtime = new TestRuntime();
    const notFound = { kind: 'error', reason: 'notFound' };
    expect(await ThousandIsland.stop(runtime, 'web')).toEqual(notFound);
    const server = await ThousandIsland.start(local, runtime);
    await server.stop();
    expect(await ThousandIsland.stop(runtime, server.pid)).toEqual(notFound);
  });
});

describe("events of one's own", () => {
  test('tell of a server from its first moment to its last', async () => {
    await using runtime = new TestRuntime();
    const events = islandEvents();
    const told: string[] = [];
    events.on('listener:start', ({ address }) => told.push(`start ${address.port}`));
    events.on('listener:stop', ({ address }) => told.push(`stop ${address.port}`));
    const server = await ThousandIsland.start({ ...local, events }, runtime);
    const { port } = server;
    await server.stop();
    expect(server.events).toBe(events);
    expect(told).toEqual([`start ${port}`, `stop ${port}`]);
  });

  test('can be shared: each server keeps its own port, and its own report', async () => {
    await using runtime = new TestRuntime();
    const events = islandEvents();
    const starts = Channel.of(events, 'listener:start');
    await using one = await ThousandIsland.start({ ...local, events }, runtime);
    await using other = await ThousandIsland.start({ ...local, events }, runtime);
    const ports = (await starts.take(2)).map(({ address }) => address.port);
    expect([one.port, other.port]).toEqual(ports);
    await using client = await Client.connect(one.port);
    await client.send('x');
    await client.read(1);
    const [first, second] = await Promise.all([one.stop(), other.stop()]);
    expect([first, second].map(({ told }) => told)).toEqual([1, 0]);
  });
});
