import { settle } from '@thousand-island/runtime/testing';
import {
  close,
  error,
  type Handler,
  type HandlerResult,
  type ServerOptions,
  type Socket,
} from '../src/index.ts';
import { Channel } from './support/channel.ts';
import type { Client } from './support/client.ts';
import { TestIsland } from './support/test-island.ts';

/** More than a client takes that does not read, so that some of it is still with the server's kernel when the socket is closed. */
const WORDS = Buffer.alloc(1_000_000, 'w');
/** More than the server reads ahead while a callback is busy: some of it is never read. */
const CHATTER = Buffer.alloc(300_000, 'c');

const say = (socket: Socket): Promise<void> => socket.send(WORDS);

/** All that the server says to a client which begins to read only when that has been said. */
async function heard(client: Client): Promise<number> {
  await settle(100);
  client.socket.resume();
  return (await client.readAll()).length;
}
const fail = (): never => {
  throw new Error('boom');
};

/** A handler that is busy with what has come first until it is told to go on, and then ends, with its last words in `last`. */
function busy(
  told: Channel<string>,
  go: Channel<void>,
  end: () => HandlerResult<unknown>,
  last: Handler,
): Handler {
  return {
    ...last,
    async handleData() {
      // What comes behind it is not waited with: the server may be stopped after that.
      if (told.seen.length > 0) return undefined;
      told.push('busy');
      await go.next();
      return end();
    },
  };
}

type Ends = [how: string, end: () => HandlerResult<unknown>, last: Handler, options?: Partial<ServerOptions>];

const ENDS: Ends[] = [
  ['of handleClose', close, { handleClose: say }],
  ['of handleError', () => error('boom'), { handleError: (_reason, socket) => say(socket) }],
  ['of handleError when a callback has thrown', fail, { handleError: (_reason, socket) => say(socket) }],
  ['of handleTimeout', () => error('timeout'), { handleTimeout: say }],
  [
    'of handleError when a frame is too large',
    () => {},
    { handleError: (_reason, socket) => say(socket) },
    { packet: 'line', packetSize: 98 },
  ],
];

describe('the last words', () => {
  test.each(ENDS)('%s reach a client that goes on speaking', async (_how, end, last, options = {}) => {
    const told = new Channel<string>();
    const go = new Channel<void>();
    await using island = await TestIsland.start(busy(told, go, end, last), options);
    const client = await island.connect({ paused: true });
    await client.send('x\n');
    await told.next();
    await client.send(CHATTER);
    go.push();
    expect(await heard(client)).toBe(WORDS.length);
    client.end();
    expect(await client.closed).toBe('end');
  });

  test.each(['stop', 'drain'] as const)(
    'of handleShutdown reach a client that goes on speaking at a %s',
    async (way) => {
      const told = new Channel<string>();
      const go = new Channel<void>();
      await using island = await TestIsland.start(busy(told, go, () => {}, { handleShutdown: say }));
      const client = await island.connect({ paused: true });
      await client.send('x\n');
      await told.next();
      await client.send(CHATTER);
      const over = island.server[way]();
      await settle();
      go.push();
      expect(await heard(client)).toBe(WORDS.length);
      client.end();
      expect(await over).toEqual({ told: 1, finished: 1, forced: 0 });
    },
  );

  test.each([
    [1_000, 15_000],
    [300, 600],
  ])('are waited for at a stop, for %s ms, when there are %s', async (lingerMs, shutdownTimeout) => {
    await using island = await TestIsland.start(
      { handleConnection: (socket) => socket.send('hello'), handleShutdown: (socket) => socket.send('bye') },
      { shutdownTimeout },
    );
    const client = await island.connect({ allowHalfOpen: true });
    await client.readText(5);
    const stopped = Channel.of(island.server.events, 'connection:stop');
    const over = island.server.stop();
    expect(await client.readText(3)).toBe('bye');
    await settle();
    await island.clock.advance(lingerMs - 1);
    expect(stopped.seen).toHaveLength(0);
    await island.clock.advance(1);
    expect(await over).toEqual({ told: 1, finished: 1, forced: 0 });
  });

  test('are not waited for where nothing was ever said', async () => {
    await using island = await TestIsland.start({});
    const client = await island.connect({ allowHalfOpen: true });
    await settle();
    expect(await island.server.connections()).toHaveLength(1);
    expect(await island.server.stop()).toEqual({ told: 1, finished: 1, forced: 0 });
    client.end();
  });

  /** More than the kernel takes for a client that does not read. */
  const much = Buffer.alloc(20_000_000);

  const LOST: [string, Handler][] = [
    [
      'sent before close()',
      {
        handleData: (_data, socket) => {
          void socket.send(much);
          return close();
        },
      },
    ],
    [
      'sent in handleTimeout',
      { handleData: () => error('timeout'), handleTimeout: (socket) => void socket.send(much) },
    ],
  ];

  test.each(LOST)('that a client does not take, %s, are told as lost', async (_, handler) => {
    await using island = await TestIsland.start(handler, { sendTimeout: 500 });
    const client = await island.connect({ paused: true });
    await client.send('x');
    await settle(20);
    await island.clock.advance(500);
    // The kernel may have taken something meanwhile.
    while ((await island.server.info()).allConnections > 0) await island.clock.advance(500);
    expect((await island.server.info()).exits).toEqual({ ISLAND_SEND_TIMEOUT: 1 });
    expect(island.runtime.crashes).toEqual([]);
  });

  test.each(LOST)('that a client has reset, %s, are told as lost', async (_, handler) => {
    await using island = await TestIsland.start(handler);
    const stopped = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect({ paused: true });
    await client.send('x');
    await settle(20);
    await client.reset();
    await stopped.next();
    expect((await island.server.info()).exits).toEqual({ ECONNRESET: 1 });
    expect(island.runtime.crashes).toEqual([]);
  });

  test('for a client that has closed the connection are no loss of ours', async () => {
    const told = new Channel<void>();
    await using island = await TestIsland.start({
      handleClose(socket) {
        void socket.send(much);
        told.push();
      },
    });
    const stopped = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect({ paused: true });
    client.end('x');
    await told.next();
    await client.reset();
    await stopped.next();
    expect((await island.server.info()).exits).toEqual({ peerClosed: 1 });
  });
});
