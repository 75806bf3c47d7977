import { settle } from '@thousand-island/runtime/testing';
import fc from 'fast-check';
import { close, type Socket } from '../../src/index.ts';
import type { MemoryConnectOptions } from '../../src/testing/index.ts';
import { Channel } from '../support/channel.ts';
import { ECHO, startInMemory as start, tells } from '../support/memory-island.ts';

const MIB = 1024 * 1024;

describe('a direction of a connection in memory', () => {
  test.each<[string, MemoryConnectOptions['toServer'], string[]]>([
    ['as it was sent', {}, ['hello', 'you']],
    ['at most so many bytes at a time', { pieces: 2 }, ['he', 'll', 'o', 'yo', 'u']],
    ['in pieces of chosen sizes, and then as it was sent', { pieces: [1, 6] }, ['h', 'elloyo', 'u']],
    ['in pieces, the last of which is cut short by the end', { pieces: [7, 9] }, ['helloyo', 'u']],
  ])('lets through what is sent %s', async (_, toServer, expected) => {
    const log = new Channel<unknown>();
    await using setting = await start(tells(log));
    const client = await setting.connect({ toServer: toServer ?? {} });
    await client.send('hello');
    client.end('you');
    expect(await log.take(expected.length + 2)).toEqual(['connected', ...expected, 'closed']);
  });

  test('lets through all that is there in one piece', async () => {
    const log = new Channel<unknown>();
    await using setting = await start(tells(log));
    const client = await setting.connect({ toServer: { held: true, pieces: 'merged' } });
    await Promise.all([client.send('a'), client.send('bc'), client.send('def')]);
    client.toServer.release();
    expect(await log.take(2)).toEqual(['connected', 'abcdef']);
  });

  test('loses nothing, however it is cut', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 10 });
    const text = fc.string({ minLength: 1, maxLength: 60, unit: 'grapheme-ascii' });
    await fc.assert(
      fc.asyncProperty(text, sizes, sizes, async (said, there, back) => {
        await using setting = await start(ECHO);
        const client = await setting.connect({ toServer: { pieces: there }, toClient: { pieces: back } });
        const heard = client.readAll();
        client.end(said);
        expect((await heard).toString()).toBe(said);
      }),
      { numRuns: 50 },
    );
  });

  test('that is held lets nothing through until it is released, not even the end', async () => {
    const log = new Channel<unknown>();
    await using setting = await start(tells(log));
    const client = await setting.connect();
    client.toServer.hold();
    client.end('late');
    await settle(20);
    expect(log.seen).toEqual(['connected']);
    client.toServer.release();
    expect(await log.take(3)).toEqual(['connected', 'late', 'closed']);
  });

  test('that is held from the server lets its answer through later', async () => {
    await using setting = await start(ECHO);
    const client = await setting.connect({ toClient: { held: true } });
    await client.send('hello');
    const answer = client.readText(5);
    let came = false;
    void answer.then(() => {
      came = true;
    });
    await settle(20);
    expect(came).toBe(false);
    client.toClient.release();
    expect(await answer).toBe('hello');
  });

  test.each(['toServer', 'toClient'] as const)(
    '%s breaks after so many bytes, for both sides',
    async (direction) => {
      const log = new Channel<unknown>();
      await using setting = await start({ ...tells(log), ...ECHO });
      const client = await setting.connect({ [direction]: { cutAfter: 7 } });
      const heard = client.readAll();
      await client.send('hello you');
      expect(await client.closed).toBe('ECONNRESET');
      expect(await log.take(2)).toEqual([
        'connected',
        expect.objectContaining({
          code: 'ISLAND_SOCKET_ERROR',
          cause: expect.objectContaining({ code: 'ECONNRESET', message: 'read ECONNRESET' }),
        }),
      ]);
      if (direction === 'toClient') expect((await heard).toString()).toBe('hello y');
      await expect(client.send('more')).rejects.toMatchObject({ code: 'ECONNRESET' });
    },
  );

  test('breaks at once when it is cut after nothing', async () => {
    await using setting = await start(ECHO);
    const client = await setting.connect();
    client.toServer.cutAfter(0);
    expect(await client.closed).toBe('ECONNRESET');
  });

  test('whose writes fail gives the server an error', async () => {
    const log = new Channel<unknown>();
    await using setting = await start({ ...tells(log), ...ECHO });
    const client = await setting.connect();
    client.toClient.failWrites('EPIPE');
    await client.send('hello');
    expect(await log.take(2)).toEqual([
      'connected',
      expect.objectContaining({ cause: expect.objectContaining({ code: 'EPIPE', syscall: 'write' }) }),
    ]);
    expect(await client.closed).toBe('end');
  });

  test.each<[string, unknown]>([
    ['setPieces', 0],
    ['setPieces', [1, -1]],
    ['setPieces', 1.5],
    ['cutAfter', -1],
    ['cutAfter', 'all'],
  ])('refuses %s(%p)', async (method, value) => {
    await using setting = await start(ECHO);
    const client = await setting.connect();
    const direction = client.toServer as unknown as Record<string, (value: unknown) => void>;
    expect(() => direction[method]?.(value)).toThrow('must be');
  });
});

