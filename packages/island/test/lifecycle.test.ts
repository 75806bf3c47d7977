import { once } from 'node:events';
import { createServer } from 'node:net';
import { NameTakenError, StartFailedError, Supervisor } from '@thousand-island/runtime';
import { settle } from '@thousand-island/runtime/testing';
import { defineHandler, ListenFailedError, ThousandIsland } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { Client } from './support/client.ts';
import { TestIsland, TestRuntime } from './support/test-island.ts';

const echo = defineHandler({ handleData: (data, socket) => socket.send(data) });
const local = { host: '127.0.0.1', port: 0, handler: echo };

async function refusal(port: number): Promise<unknown> {
  return Client.connect(port).then(
    async (client) => {
      await client[Symbol.asyncDispose]();
      return 'connected';
    },
    (error: NodeJS.ErrnoException) => error.code,
  );
}

describe('start', () => {
  test('resolves when clients can connect, at the port that was found for 0', async () => {
    await using island = await TestIsland.start(echo);
    expect(island.server.port).toBeGreaterThan(0);
    expect(island.server.address).toEqual({ address: '127.0.0.1', port: island.server.port, family: 'IPv4' });
    const client = await island.connect();
    await client.send('hello');
    expect(await client.readText(5)).toBe('hello');
  });

  test('listens at all addresses when no host is said', async () => {
    await using runtime = new TestRuntime();
    await using server = await ThousandIsland.start({ port: 0, handler: echo }, runtime);
    await using client = await Client.connect(server.port);
    await client.send('hello');
    expect(await client.readText(5)).toBe('hello');
    expect(['::', '0.0.0.0']).toContain(server.address.address);
  });

  test('listens at the host alone that was said', async () => {
    await using island = await TestIsland.start(echo, { host: '127.0.0.2' });
    expect(await refusal(island.server.port)).toBe('ECONNREFUSED');
    const client = await island.connect({ host: '127.0.0.2' });
    expect(client.socket.remoteAddress).toBe('127.0.0.2');
  });

  test('says where it cannot listen when the address is in use, and leaves nothing', async () => {
    await using runtime = new TestRuntime();
    await using first = await ThousandIsland.start(local, runtime);
    const processes = runtime.processCount;
    const second = ThousandIsland.start({ ...local, port: first.port }, runtime);
    await expect(second).rejects.toBeInstanceOf(ListenFailedError);
    await expect(second).rejects.toMatchObject({
      code: 'ISLAND_LISTEN_FAILED',
      message: expect.stringContaining(`127.0.0.1:${first.port}`),
      cause: { code: 'EADDRINUSE' },
    });
    expect(runtime.processCount).toBe(processes);
  });

  test('says so when the host is none of this machine', async () => {
    await using runtime = new TestRuntime();
    const start = ThousandIsland.start({ ...local, host: '192.0.2.1' }, runtime);
    await expect(start).rejects.toBeInstanceOf(ListenFailedError);
    await expect(start).rejects.toThrow('192.0.2.1:0');
  });

  test('registers the name, and frees it at the end', async () => {
    await using runtime = new TestRuntime();
    {
      await using server = await ThousandIsland.start({ ...local, name: 'front' }, runtime);
      expect(runtime.whereis('front')).toBe(server.pid);
      await expect(ThousandIsland.start({ ...local, name: 'front' }, runtime)).rejects.toBeInstanceOf(
        StartFailedError,
      );
      expect(() =>
        runtime.register(
          'front',
          runtime.spawn(() => {}),
        ),
      ).toThrow(NameTakenError);
    }
    expect(runtime.whereis('front')).toBeUndefined();
    await using again = await ThousandIsland.start({ ...local, name: 'front' }, runtime);
    expect(runtime.whereis('front')).toBe(again.pid);
  });

  test('runs as many servers side by side as are wanted', async () => {
    await using runtime = new TestRuntime();
    await using one = await ThousandIsland.start(local, runtime);
    await using other = await ThousandIsland.start(local, runtime);
    expect(one.port).not.toBe(other.port);
    await one.stop();
    await using client = await Client.connect(other.port);
    await client.send('still here');
    expect(await client.readText(10)).toBe('still here');
  });
});

