import { readdirSync, readlinkSync } from 'node:fs';
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { settle } from '@thousand-island/runtime/testing';
import {
  close,
  type Handler,
  type RawSocket,
  SendfileError,
  SendTimeoutError,
  type Socket,
  SocketClosedError,
  type Transport,
  tcp,
} from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { TestIsland } from './support/test-island.ts';

const MIB = 1024 * 1024;
/** Larger than one chunk, and no two parts of it alike. */
const CONTENT = Buffer.from(Array.from({ length: 130_000 }, (_, index) => `${index},`).join(''));

let folder: string;
let path: string;
let empty: string;
let huge: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sendfile-'));
  path = join(folder, 'content');
  empty = join(folder, 'empty');
  huge = join(folder, 'huge');
  await writeFile(path, CONTENT);
  await writeFile(empty, '');
  await writeFile(huge, '');
  await truncate(huge, 200 * MIB);
});

afterAll(() => rm(folder, { recursive: true }));

function handsOut(sockets: Channel<Socket>, more: Handler = {}): Handler {
  return { handleConnection: (socket) => sockets.push(socket), ...more };
}

/** How many descriptors of files in the folder of the test this process has. */
function openFiles(): number {
  return readdirSync('/proc/self/fd').filter((descriptor) => {
    try {
      return readlinkSync(`/proc/self/fd/${descriptor}`).startsWith(folder);
    } catch {
      return false;
    }
  }).length;
}

/** A closing that is under way is over when the system says so. */
async function untilFilesAreClosed(): Promise<void> {
  while (openFiles() > 0) await settle(1);
}

/** TCP that shows the test what lies below the connections. */
function shown(raws: Channel<RawSocket>): Transport {
  return {
    ...tcp,
    listen: (options, onSocket) => {
      return tcp.listen(options, (raw) => {
        raws.push(raw);
        onSocket(raw);
      });
    },
  };
}

/** Resolves when the client is waited for: something is written, and the kernel has taken nothing of it for many turns. */
async function stalled(raws: Channel<RawSocket>): Promise<void> {
  const raw = await raws.next();
  for (let last = -1, same = 0; same < 100; ) {
    await settle(1);
    const taken = raw.bytesWritten - raw.writableLength;
    same = raw.writableLength > 0 && taken === last ? same + 1 : 0;
    last = taken;
  }
}

