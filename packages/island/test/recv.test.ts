import { settle } from '@thousand-island/runtime/testing';
import {
  close,
  type Handler,
  type RecvOptions,
  RecvTimeoutError,
  type Socket,
  SocketBusyError,
  SocketClosedError,
} from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { TestIsland } from './support/test-island.ts';

/** A protocol in a straight line: what `code` returns is told to the test. */
function straight(
  told: Channel<unknown>,
  code: (socket: Socket) => Promise<unknown>,
  more: Handler = {},
): Handler {
  return {
    async handleConnection(socket) {
      await socket.send('ready');
      told.push(await code(socket));
    },
    ...more,
  };
}

const text = async (data: Promise<Buffer>): Promise<string> => (await data).toString();

describe('recv', () => {
  test('resolves to exactly so many bytes, however they came', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(
      straight(told, async (socket) => [
        await text(socket.recv(3)),
        await text(socket.recv(1)),
        await text(socket.recv(6)),
      ]),
    );
    const client = await island.connect();
    await client.read(5);
    for (const part of ['a', 'bcde', 'fg', 'hij']) {
      await client.send(part);
      await settle();
    }
    expect(await told.next()).toEqual(['abc', 'd', 'efghij']);
  });

  test('of 0 resolves to what there is, waiting for the first byte', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(
      straight(told, async (socket) => [
        await text(socket.recv()),
        await text(socket.recv(2)),
        await text(socket.recv(0)),
      ]),
    );
    const client = await island.connect();
    await client.read(5);
    await client.send('anything');
    await settle();
    await client.send('12345');
    expect(await told.next()).toEqual(['anything', '12', '345']);
  });

  test('in handleConnection gets early bytes; handleData gets the rest, and what comes later', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(
      straight(told, (socket) => text(socket.recv(4)), { handleData: (data) => told.push(data.toString()) }),
    );
    const client = await island.connect();
    await client.send('headbody');
    expect(await told.take(2)).toEqual(['head', 'body']);
    await client.send('more');
    expect(await told.next()).toBe('more');
  });

  test('in handleData gets what comes next; handleData is not called meanwhile', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start({
      async handleData(data, socket) {
        told.push(data.toString());
        if (data.toString() === 'length') told.push(`body ${await text(socket.recv(10))}`);
      },
    });
    const client = await island.connect();
    await client.send('length');
    expect(await told.next()).toBe('length');
    await client.send('01234');
    await settle();
    await client.send('56789tail');
    expect(await told.take(2)).toEqual(['body 0123456789', 'tail']);
  });

  test('of much more than is read ahead gets all of it', async () => {
    const size = 8 * 1024 * 1024;
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(
      straight(told, async (socket) => {
        const data = await socket.recv(size);
        return data.equals(Buffer.alloc(size, 'abc'));
      }),
    );
    const client = await island.connect();
    await client.send(Buffer.alloc(size, 'abc'));
    expect(await told.next()).toBe(true);
  });

  test('rejects when the time is up; what has come stays there for the next', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(
      straight(told, async (socket) => {
        const failure = await socket.recv(10, { timeout: 500 }).catch((reason: unknown) => reason);
        told.push(failure);
        return text(socket.recv(5));
      }),
    );
    const client = await island.connect();
    await client.read(5);
    await client.send('abc');
    await settle();
    await island.clock.advance(499);
    expect(told.seen).toEqual([]);
    await island.clock.advance(1);
    const failure = await told.next();
    expect(failure).toBeInstanceOf(RecvTimeoutError);
    expect(failure).toMatchObject({ message: '3 of 10 bytes came within 500 ms' });
    await client.send('de');
    expect(await told.next()).toBe('abcde');
  });

  test('has the read timeout of the server unless one is said', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(
      straight(told, (socket) => socket.recv().catch((reason: unknown) => reason)),
      { readTimeout: 700 },
    );
    const client = await island.connect();
    await client.read(5);
    await island.clock.advance(699);
    expect(told.seen).toEqual([]);
    await island.clock.advance(1);
    expect(await told.next()).toMatchObject({ message: 'nothing came within 700 ms' });
  });

  test('waits for ever when told so', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(
      straight(told, (socket) => text(socket.recv(0, { timeout: 'infinity' }))),
    );
    const client = await island.connect();
    await client.read(5);
    await island.clock.advance(1_000_000_000);
    await client.send('at last');
    expect(await told.next()).toBe('at last');
  });

  test('rejects when the client closes before there is enough', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(
      straight(told, (socket) => socket.recv(10).catch((reason: unknown) => reason)),
    );
    const client = await island.connect();
    client.end('abc');
    expect(await told.next()).toBeInstanceOf(SocketClosedError);
  });

  test('that fails because the client has closed is no fault of the handler', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(
      straight(told, (socket) => socket.recv(10), {
        handleClose: () => told.push('close'),
        handleError: () => told.push('error'),
      }),
    );
    const client = await island.connect();
    client.end('abc');
    expect(await told.next()).toBe('close');
    await client.closed;
    expect(island.runtime.crashes).toEqual([]);
  });

  test('on the socket of a process that was killed rejects as on any closed one', async () => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start({ handleConnection: (socket) => sockets.push(socket) });
    await island.connect();
    const socket = await sockets.next();
    island.runtime.sendExit(await island.connection(), 'kill');
    await expect(socket.recv()).rejects.toBeInstanceOf(SocketClosedError);
  });

  test('refuses a second one while it waits', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(
      straight(told, async (socket) => {
        const first = socket.recv(2);
        const second = await socket.recv(2).catch((reason: unknown) => reason);
        return [await text(first), second];
      }),
    );
    const client = await island.connect();
    await client.send('ab');
    expect(await told.next()).toEqual(['ab', expect.any(SocketBusyError)]);
  });

  test.each([-1, 1.5, Number.NaN, '3'])('refuses to wait for %s bytes', async (count) => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(
      straight(told, async (socket) => socket.recv(count as number), {
        handleError: (reason) => told.push(reason),
      }),
    );
    await island.connect();
    expect(await told.next()).toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
  });

  test.each([
    ['tiemout', { tiemout: 5 }],
    ['timeout', { timeout: -1 }],
    ['timeout', { timeout: 'soon' }],
  ])('refuses an option by its name: %s, %j', async (option, options) => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(
      straight(told, async (socket) => socket.recv(1, options as RecvOptions), {
        handleError: (reason) => told.push(reason),
      }),
    );
    await island.connect();
    expect(await told.next()).toMatchObject({ code: 'ISLAND_BAD_OPTION', option });
  });

  test('that nobody awaits costs nothing while it waits', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start({
      handleConnection(socket) {
        void text(socket.recv(6)).then((data) => told.push(data));
      },
      handleData: (data) => told.push(data.toString()),
    });
    const client = await island.connect();
    await client.send('abc');
    await settle(50);
    const before = island.runtime.processInfo(await island.connection())?.messagesHandled;
    await settle(50);
    expect(island.runtime.processInfo(await island.connection())?.messagesHandled).toBe(before);
    await client.send('defgh');
    expect(await told.take(2)).toEqual(['abcdef', 'gh']);
  });
});

test('a whole protocol can be written in a straight line', async () => {
  await using island = await TestIsland.start({
    async handleConnection(socket) {
      const length = (await socket.recv(2)).readUInt16BE();
      await socket.send((await socket.recv(length)).toString().toUpperCase());
      return close();
    },
  });
  const client = await island.connect();
  await client.send(Buffer.from([0, 5]));
  await client.send('hel');
  await client.send('lo and what nobody asked for');
  expect((await client.readText(5)).toString()).toBe('HELLO');
  await client.closed;
});
