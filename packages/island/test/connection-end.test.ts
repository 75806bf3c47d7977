import type { ExitReason, Self } from '@thousand-island/runtime';
import { settle } from '@thousand-island/runtime/testing';
import { close, error, type Handler, type Socket, SocketError } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import type { Client } from './support/client.ts';
import { TestIsland } from './support/test-island.ts';

async function ended(client: Client): Promise<void> {
  await client.readAll();
  await client.closed;
  await settle();
}

describe('a last word that cannot reach the client any more is no crash', () => {
  const begun = new Channel<void>();
  /** More than the kernel takes for a client that does not read. */
  const words = (socket: Socket): Promise<void> => {
    begun.push();
    return socket.send(Buffer.alloc(20_000_000));
  };

  test.each([
    ['handleClose', { handleData: () => close(), handleClose: words }],
    ['handleTimeout', { handleData: () => error('timeout'), handleTimeout: words }],
    [
      'handleError',
      { handleData: () => error('mine'), handleError: (_: unknown, socket: Socket) => words(socket) },
    ],
  ] satisfies [string, Handler][])(
    'of %s to a client that breaks the connection meanwhile',
    async (which, handler) => {
      await using island = await TestIsland.start(handler, { silentTerminateOnError: true });
      const stopped = Channel.of(island.server.events, 'connection:stop');
      const client = await island.connect({ paused: true });
      await client.send('x');
      await begun.next();
      await client.reset();
      // What the handler itself has said of the end counts more.
      expect(await stopped.next()).toMatchObject({
        error:
          which === 'handleError' ? 'mine' : which === 'handleTimeout' ? 'timeout' : expect.any(SocketError),
      });
      await settle();
      expect(island.runtime.crashes).toEqual([]);
      expect((await island.server.info()).exits).toEqual({
        [which === 'handleError' ? 'mine' : 'ECONNRESET']: 1,
      });
    },
  );

  test('of handleShutdown to a client that breaks the connection meanwhile', async () => {
    await using island = await TestIsland.start({ handleShutdown: words });
    const client = await island.connect({ paused: true });
    await settle(20);
    const drained = island.server.drain();
    await begun.next();
    await client.reset();
    expect(await drained).toEqual({ told: 1, finished: 1, forced: 0 });
    expect(island.runtime.crashes).toEqual([]);
    expect((await island.server.info()).exits).toEqual({ ECONNRESET: 1 });
  });

  test('of handleError when the client has broken the connection', async () => {
    await using island = await TestIsland.start({ handleError: (_, socket) => socket.send('sorry') });
    const stopped = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect();
    await settle(20);
    await client.reset();
    expect(await stopped.next()).toMatchObject({ error: expect.any(SocketError) });
    await settle();
    expect(island.runtime.crashes).toEqual([]);
  });

  test.each([
    [
      'the handler has closed the socket',
      'localClosed',
      { handleData: (_: unknown, socket: Socket) => socket.close() },
    ],
    ['a recv waits in vain', 'timeout', { handleData: () => close() }],
  ] satisfies [string, string, Handler][])('of handleClose when %s', async (_, exit, handler) => {
    const handleClose = async (socket: Socket): Promise<void> => {
      await socket.recv(1, { timeout: 100 });
    };
    await using island = await TestIsland.start({ ...handler, handleClose });
    const client = await island.connect({ allowHalfOpen: true });
    await client.send('x');
    await settle(20);
    await island.clock.advance(100);
    await settle();
    client.end();
    await client.closed;
    await settle();
    expect(island.runtime.crashes).toEqual([]);
    expect((await island.server.info()).exits).toEqual({ [exit]: 1 });
  });
});

describe('what ends the process in its last callback is how the connection ends', () => {
  test.each([
    ['at once', (): undefined => undefined],
    ['after an await', (): Promise<void> => settle()],
  ])('%s', async (_, first) => {
    const reasons: unknown[] = ['normal', { shutdown: 'mine' }, 'had enough', undefined];
    const isLater = first() !== undefined;
    for (const reason of reasons) {
      const end = (self: Self): never => {
        // What is thrown and no error counts for nothing in a terminate: OTP takes it for what was returned.
        if (reason === undefined) throw 'junk';
        return self.exit(reason as ExitReason);
      };
      await using island = await TestIsland.start({
        handleData: () => close(),
        handleClose: (_socket, _state, self) => (isLater ? settle().then(() => end(self)) : end(self)),
      });
      const stopped = Channel.of(island.server.events, 'connection:stop');
      const client = await island.connect();
      await client.send('x');
      await ended(client);
      const { exits } = await island.server.info();
      const words = new Map<unknown, [exit: string, error: unknown]>([
        [reasons[0], ['normal', undefined]],
        [reasons[1], ['mine', 'mine']],
        [reasons[2], ['had enough', 'had enough']],
        [reasons[3], ['localClosed', undefined]],
      ]);
      expect([exits, (await stopped.next()).error]).toEqual([
        { [words.get(reason)?.[0] as string]: 1 },
        words.get(reason)?.[1],
      ]);
    }
  });
});

describe('a reason that throws when it is looked at', () => {
  function refuse(): never {
    throw new Error('must not be asked');
  }
  const unreadable = { get: refuse, enumerable: true };

  test.each([
    ['its detail', () => Object.defineProperty({}, 'shutdown', unreadable), 'shutdown'],
    [
      'a proxy in it',
      () => ({ shutdown: new Proxy({}, { ownKeys: refuse, getPrototypeOf: refuse }) }),
      'shutdown',
    ],
    [
      'the cause of its error',
      () => ({ shutdown: Object.defineProperty(new Error('no'), 'cause', unreadable) }),
      'shutdown',
    ],
    [
      'all of it',
      () => new Proxy({}, { has: refuse, getPrototypeOf: refuse, getOwnPropertyDescriptor: refuse }),
      'crash',
    ],
  ])(
    'ends a connection, which is told of and counted, and gives its place back (%s)',
    async (_what, make, name) => {
      await using island = await TestIsland.start(
        { handleData: (_data, _socket, _state, self) => self.exit(make()) },
        { acceptors: 1, maxConnections: 1 },
      );
      const stopped = Channel.of(island.server.events, 'connection:stop');
      for (let turn = 0; turn < 2; turn++) {
        const client = await island.connect();
        await client.send('x');
        await ended(client);
        expect((await stopped.next()).error).toBeDefined();
      }
      expect((await island.server.info()).exits).toEqual({ [name]: 2 });
    },
  );
});