describe('sendfile', () => {
  test.each<[string, { offset?: number; length?: number }, [from: number, to: number | undefined]]>([
    ['a whole file', {}, [0, undefined]],
    ['from an offset', { offset: 300_000 }, [300_000, undefined]],
    ['a range', { offset: 10, length: 500_001 }, [10, 500_011]],
    ['as much as there is, if length is more', { offset: 700_000, length: MIB * 100 }, [700_000, undefined]],
    ['to the end, if length is 0', { offset: 5, length: 0 }, [5, undefined]],
    ['nothing from behind the end', { offset: CONTENT.length + 1 }, [0, 0]],
    ['nothing from the very end', { offset: CONTENT.length, length: 10 }, [0, 0]],
    ['one byte', { offset: CONTENT.length - 1, length: 1 }, [CONTENT.length - 1, undefined]],
  ])('sends %s, resolves to how much that is, and leaves no descriptor', async (_, options, [from, to]) => {
    const sizes = new Channel<number>();
    await using island = await TestIsland.start({
      async handleConnection(socket) {
        sizes.push(await socket.sendfile(path, options));
        return close();
      },
    });
    const client = await island.connect();
    const expected = CONTENT.subarray(from, to);
    expect((await client.readAll()).equals(expected)).toBe(true);
    expect(await sizes.next()).toBe(expected.length);
    expect(openFiles()).toBe(0);
  });

  test('sends an empty file, which is nothing', async () => {
    const sizes = new Channel<number>();
    await using island = await TestIsland.start({
      handleConnection: async (socket) => sizes.push(await socket.sendfile(empty)),
    });
    await island.connect();
    expect(await sizes.next()).toBe(0);
    expect(openFiles()).toBe(0);
  });

  test('sends from a file that is open, parts of it one after the other, and leaves it open', async () => {
    const file = await open(path);
    await using island = await TestIsland.start({
      async handleConnection(socket) {
        void socket.sendfile(file, { offset: 6, length: 3 });
        await socket.sendfile(file, { length: 6 });
        return close();
      },
    });
    const client = await island.connect();
    expect((await client.readAll()).toString()).toBe('3,40,1,2,');
    expect(openFiles()).toBe(1);
    await file.close();
  });

  test('stands in its place among what is sent before and after, also if nobody waits', async () => {
    await using island = await TestIsland.start({
      handleConnection(socket) {
        void socket.send('before ');
        void socket.send('it ');
        void socket.sendfile(path, { length: 400_000 });
        void socket.send(' between ');
        void socket.sendfile(path, { offset: 2, length: 4 });
        void socket.send([' after ', Buffer.from('it')]);
        return close();
      },
    });
    const client = await island.connect();
    const all = (await client.readAll()).toString();
    expect(all.length).toBe(10 + 400_000 + 9 + 4 + 9);
    expect(all.slice(0, 10)).toBe('before it ');
    expect(all.slice(-22)).toBe(' between 1,2, after it');
  });

  test('tells those who look on what was sent, or why not', async () => {
    await using island = await TestIsland.start({
      async handleConnection(socket) {
        await socket.sendfile(path, { offset: 5, length: 10 });
        await socket.sendfile(empty);
        await socket.sendfile(join(folder, 'nothing')).catch(() => {});
      },
    });
    const sent = Channel.of(island.server.events, 'connection:sendfile');
    const failed = Channel.of(island.server.events, 'connection:sendfileError');
    await island.connect();
    expect(await sent.take(2)).toEqual([
      expect.objectContaining({ file: path, offset: 5, length: 10, sentBytes: 10 }),
      expect.objectContaining({ file: empty, offset: 0, length: 0, sentBytes: 0 }),
    ]);
    expect(await failed.next()).toMatchObject({
      file: join(folder, 'nothing'),
      error: { code: 'ISLAND_SENDFILE_FAILED' },
    });
  });

  test("is over before shutdown('write') says goodbye", async () => {
    await using island = await TestIsland.start({
      handleConnection(socket) {
        void socket.sendfile(path);
        socket.shutdown('write');
        return undefined;
      },
    });
    const client = await island.connect();
    expect((await client.readAll()).equals(CONTENT)).toBe(true);
  });

  test('sends the file as it is, without the header of packet', async () => {
    await using island = await TestIsland.start(
      {
        handleConnection(socket) {
          void socket.sendfile(path, { length: 4 });
          void socket.send('x');
          return close();
        },
      },
      { packet: 2 },
    );
    expect((await (await island.connect()).readAll()).toString()).toBe('0,1,\0\x01x');
  });

  test('reads only as fast as the client takes, and keeps little of a large file in memory', async () => {
    const sockets = new Channel<Socket>();
    const raws = new Channel<RawSocket>();
    await using island = await TestIsland.start(handsOut(sockets), {
      transport: shown(raws),
      sendTimeout: 'infinity',
    });
    const client = await island.connect({ paused: true });
    const socket = await sockets.next();
    const before = process.memoryUsage();
    const sending = socket.sendfile(huge);
    await stalled(raws);
    expect(openFiles()).toBe(1);
    expect(socket.getstat().sentBytes).toBeLessThan(20 * MIB);
    // One chunk, which is used again for the next one.
    expect(process.memoryUsage().arrayBuffers - before.arrayBuffers).toBeLessThan(2 * MIB);
    let peak = 0;
    let received = 0;
    client.socket.removeAllListeners('data');
    client.socket.on('data', (chunk) => {
      received += chunk.length;
      peak = Math.max(peak, process.memoryUsage.rss());
    });
    client.socket.resume();
    expect(await sending).toBe(200 * MIB);
    socket.shutdown('write');
    await client.closed;
    expect(received).toBe(200 * MIB);
    // The garbage of both sides is in it: what the client reads is allocated, too.
    expect(peak - before.rss).toBeLessThan(100 * MIB);
    expect(openFiles()).toBe(0);
  });

  test.each<[string, (island: TestIsland) => Promise<void>]>([
    ['the process is killed', async (island) => island.runtime.sendExit(await island.connection(), 'kill')],
    ['the server stops at once', async (island) => void (await island.server.stop())],
  ])('leaves no descriptor when %s in the middle', async (_, end) => {
    const sockets = new Channel<Socket>();
    const raws = new Channel<RawSocket>();
    await using island = await TestIsland.start(handsOut(sockets), {
      transport: shown(raws),
      shutdownTimeout: 'brutalKill',
    });
    const client = await island.connect({ paused: true });
    const socket = await sockets.next();
    const sending = socket.sendfile(huge);
    await stalled(raws);
    expect(openFiles()).toBe(1);
    await end(island);
    await expect(sending).rejects.toBeInstanceOf(SocketClosedError);
    await untilFilesAreClosed();
    client.socket.resume();
    await client.closed;
  });

  test.each([0, 1, 2, 3, 4])(
    'leaves no descriptor when the process is killed %i turns after it began',
    async (turns) => {
      const sockets = new Channel<Socket>();
      await using island = await TestIsland.start(handsOut(sockets));
      await island.connect();
      const socket = await sockets.next();
      const pid = await island.connection();
      const sending = socket.sendfile(path);
      for (let turn = 0; turn < turns; turn++) await settle(1);
      island.runtime.sendExit(pid, 'kill');
      await sending.catch((error: unknown) => expect(error).toBeInstanceOf(SocketClosedError));
      await untilFilesAreClosed();
    },
  );

  test('rejects when the client is gone in the middle, and leaves no descriptor', async () => {
    const ends = new Channel<unknown>();
    const raws = new Channel<RawSocket>();
    await using island = await TestIsland.start(
      {
        handleConnection(socket) {
          return socket.sendfile(huge).then(() => undefined);
        },
        handleError: (reason) => ends.push(reason),
      },
      { transport: shown(raws) },
    );
    const client = await island.connect({ paused: true });
    await stalled(raws);
    await client.reset();
    expect(await ends.next()).toMatchObject({ code: 'ISLAND_SOCKET_ERROR' });
    await untilFilesAreClosed();
    expect(island.runtime.crashes).toEqual([]);
  });

  test('gives up a client that takes nothing for as long as sendTimeout, and leaves no descriptor', async () => {
    const sockets = new Channel<Socket>();
    const raws = new Channel<RawSocket>();
    await using island = await TestIsland.start(handsOut(sockets), {
      transport: shown(raws),
      sendTimeout: 700,
    });
    const client = await island.connect({ paused: true });
    const socket = await sockets.next();
    const failure = socket.sendfile(huge).catch((error: unknown) => error);
    await stalled(raws);
    await island.clock.advance(700);
    await island.clock.advance(700);
    expect(await failure).toBeInstanceOf(SendTimeoutError);
    await untilFilesAreClosed();
    client.socket.resume();
    await client.closed;
  });

  test('of what is no file that can be read rejects with the reason, and the socket goes on', async () => {
    const errors = new Channel<unknown>();
    await using island = await TestIsland.start({
      async handleConnection(socket) {
        for (const what of [join(folder, 'nothing'), folder]) {
          await socket.sendfile(what).catch((error) => errors.push(error));
        }
        void socket.sendfile(join(folder, 'nothing'));
        await socket.send('still here');
      },
    });
    const client = await island.connect();
    expect(await client.readText(10)).toBe('still here');
    expect(errors.seen).toEqual([
      expect.objectContaining({
        code: 'ISLAND_SENDFILE_FAILED',
        cause: expect.objectContaining({ code: 'ENOENT' }),
      }),
      expect.objectContaining({ sentBytes: 0, cause: expect.objectContaining({ code: 'EISDIR' }) }),
    ]);
    expect(errors.seen[0]).toBeInstanceOf(SendfileError);
    await untilFilesAreClosed();
  });

  test('of a file that the caller has closed rejects', async () => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start(handsOut(sockets));
    await island.connect();
    const socket = await sockets.next();
    const file = await open(path);
    await file.close();
    await expect(socket.sendfile(file)).rejects.toMatchObject({
      code: 'ISLAND_SENDFILE_FAILED',
      cause: { code: 'EBADF' },
    });
  });

  test.each<[string, unknown, object]>([
    ['file must be', 5, {}],
    ['file must be', '', {}],
    ['file must be', undefined, {}],
    ['file must be', 'with\0nul', {}],
    ['offset must be', 'file', { offset: -1 }],
    ['offset must be', 'file', { offset: 1.5 }],
    ['offset must be', 'file', { offset: '0' }],
    ['length must be', 'file', { length: -1 }],
    ['length must be', 'file', { length: Number.POSITIVE_INFINITY }],
    ['sendfile has no option lenght', 'file', { lenght: 5 }],
  ])('refuses what is impossible: %s, %p, %p', async (complaint, file, options) => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start(handsOut(sockets));
    await island.connect();
    const socket = await sockets.next();
    expect(() => socket.sendfile(file as never, options)).toThrow(complaint);
  });

  test('on a socket that is closed rejects, and opens nothing', async () => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start(handsOut(sockets));
    await island.connect();
    const socket = await sockets.next();
    socket.close();
    await expect(socket.sendfile(path)).rejects.toBeInstanceOf(SocketClosedError);
    expect(openFiles()).toBe(0);
  });

  test('counts what is sent behind it as what waits: more than maxSendBuffer closes the socket', async () => {
    const sockets = new Channel<Socket>();
    const ends = new Channel<unknown>();
    await using island = await TestIsland.start(
      handsOut(sockets, { handleError: (reason) => ends.push(reason) }),
      {
        maxSendBuffer: MIB,
      },
    );
    await island.connect({ paused: true });
    const socket = await sockets.next();
    void socket.sendfile(huge);
    for (let sent = 0; sent < 4; sent++) void socket.send(Buffer.alloc(300_000));
    expect(await ends.next()).toMatchObject({ code: 'ISLAND_SEND_OVERFLOW' });
    await untilFilesAreClosed();
  });
});
