import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { settle } from '@thousand-island/runtime/testing';
import { defineHandler, type Handler } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import type { Client } from './support/client.ts';
import { TestIsland } from './support/test-island.ts';

const MIB = 1024 * 1024;

/** Numbers below `end` that look random and are the same each time. */
function randomNumbers(seed: number): (end: number) => number {
  let state = seed;
  return (end) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
}

/** Bytes in which every place is different: a chunk that is lost, doubled or out of order changes the hash. */
function noise(length: number, seed: number): Buffer {
  const random = randomNumbers(seed);
  const bytes = Buffer.alloc(length);
  for (let at = 0; at < length; at += 4) bytes.writeUInt32LE(random(2 ** 32), at);
  return bytes;
}

/** Sends `total` bytes of the noise in chunks from 1 byte to 256 KiB, small ones more often, and waits for their echo. */
async function pour(client: Client, source: Buffer, total: number, seed: number): Promise<[Hash, Hash]> {
  const random = randomNumbers(seed);
  const sent = createHash('sha1');
  const received = createHash('sha1');
  const { socket } = client;
  let back = 0;
  socket.removeAllListeners('data');
  const done = new Promise<void>((resolve, reject) => {
    socket.on('data', (chunk) => {
      received.update(chunk);
      back += chunk.length;
      if (back >= total) resolve();
    });
    socket.once('close', () => reject(new Error(`closed after ${back} of ${total} bytes`)));
  });
  for (let left = total, at = 0; left > 0; ) {
    const size = Math.min(1 + random(2 ** (1 + random(18))), left, source.length - at);
    const chunk = source.subarray(at, at + size);
    sent.update(chunk);
    at = (at + size) % source.length;
    left -= size;
    if (!socket.write(chunk)) await once(socket, 'drain');
  }
  await done;
  expect(back).toBe(total);
  return [sent, received];
}

const handlers: Readonly<Record<string, Handler>> = {
  'a sync handler that returns what send answers': { handleData: (data, socket) => socket.send(data) },
  'a handler that awaits each send': {
    async handleData(data, socket) {
      await socket.send(data);
    },
  },
  'a handler that takes its time now and then': {
    async handleData(data, socket) {
      if (data.length % 7 === 0) await settle(1);
      await socket.send(data);
    },
  },
  'a handler that sends each chunk in pieces': {
    handleData(data, socket) {
      const middle = data.length >> 1;
      void socket.send([data.subarray(0, middle >> 1), data.subarray(middle >> 1, middle)]);
      return socket.send(data.subarray(middle));
    },
  },
  'a handler that reads in a straight line': {
    async handleConnection(socket) {
      // One byte, then what there is: more than one might wait for bytes that never come.
      for (let round = 0; ; round++) await socket.send(await socket.recv(round % 2 === 0 ? 1 : 0));
    },
  },
};

describe('bytes are never lost, doubled or out of order', () => {
  // 200 MB and more: 4 connections at once for each handler, 12.5 MB each.
  test.each(Object.entries(handlers))(
    'by %s',
    async (_name, handler) => {
      const total = 12_500_000;
      await using island = await TestIsland.start(handler, { acceptors: 2 });
      const source = noise(8 * MIB + 4, 1);
      const clients = await Promise.all(Array.from({ length: 4 }, () => island.connect()));
      const hashes = await Promise.all(
        clients.map((client, index) => pour(client, source, total, index + 1)),
      );
      for (const [sent, received] of hashes) expect(received.digest('hex')).toBe(sent.digest('hex'));
    },
    30_000,
  );

  test('by a client that reads more slowly than it writes', async () => {
    await using island = await TestIsland.start({ handleData: (data, socket) => socket.send(data) });
    const source = noise(MIB, 2);
    const client = await island.connect();
    const pausing = (): void => {
      client.socket.pause();
      setImmediate(() => client.socket.resume());
    };
    const poured = pour(client, source, 8 * MIB, 3);
    client.socket.on('data', pausing);
    const [sent, received] = await poured;
    client.socket.off('data', pausing);
    expect(received.digest('hex')).toBe(sent.digest('hex'));
  });
});

describe('early bytes', () => {
  test('that came before the handler was ready are delivered, in order, after handleConnection', async () => {
    const go = new Channel<void>();
    const began = new Channel<void>();
    const told: string[] = [];
    await using island = await TestIsland.start(
      defineHandler({
        init: async () => {
          began.push();
          await go.next();
          return 'state';
        },
        async handleConnection(socket) {
          told.push('connection');
          await settle();
          await socket.send('welcome');
        },
        handleData: (data, socket) => {
          told.push(data.toString());
          return socket.send(data);
        },
      }),
    );
    const client = await island.connect();
    await client.send('early ');
    await began.next();
    await settle();
    await client.send('birds');
    await settle();
    expect(told).toEqual([]);
    go.push();
    expect(await client.readText(18)).toBe('welcomeearly birds');
    expect(told[0]).toBe('connection');
    expect(told.slice(1).join('')).toBe('early birds');
  });

  test('of a client that has left again by then are delivered, and then its end', async () => {
    const go = new Channel<void>();
    const told = new Channel<string>();
    await using island = await TestIsland.start({
      handleConnection: () => go.next(),
      handleData: (data) => told.push(data.toString()),
      handleClose: () => told.push('close'),
    });
    const client = await island.connect();
    client.end('was here');
    await settle(20);
    expect(told.seen).toEqual([]);
    go.push();
    expect(await told.take(2)).toEqual(['was here', 'close']);
  });

  test('of more than one chunk at a time reach a slow handler one by one', async () => {
    let inside = 0;
    let most = 0;
    let total = 0;
    await using island = await TestIsland.start({
      async handleData(data, socket) {
        most = Math.max(most, ++inside);
        await settle(1);
        total += data.length;
        inside--;
        if (total === 3 * MIB) await socket.send('all');
      },
    });
    const client = await island.connect();
    await client.send(noise(3 * MIB, 4));
    expect(await client.readText(3)).toBe('all');
    expect(most).toBe(1);
  });
});
