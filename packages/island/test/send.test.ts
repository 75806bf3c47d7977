import { settle } from '@thousand-island/runtime/testing';
import { READ_HIGH_WATER } from '../src/inbox.ts';
import {
  type Handler,
  SendOverflowError,
  SendTimeoutError,
  type Socket,
  SocketClosedError,
} from '../src/index.ts';
import { SEND_HIGH_WATER } from '../src/outbox.ts';
import { Channel } from './support/channel.ts';
import { isPending } from './support/is-pending.ts';
import { TestIsland } from './support/test-island.ts';

const MIB = 1024 * 1024;
/** More than the kernel takes for a client that does not read. */
const MUCH = Buffer.alloc(32 * MIB, 'much');

/** Hands each connection's socket to the test. */
function handsOut(sockets: Channel<Socket>, more: Handler = {}): Handler {
  return { handleConnection: (socket) => sockets.push(socket), ...more };
}

describe('send', () => {
  test('takes text, bytes and lists of both, and sends them in order', async () => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start(handsOut(sockets));
    const client = await island.connect();
    const socket = await sockets.next();
    await socket.send('grüße ');
    await socket.send(Buffer.from('bytes '));
    await socket.send(new Uint8Array([0x75, 0x38, 0x20]));
    await socket.send(['a ', Buffer.from('list '), 'of ', new Uint8Array([0x33])]);
    await socket.send('');
    await socket.send([]);
    socket.shutdown('write');
    expect((await client.readAll()).toString()).toBe('grüße bytes u8 a list of 3');
  });

  test.each([
    ['a number', 5],
    ['nothing', undefined],
    ['a list with a number', ['a', 5]],
  ])('refuses %s, which ends the connection that tried', async (_what, junk) => {
    const reasons = new Channel<unknown>();
    await using island = await TestIsland.start({
      handleData: (_data, socket) => socket.send(junk as never),
      handleError: (reason) => reasons.push(reason),
    });
    await (await island.connect()).send('x');
    expect(await reasons.next()).toMatchObject({ code: 'OTP_BAD_ARGUMENT' });
  });

  test('sends nothing of a list that it refuses, and goes on', async () => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start(handsOut(sockets));
    const client = await island.connect();
    const socket = await sockets.next();
    expect(() => socket.send(['half of it', 5] as never)).toThrow('data must be');
    await socket.send('all of it');
    expect(await client.readText(9)).toBe('all of it');
    expect(socket.getstat().sentCount).toBe(1);
  });

  test('several times in one callback arrives in the order of the calls', async () => {
    await using island = await TestIsland.start({
      handleData(_data, socket) {
        for (let each = 0; each < 500; each++) void socket.send(`${each},`);
        void socket.send(Buffer.alloc(200_000, 'B'));
        return socket.send('end');
      },
    });
    const expected = `${Array.from({ length: 500 }, (_, each) => `${each},`).join('')}${'B'.repeat(200_000)}end`;
    const client = await island.connect();
    await client.send('x');
    expect(await client.readText(expected.length)).toBe(expected);
  });

  test('waits for a client that does not read, and resolves when it does', async () => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start(handsOut(sockets));
    const client = await island.connect({ paused: true });
    const socket = await sockets.next();
    const sending = socket.send(MUCH);
    expect(await isPending(sending)).toBe(true);
    const received = client.read(MUCH.length);
    client.socket.resume();
    expect((await received).equals(MUCH)).toBe(true);
    await sending;
    expect(socket.getstat().sentBytes).toBe(MUCH.length);
  });

  test('makes a handler as slow as its client: it reads no more while its answer waits, and memory is bounded', async () => {
    await using island = await TestIsland.start({ handleData: (data, socket) => socket.send(data) });
    const client = await island.connect({ paused: true });
    const pid = await connectionOf(island);
    const flood = client.send(MUCH).catch(() => {});
    await stalled(() => received(island, pid));
    const ahead = received(island, pid) - sent(island, pid);
    expect(received(island, pid)).toBeLessThan(MUCH.length);
    // Besides what was read ahead: what waits to be sent, and the answer that is being given.
    expect(ahead).toBeLessThan(READ_HIGH_WATER + 3 * SEND_HIGH_WATER);
    const back = client.read(MUCH.length);
    client.socket.resume();
    expect((await back).equals(MUCH)).toBe(true);
    await flood;
  });

  test('closes the socket when the client takes nothing for as long as sendTimeout', async () => {
    const reasons = new Channel<unknown>();
    await using island = await TestIsland.start(
      { handleConnection: (socket) => socket.send(MUCH), handleError: (reason) => reasons.push(reason) },
      { sendTimeout: 5_000, readTimeout: 'infinity' },
    );
    const client = await island.connect({ paused: true });
    const pid = await connectionOf(island);
    await stalled(() => sent(island, pid));
    await island.clock.advance(4_999);
    expect(reasons.seen).toEqual([]);
    await island.clock.advance(1);
    expect(await reasons.next()).toBeInstanceOf(SendTimeoutError);
    client.socket.resume();
    await client.closed;
    expect(island.runtime.crashes).toEqual([]);
  });

  test('does not give up a client that takes a little in every sendTimeout', async () => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start(handsOut(sockets), {
      sendTimeout: 1_000,
      readTimeout: 'infinity',
    });
    const client = await island.connect({ paused: true });
    const socket = await sockets.next();
    const sending = socket.send(MUCH);
    for (let taken = 0; taken < MUCH.length; ) {
      const part = client.read(Math.min(8 * MIB, MUCH.length - taken));
      client.socket.resume();
      taken += (await part).length;
      client.socket.pause();
      await island.clock.advance(900);
    }
    await sending;
    expect(socket.isClosed).toBe(false);
  });

  test('waits for ever when sendTimeout is infinity', async () => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start(handsOut(sockets), {
      sendTimeout: 'infinity',
      readTimeout: 'infinity',
    });
    const client = await island.connect({ paused: true });
    const sending = (await sockets.next()).send(MUCH);
    await island.clock.advance(1_000_000_000);
    expect(await isPending(sending)).toBe(true);
    const all = client.read(MUCH.length);
    client.socket.resume();
    await all;
    await sending;
  });

  test('closes the socket when more waits than maxSendBuffer', async () => {
    const reasons = new Channel<unknown>();
    let sends = 0;
    await using island = await TestIsland.start(
      {
        handleConnection(socket) {
          // A handler that does not care whether its client reads.
          while (!socket.isClosed && sends < 1_000) {
            void socket.send(Buffer.alloc(256 * 1024));
            sends++;
          }
        },
        handleError: (reason) => reasons.push(reason),
      },
      { maxSendBuffer: 4 * MIB },
    );
    const client = await island.connect({ paused: true });
    expect(await reasons.next()).toBeInstanceOf(SendOverflowError);
    expect(sends).toBeLessThan(1_000);
    client.socket.resume();
    await client.closed;
  });

  test('with something waiting closes the socket if it makes more than maxSendBuffer wait: what is in memory is bounded', async () => {
    const reasons = new Channel<unknown>();
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start(
      handsOut(sockets, { handleError: (reason) => reasons.push(reason) }),
      { maxSendBuffer: 2 * MUCH.length },
    );
    const client = await island.connect({ paused: true });
    const socket = await sockets.next();
    const first = socket.send(MUCH).catch((error: unknown) => error);
    expect(await isPending(first)).toBe(true);
    const second = socket.send(Buffer.alloc(3 * MUCH.length));
    await expect(second).rejects.toBeInstanceOf(SendOverflowError);
    expect(await first).toBeInstanceOf(SendOverflowError);
    expect(await reasons.next()).toBeInstanceOf(SendOverflowError);
    client.socket.resume();
    await client.closed;
  });

  test('counts text that waits by its bytes', async () => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start(handsOut(sockets), {
      maxSendBuffer: MUCH.length + 1.5 * MIB,
    });
    const client = await island.connect({ paused: true });
    const socket = await sockets.next();
    void socket.send(MUCH);
    await expect(socket.send('é'.repeat(MIB))).rejects.toBeInstanceOf(SendOverflowError);
    client.socket.resume();
    await client.closed;
  });

  test('with nothing waiting may be of any size: it is in memory already, and could never be sent otherwise', async () => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start(handsOut(sockets), { maxSendBuffer: 0 });
    const client = await island.connect();
    const socket = await sockets.next();
    const received = client.read(MUCH.length + 1);
    await socket.send(MUCH);
    await settle();
    await socket.send('x');
    expect((await received).length).toBe(MUCH.length + 1);
  });

  test.each([
    ['the handler has closed the socket', (socket: Socket) => socket.close()],
    ['the handler has said its last word', (socket: Socket) => socket.shutdown('write')],
  ])('rejects with SocketClosedError when %s', async (_what, end) => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start(handsOut(sockets));
    await island.connect();
    const socket = await sockets.next();
    end(socket);
    await expect(socket.send('too late')).rejects.toBeInstanceOf(SocketClosedError);
  });

  // Jest fails a test with an unhandled rejection.
  test('rejects when the client has gone; a rejection that nobody looks at is no unhandled one', async () => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start(handsOut(sockets), { maxSendBuffer: 10 * MUCH.length });
    const stopped = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect({ paused: true });
    const socket = await sockets.next();
    const waiting = socket.send(MUCH).catch((reason: unknown) => reason);
    void socket.send(MUCH);
    await client.reset();
    // Nothing is read from a client that breaks the connection: the next write finds out.
    expect(await waiting).toMatchObject({ code: expect.stringMatching(/^ISLAND_SOCKET_(ERROR|CLOSED)$/) });
    await stopped.next();
    void socket.send('x');
    void socket.send(['x', 'y']);
    await settle();
  });
});

async function connectionOf(island: TestIsland): Promise<Awaited<ReturnType<TestIsland['connection']>>> {
  for (;;) {
    const [pid] = await island.server.connections();
    if (pid !== undefined) return pid;
    await settle();
  }
}

type ConnectionPid = Awaited<ReturnType<typeof connectionOf>>;

function received(island: TestIsland, pid: ConnectionPid): number {
  return Number(island.runtime.processInfo(pid)?.description?.details?.received);
}

function sent(island: TestIsland, pid: ConnectionPid): number {
  return Number(island.runtime.processInfo(pid)?.description?.details?.sent);
}

/** Resolves when the kernel and Node have done what they could: the number has not changed for many turns. */
async function stalled(count: () => number): Promise<void> {
  for (let last = -1, same = 0; same < 100; ) {
    await settle();
    const now = count();
    same = now === last ? same + 1 : 0;
    last = now;
  }
}