describe('startLink', () => {
  test('ends the server when the process that started it ends', async () => {
    await using runtime = new TestRuntime();
    const ports = new Channel<number>();
    const owner = runtime.spawn(async (self) => {
      const server = await ThousandIsland.startLink(self, local);
      ports.push(server.port);
      await self.receive();
    });
    const port = await ports.next();
    await using client = await Client.connect(port);
    await client.send('x');
    await client.read(1);
    runtime.sendExit(owner, 'shutdown');
    expect(await client.closed).toBe('end');
    expect(await refusal(port)).toBe('ECONNREFUSED');
    await settle();
    expect(runtime.processCount).toBe(0);
  });
});

describe('childSpec', () => {
  test('puts a server under a supervisor of the user, which stops it', async () => {
    await using runtime = new TestRuntime();
    const children = [ThousandIsland.childSpec({ ...local, name: 'web' }, { id: 'web' })];
    const supervisor = await Supervisor.start(runtime, { children });
    const [child] = await Supervisor.whichChildren(runtime, supervisor);
    expect(child).toMatchObject({ id: 'web', type: 'supervisor', restart: 'permanent' });
    expect(child?.pid).toBe(runtime.whereis('web'));
    await Supervisor.stop(runtime, supervisor);
    expect(runtime.processCount).toBe(0);
  });

  test('has an id of its own unless one is said', () => {
    expect(ThousandIsland.childSpec(local)).toMatchObject({ id: 'thousandIsland', type: 'supervisor' });
  });

  test('brings a killed server back on its port', async () => {
    const found = createServer().listen(0, '127.0.0.1');
    await once(found, 'listening');
    const { port } = found.address() as { port: number };
    found.close();
    await once(found, 'close');

    await using runtime = new TestRuntime();
    const children = [ThousandIsland.childSpec({ ...local, port, name: 'web' })];
    const supervisor = await Supervisor.start(runtime, { children });
    const before = runtime.whereis('web');
    if (before === undefined) throw new Error('the server does not run');
    const started = Channel.of(runtime.events, 'supervisor:progress');
    runtime.sendExit(before, 'kill');
    while ((await started.next()).id !== 'thousandIsland');
    expect(runtime.whereis('web')).not.toBe(before);
    await using client = await Client.connect(port);
    await client.send('again');
    expect(await client.readText(5)).toBe('again');
    await Supervisor.stop(runtime, supervisor);
  });
});

describe('stop', () => {
  test('is once, however often it is asked for', async () => {
    await using island = await TestIsland.start(echo);
    const { server } = island;
    const client = await island.connect();
    await client.send('x');
    await client.read(1);
    const [first, second] = await Promise.all([server.stop(), server.stop()]);
    expect(first).toEqual({ told: 1, finished: 1, forced: 0 });
    expect(second).toBe(first);
    expect(await server.stop()).toBe(first);
    expect(island.runtime.processCount).toBe(0);
    expect(await refusal(server.port)).toBe('ECONNREFUSED');
  });

  test('is done at the end of the block that uses the server', async () => {
    await using runtime = new TestRuntime();
    let port: number;
    {
      await using server = await ThousandIsland.start(local, runtime);
      port = server.port;
    }
    expect(runtime.processCount).toBe(0);
    expect(await refusal(port)).toBe('ECONNREFUSED');
  });

  test('is nothing for a server that was killed', async () => {
    await using island = await TestIsland.start(echo);
    const { runtime, server } = island;
    const client = await island.connect();
    await client.send('x');
    await client.read(1);
    runtime.sendExit(server.pid, 'kill');
    expect(await server.stop()).toEqual({ told: 0, finished: 0, forced: 0 });
    await client.closed;
    await settle();
    expect(runtime.processCount).toBe(0);
  });

  test('leaves questions about the server without an answer, not hanging', async () => {
    await using island = await TestIsland.start(echo);
    await island.server.stop();
    await expect(island.server.info()).rejects.toMatchObject({ code: 'OTP_NOPROC' });
    await expect(island.server.suspend()).rejects.toMatchObject({ code: 'OTP_NOPROC' });
    expect(await island.server.connections()).toEqual([]);
  });
});
