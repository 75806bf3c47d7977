import {
  CallExitError,
  type From,
  noReply,
  type Pid,
  reply,
  stop,
  stopWithReply,
} from '@thousand-island/runtime';
import { settle } from '@thousand-island/runtime/testing';
import { close, continueWith, defineHandler, error, type Handler } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import type { Client } from './support/client.ts';
import { TestIsland } from './support/test-island.ts';

/** A counter that other processes read and change; it tells its client of what they do. */
const counter = defineHandler({
  init: (start: number) => start,
  handleConnection: (socket) => socket.send('hi'),
  handleCall: {
    get: (_: undefined, _from, _socket, state) => reply(state),
    add: (by: number, _from, _socket, state) => reply(state + by, state + by),
    async addSlowly(by: number, _from, socket, state) {
      await settle();
      await socket.send(`+${by}`);
      return reply(state + by, state + by);
    },
    leave: (_: undefined, _from, socket) => {
      void socket.send('left');
      return stopWithReply('normal', 'leaving');
    },
    hangUp: () => close(),
    fail: () => {
      throw new Error('no such luck');
    },
  },
  handleCast: {
    set: (_to: number, _socket, _state) => noReply(_to),
    say: (text: string, socket) => socket.send(text),
    quit: () => stop('shutdown'),
  },
  handleInfo(message, socket, state) {
    if (message === 'twice') return continueWith(state * 2);
    if (message === 'bad') return error('told to');
    return socket.send(String(message));
  },
  handleClose: (socket) => socket.send('.'),
  handleShutdown: (socket) => socket.send('!'),
});

async function connected(island: TestIsland): Promise<{ client: Client; pid: Pid }> {
  const client = await island.connect();
  await client.read(2);
  return { client, pid: await island.connection() };
}

describe('a call to a connection', () => {
  test('is answered, with the state as it is or a new one', async () => {
    await using island = await TestIsland.start(counter, { handlerOptions: 40 });
    const { pid } = await connected(island);
    expect(await island.runtime.call(pid, 'get')).toBe(40);
    expect(await island.runtime.call(pid, 'add', 2)).toBe(42);
    expect(await island.runtime.call(pid, 'get')).toBe(42);
  });

  test('may be answered by an async callback that talks to the client meanwhile', async () => {
    await using island = await TestIsland.start(counter, { handlerOptions: 1 });
    const { client, pid } = await connected(island);
    expect(await island.runtime.call(pid, 'addSlowly', 5)).toBe(6);
    expect(await client.readText(2)).toBe('+5');
  });

  test('may be answered later', async () => {
    const waiting: From<string>[] = [];
    const handler: Handler = defineHandler({
      handleConnection: (socket) => socket.send('hi'),
      handleCall: {
        nextMessage: (_: undefined, from: From<string>) => {
          waiting.push(from);
          return noReply();
        },
      },
      handleData(data, _socket, _state, self) {
        for (const from of waiting.splice(0)) self.answer(from, data.toString());
      },
    });
    await using island = await TestIsland.start(handler);
    const { client, pid } = await connected(island);
    const answers = [island.runtime.call(pid, 'nextMessage'), island.runtime.call(pid, 'nextMessage')];
    await settle();
    expect(waiting).toHaveLength(2);
    await client.send('here');
    expect(await Promise.all(answers)).toEqual(['here', 'here']);
  });

  test('may stop the connection in good order: the last callback runs before the answer', async () => {
    await using island = await TestIsland.start(counter, { handlerOptions: 0 });
    const { client, pid } = await connected(island);
    expect(await island.runtime.call(pid, 'leave')).toBe('leaving');
    expect((await client.readAll()).toString()).toBe('left.');
    expect(island.runtime.crashes).toEqual([]);
  });

  test('may close the connection; the caller learns that it has ended', async () => {
    await using island = await TestIsland.start(counter, { handlerOptions: 0 });
    const { client, pid } = await connected(island);
    await expect(island.runtime.call(pid, 'hangUp')).rejects.toMatchObject({
      reason: { shutdown: 'localClosed' },
    });
    expect((await client.readAll()).toString()).toBe('.');
  });

  test('that fails ends that connection alone', async () => {
    await using island = await TestIsland.start(counter, { handlerOptions: 0 });
    const { client, pid } = await connected(island);
    const failing = island.runtime.call(pid, 'fail');
    await expect(failing).rejects.toBeInstanceOf(CallExitError);
    await expect(failing).rejects.toThrow('no such luck');
    await client.closed;
    const second = await connected(island);
    expect(await island.runtime.call(second.pid, 'get')).toBe(0);
  });
});