describe('a client in memory', () => {
  test('that resets gives the server ECONNRESET', async () => {
    const log = new Channel<unknown>();
    await using setting = await start(tells(log));
    const client = await setting.connect();
    expect(await log.next()).toBe('connected');
    client.reset();
    expect(await client.closed).toBe('ECONNRESET');
    expect(await log.next()).toMatchObject({ code: 'ISLAND_SOCKET_ERROR' });
  });

  test('that reads nothing makes the server wait, until the time for it is up', async () => {
    const sockets = new Channel<Socket>();
    const log = new Channel<unknown>();
    await using setting = await start(
      { ...tells(log), handleConnection: (socket) => sockets.push(socket) },
      { sendTimeout: 1_000 },
    );
    const client = await setting.connect({ paused: true });
    const socket = await sockets.next();
    const sending = socket.send(Buffer.alloc(MIB));
    await setting.island.runtime.clock.advance(999);
    client.resume();
    await sending;
    client.pause();
    const failing = socket.send(Buffer.alloc(MIB)).catch((error) => error.code);
    await settle();
    await setting.island.runtime.clock.advance(1_000);
    await setting.island.runtime.clock.advance(1_000);
    expect(await failing).toBe('ISLAND_SEND_TIMEOUT');
    expect(await log.next()).toMatchObject({ code: 'ISLAND_SEND_TIMEOUT' });
  });

  test('that takes a little in every sendTimeout is waited for, and what it has taken is counted', async () => {
    const sockets = new Channel<Socket>();
    await using setting = await start(
      { handleConnection: (socket) => sockets.push(socket) },
      { sendTimeout: 1_000 },
    );
    const client = await setting.connect({ paused: true });
    const socket = await sockets.next();
    const sending = socket.send(Buffer.alloc(MIB));
    for (let taken = 0; taken < MIB; taken += MIB / 8) {
      const part = client.read(MIB / 8);
      client.resume();
      await part;
      client.pause();
      expect(socket.getstat().sentBytes).toBeGreaterThanOrEqual(taken + MIB / 8);
      await setting.island.runtime.clock.advance(900);
    }
    await sending;
    expect(socket.getstat().sentBytes).toBe(MIB);
  });

  test('waits for a server that does not read', async () => {
    const sockets = new Channel<Socket>();
    await using setting = await start({
      async handleConnection(socket) {
        sockets.push(socket);
        await socket.recv(1, { timeout: 1_000 });
        await new Promise<void>((resolve) => release.push(resolve));
      },
    });
    const release: (() => void)[] = [];
    const client = await setting.connect();
    let isSent = false;
    const sending = client.send(Buffer.alloc(MIB)).then(() => {
      isSent = true;
    });
    const socket = await sockets.next();
    await settle(50);
    expect(isSent).toBe(false);
    expect(socket.getstat().receivedBytes).toBeLessThan(MIB / 2);
    release[0]?.();
    await sending;
  });

  test('whose reads the server cannot satisfy is told how far it came', async () => {
    await using setting = await start({
      handleConnection(socket) {
        void socket.send('abc');
        return close();
      },
    });
    const client = await setting.connect();
    await expect(client.read(5)).rejects.toThrow('the server closed after 3 of 5 bytes');
    expect(await client.readText(3)).toBe('abc');
    await client.closed;
    await expect(client.send('more')).rejects.toMatchObject({ code: 'EPIPE' });
  });

  test.each([
    ['read', -1],
    ['send', 5],
  ])('refuses %s(%p)', async (method, value) => {
    await using setting = await start(ECHO);
    const client = (await setting.connect()) as unknown as Record<
      string,
      (value: unknown) => Promise<unknown>
    >;
    expect(() => client[method]?.(value)).toThrow('must be');
  });
});
