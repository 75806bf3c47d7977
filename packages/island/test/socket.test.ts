import { settle } from '@thousand-island/runtime/testing';
import {
  type Handler,
  type Socket,
  SocketClosedError,
  type SocketStatistics,
  tcp,
  tls,
} from '../src/index.ts';
import { Authority } from './support/certificates.ts';
import { Channel } from './support/channel.ts';
import { TestIsland } from './support/test-island.ts';

const MIB = 1024 * 1024;

const echo: Handler = { handleData: (data, socket) => socket.send(data) };

describe('half-closed connections', () => {
  test('a client that has said all it had to say still gets its answer', async () => {
    await using island = await TestIsland.start(echo);
    const client = await island.connect();
    client.end('one last question');
    expect((await client.readAll()).toString()).toBe('one last question');
    expect(await client.closed).toBe('end');
  });

  test('also when the answer takes its time, and is large', async () => {
    const answer = Buffer.alloc(4 * 1024 * 1024, 'answer');
    await using island = await TestIsland.start({
      async handleData(_data, socket) {
        await settle(20);
        await socket.send(answer);
      },
    });
    const client = await island.connect();
    client.end('?');
    expect((await client.readAll()).equals(answer)).toBe(true);
  });

  test("shutdown('write') says goodbye to the client and still reads", async () => {
    const told = new Channel<string>();
    await using island = await TestIsland.start({
      async handleConnection(socket) {
        await socket.send('goodbye');
        socket.shutdown('write');
      },
      handleData: (data) => told.push(data.toString()),
      handleClose: () => told.push('close'),
    });
    const client = await island.connect({ allowHalfOpen: true });
    expect((await client.readAll()).toString()).toBe('goodbye');
    await client.send('but');
    expect(await told.next()).toBe('but');
    client.end();
    expect(await told.next()).toBe('close');
    await client.closed;
  });

  test("shutdown('read') stops listening to the client, still sends, and notices its end", async () => {
    const told = new Channel<string>();
    await using island = await TestIsland.start({
      handleData(data, socket) {
        told.push(data.toString());
        if (data.toString() !== 'last') return;
        socket.shutdown('read');
        return socket.send('no more');
      },
      handleInfo: (_message, socket) => socket.send('!'),
      handleClose: () => told.push('close'),
    });
    const client = await island.connect();
    await client.send('last');
    expect(await client.readText(7)).toBe('no more');
    await client.send('who cares');
    await settle(20);
    island.runtime.send(await island.connection(), 'speak');
    expect(await client.readText(1)).toBe('!');
    client.end('really');
    await client.closed;
    expect(told.seen).toEqual(['last', 'close']);
  });

  test('shutdown refuses any other way by name', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start({
      handleConnection: (socket) => socket.shutdown('send' as 'write'),
      handleError: (reason) => void told.push(reason),
    });
    await island.connect();
    expect(await told.next()).toMatchObject({
      code: 'OTP_BAD_ARGUMENT',
      message: "way must be 'read', 'write' or 'readWrite', not 'send'",
    });
  });

  test("shutdown('readWrite') closes", async () => {
    await using island = await TestIsland.start({
      handleConnection: (socket) => socket.shutdown('readWrite'),
    });
    const client = await island.connect();
    await client.closed;
  });
});

describe('a socket', () => {
  test('knows both addresses while it is open', async () => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start({
      ...echo,
      handleConnection: (socket) => sockets.push(socket),
    });
    const stopped = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect();
    const socket = await sockets.next();
    const { localPort } = client.socket;
    expect(socket.peername()).toEqual({ address: '127.0.0.1', port: localPort, family: 'IPv4' });
    expect(socket.sockname()).toEqual({ address: '127.0.0.1', port: island.server.port, family: 'IPv4' });
    expect(socket.isClosed).toBe(false);
    client.end();
    await client.closed;
    await stopped.next();
    expect(socket.isClosed).toBe(true);
    expect(socket.sockname()).toBeUndefined();
  });

  test('counts what went over it', async () => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start({
      ...echo,
      handleConnection: (socket) => sockets.push(socket),
    });
    const stopped = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect();
    const socket = await sockets.next();
    expect(socket.getstat()).toEqual({ sentBytes: 0, sentCount: 0, receivedBytes: 0, receivedCount: 0 });
    for (const text of ['one', 'two!', 'ÄÖÜ']) {
      await client.send(text);
      await client.read(Buffer.byteLength(text));
    }
    const all = { sentBytes: 13, sentCount: 3, receivedBytes: 13, receivedCount: 3 };
    expect(socket.getstat()).toEqual(all);
    client.end();
    expect((await stopped.next()).statistics).toEqual(all);
  });

  test.each(['TCP', 'TLS'])(
    'counts what the client was given, and not what is lost with it, over %s',
    async (over) => {
      const sockets = new Channel<Socket>();
      const much = Buffer.alloc(32 * MIB);
      const transport = over === 'TLS' ? tls(await (await Authority.make()).issue('a.example')) : tcp;
      await using island = await TestIsland.start(
        {
          async handleConnection(socket) {
            sockets.push(socket);
            await socket.send(much).catch(() => {});
            // Node has forgotten by then what has waited.
            await settle(20);
            sockets.push(socket);
          },
        },
        { transport },
      );
      const plain = await island.connect();
      const client = over === 'TLS' ? await plain.startTls({ rejectUnauthorized: false }) : plain;
      const socket = await sockets.next();
      await client.read(MIB);
      client.socket.pause();
      // Over TLS, of whole writes.
      const least = over === 'TLS' ? 0 : MIB;
      const isRight = ({ sentBytes }: SocketStatistics): boolean =>
        sentBytes >= least && sentBytes < much.length;
      expect(isRight(socket.getstat())).toBe(true);
      await plain.reset();
      expect(isRight((await sockets.next()).getstat())).toBe(true);
    },
  );

  test.each(['in one piece', 'piece by piece'])(
    'counts text by its bytes, also while it waits %s',
    async (how) => {
      const sockets = new Channel<Socket>();
      await using island = await TestIsland.start(
        {
          handleConnection(socket) {
            const pieces = how === 'in one piece' ? 1 : 1_024;
            const text = 'é'.repeat((32 * MIB) / pieces);
            for (let each = 0; each < pieces; each++) void socket.send(text);
            sockets.push(socket);
          },
        },
        { maxSendBuffer: 128 * MIB },
      );
      const client = await island.connect({ paused: true });
      const socket = await sockets.next();
      await settle();
      // What the kernel takes for a client that does not read is much less.
      expect(socket.getstat().sentBytes).toBeLessThan(32 * MIB);
      await client.reset();
    },
  );

  test('that is closed refuses to send and to receive', async () => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start({ handleConnection: (socket) => sockets.push(socket) });
    const client = await island.connect();
    const socket = await sockets.next();
    socket.close();
    socket.close();
    await client.closed;
    await settle();
    await expect(socket.send('x')).rejects.toBeInstanceOf(SocketClosedError);
    await expect(socket.recv()).rejects.toBeInstanceOf(SocketClosedError);
    socket.shutdown('write');
  });

  test('still speaks for its process to others: any of them can send to the client', async () => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start({ handleConnection: (socket) => sockets.push(socket) });
    const client = await island.connect();
    const socket = await sockets.next();
    island.runtime.spawn(async () => {
      for (const word of ['from ', 'another ', 'process']) await socket.send(word);
    });
    expect(await client.readText(20)).toBe('from another process');
  });
});