describe('a cast to a connection', () => {
  test('changes its state, and sends to its client', async () => {
    await using island = await TestIsland.start(counter, { handlerOptions: 0 });
    const { client, pid } = await connected(island);
    island.runtime.cast(pid, 'set', 7);
    island.runtime.cast(pid, 'say', 'psst');
    expect(await client.readText(4)).toBe('psst');
    expect(await island.runtime.call(pid, 'get')).toBe(7);
  });

  test('may stop it', async () => {
    await using island = await TestIsland.start(counter, { handlerOptions: 0 });
    const { client, pid } = await connected(island);
    island.runtime.cast(pid, 'quit');
    expect((await client.readAll()).toString()).toBe('!');
    expect(island.runtime.crashes).toEqual([]);
  });
});

describe('a message to a connection', () => {
  test('is handled with the socket at hand, and may change the state', async () => {
    await using island = await TestIsland.start(counter, { handlerOptions: 21 });
    const { client, pid } = await connected(island);
    island.runtime.send(pid, 'from elsewhere');
    expect(await client.readText(14)).toBe('from elsewhere');
    island.runtime.send(pid, 'twice');
    expect(await island.runtime.call(pid, 'get')).toBe(42);
  });

  test('may end it with an error', async () => {
    await using island = await TestIsland.start(counter, { handlerOptions: 0 });
    const { client, pid } = await connected(island);
    const ended = island.runtime.ended(pid);
    island.runtime.send(pid, 'bad');
    expect(await ended).toBe('told to');
    await client.closed;
    expect(island.runtime.crashes).toEqual(['told to']);
  });

  test('that nobody handles is reported and does no harm', async () => {
    await using island = await TestIsland.start({ handleData: (data, socket) => socket.send(data) });
    const unhandled = Channel.of(island.runtime.events, 'message:unhandled');
    const client = await island.connect();
    await client.send('a');
    await client.read(1);
    const pid = await island.connection();
    island.runtime.send(pid, 'anybody there?');
    expect(await unhandled.next()).toMatchObject({ message: 'anybody there?' });
    await client.send('b');
    expect(await client.readText(1)).toBe('b');
  });

  test('of a crash that the connection was linked to arrives as a message', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start({
      handleData(_data, _socket, _state, self) {
        self.spawnLink(() => {
          throw new Error('child');
        });
      },
      handleInfo: (message) => told.push(message),
    });
    const client = await island.connect();
    await client.send('x');
    expect(await told.next()).toMatchObject({ reason: { message: 'child' } });
    expect((await island.server.info()).activeConnections).toBe(1);
  });
});

test("the report of a crash shows the handler's state and the message, not the machinery around them", async () => {
  await using island = await TestIsland.start(counter, { handlerOptions: 5 });
  const crashes = Channel.of(island.runtime.events, 'process:crash');
  const { client, pid } = await connected(island);
  island.runtime.send(pid, 'bad');
  await client.closed;
  expect(await crashes.next()).toMatchObject({
    behaviour: 'GenServer',
    lastMessage: 'bad',
    reason: 'told to',
    state: 5,
  });
});

test('messages of other processes wait while a callback is busy, and come in order after it', async () => {
  const told: unknown[] = [];
  const go = new Channel<void>();
  const started = new Channel<void>();
  await using island = await TestIsland.start({
    async handleData(data) {
      told.push(`${data}: begin`);
      started.push();
      await go.next();
      told.push(`${data}: end`);
    },
    handleInfo: (message) => void told.push(message),
  });
  const client = await island.connect();
  await client.send('data');
  await started.next();
  const pid = await island.connection();
  island.runtime.send(pid, 'one');
  island.runtime.send(pid, 'two');
  await settle();
  expect(told).toEqual(['data: begin']);
  go.push();
  await settle();
  expect(told).toEqual(['data: begin', 'data: end', 'one', 'two']);
});
