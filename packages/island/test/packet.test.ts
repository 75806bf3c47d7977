import fc from 'fast-check';
import {
  type Handler,
  type Packet,
  type ServerOptions,
  type Socket,
  SocketClosedError,
} from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { TestIsland } from './support/test-island.ts';

type Framed = Pick<ServerOptions, 'packet' | 'packetSize' | 'lineDelimiter'>;

/** Tells what it is given, frame by frame, and what it ends with. */
function hears(frames: Channel<string>, ends = new Channel<unknown>()): Handler {
  return {
    handleData: (data) => frames.push(data.toString()),
    handleClose: () => ends.push('closed'),
    handleError: (reason) => ends.push(reason),
  };
}

function packed(headerLength: 1 | 2 | 4, ...frames: readonly string[]): Buffer {
  return Buffer.concat(
    frames.map((frame) => {
      const header = Buffer.alloc(headerLength);
      header.writeUIntBE(frame.length, 0, headerLength);
      return Buffer.concat([header, Buffer.from(frame)]);
    }),
  );
}

describe('the option packet', () => {
  test.each<[string, Framed, Buffer, string[]]>([
    ["'line'", { packet: 'line' }, Buffer.from('one\ntwo\r\n\nrest'), ['one\n', 'two\r\n', '\n']],
    [
      "'line' with another delimiter",
      { packet: 'line', lineDelimiter: 0 },
      Buffer.from('a\n\0b\0'),
      ['a\n\0', 'b\0'],
    ],
    ['1', { packet: 1 }, packed(1, 'one', '', 'three'), ['one', '', 'three']],
    ['2', { packet: 2 }, packed(2, 'one', '', 'x'.repeat(300)), ['one', '', 'x'.repeat(300)]],
    ['4', { packet: 4 }, packed(4, 'one', 'x'.repeat(70_000)), ['one', 'x'.repeat(70_000)]],
  ])('%s gives the handler one frame at a time, whole', async (_, options, bytes, expected) => {
    const frames = new Channel<string>();
    await using island = await TestIsland.start(hears(frames), options);
    const client = await island.connect();
    await client.send(bytes);
    expect(await frames.take(expected.length)).toEqual(expected);
    client.end();
    await client.closed;
    expect(frames.seen).toEqual(expected);
  });

  test('makes no difference to how the network cuts: every byte by itself', async () => {
    const frames = new Channel<string>();
    await using island = await TestIsland.start(hears(frames), { packet: 2 });
    const client = await island.connect();
    for (const byte of packed(2, 'hello', 'you')) await client.send(Uint8Array.of(byte));
    expect(await frames.take(2)).toEqual(['hello', 'you']);
  });

  test('hands on a frame that is larger than what is read ahead', async () => {
    const frames = new Channel<string>();
    const options: Framed = { packet: 4, packetSize: 'infinity' };
    await using island = await TestIsland.start(hears(frames), options);
    const large = 'L'.repeat(5 * 1024 * 1024);
    await (await island.connect()).send(packed(4, large, 'small'));
    const [first, second] = await frames.take(2);
    expect(first === large).toBe(true);
    expect(second).toBe('small');
  });

  test.each<[Packet, string]>([
    [1, '\x05hello'],
    [2, '\0\x05hello'],
    [4, '\0\0\0\x05hello'],
    ['line', 'hello'],
    ['raw', 'hello'],
  ])(
    '%p puts its header, if it has one, in front of what is sent, however it is given',
    async (packet, sent) => {
      await using island = await TestIsland.start(
        {
          handleConnection: (socket) =>
            void Promise.all([socket.send('hello'), socket.send(['he', Buffer.from('llo')])]),
        },
        { packet },
      );
      const client = await island.connect();
      expect(await client.readText(sent.length * 2)).toBe(sent + sent);
    },
  );

  test('refuses to send what its header cannot tell the length of, and sends nothing of it', async () => {
    const ends = new Channel<unknown>();
    await using island = await TestIsland.start(
      {
        handleConnection: (socket) => socket.send('x'.repeat(256)),
        handleError: (reason) => ends.push(reason),
      },
      { packet: 1 },
    );
    const stops = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect();
    expect(await ends.next()).toMatchObject({ code: 'ISLAND_FRAME_TOO_LARGE', limit: 255, length: 256 });
    expect((await client.readAll()).length).toBe(0);
    expect((await stops.next()).statistics).toMatchObject({ sentCount: 0, sentBytes: 0 });
  });

  test.each<[string, Framed, string]>([
    ['a line', { packet: 'line', packetSize: 5 }, 'ok\nmuch too long'],
    ['a length', { packet: 1, packetSize: 5 }, '\x03ok\n\x06'],
  ])(
    'ends the connection for %s that is over packetSize, after the frames before it',
    async (_, options, bytes) => {
      const frames = new Channel<string>();
      const ends = new Channel<unknown>();
      await using island = await TestIsland.start(hears(frames, ends), options);
      const stops = Channel.of(island.server.events, 'connection:stop');
      const client = await island.connect();
      await client.send(bytes);
      expect(await ends.next()).toMatchObject({ code: 'ISLAND_FRAME_TOO_LARGE', limit: 5 });
      expect(frames.seen).toEqual(['ok\n']);
      await client.closed;
      expect(await stops.next()).toMatchObject({ error: { code: 'ISLAND_FRAME_TOO_LARGE' } });
      expect(island.runtime.crashes).toEqual([]);
    },
  );

  test('lets the handler say a last word about a frame that is too large', async () => {
    await using island = await TestIsland.start(
      { handleError: (_reason, socket) => void socket.send('too long\n') },
      { packet: 'line', packetSize: 10 },
    );
    const client = await island.connect();
    await client.send('a line that is too long');
    expect((await client.readAll()).toString()).toBe('too long\n');
  });

  test('a client that closes in the middle of a frame is closed in good order, without the rest', async () => {
    const frames = new Channel<string>();
    const ends = new Channel<unknown>();
    await using island = await TestIsland.start(hears(frames, ends), { packet: 'line' });
    const client = await island.connect();
    client.end('whole\npart');
    expect(await ends.next()).toBe('closed');
    expect(frames.seen).toEqual(['whole\n']);
  });
});

describe('recv', () => {
  test('gives one frame with the packet of the socket, and exactly so many bytes when it is told a count', async () => {
    const said = new Channel<string>();
    await using island = await TestIsland.start(
      {
        async handleConnection(socket) {
          said.push((await socket.recv()).toString());
          said.push((await socket.recv(4)).toString());
          said.push((await socket.recv(0, { timeout: 1_000 })).toString());
        },
        handleData: (data) => said.push(`data ${data}`),
      },
      { packet: 'line' },
    );
    await (await island.connect()).send('first\nbodysecond\nthird\n');
    expect(await said.take(4)).toEqual(['first\n', 'body', 'second\n', 'data third\n']);
  });

  test('with a packet of its own cuts one frame so, and what comes behind it as before', async () => {
    const said = new Channel<string>();
    await using island = await TestIsland.start({
      async handleData(data, socket) {
        said.push(`data ${data}`);
        if (data.toString() !== 'go') return;
        said.push((await socket.recv({ packet: 'line' })).toString());
        said.push((await socket.recv({ packet: 2, timeout: 'infinity' })).toString());
      },
    });
    const client = await island.connect();
    await client.send('go');
    expect(await said.next()).toBe('data go');
    await client.send('li');
    await client.send('ne\n\0');
    expect(await said.next()).toBe('line\n');
    await client.send('\x03abcrest\nof it');
    expect(await said.take(2)).toEqual(['abc', 'data rest\nof it']);
  });

  test('that runs out of time leaves what has come, cut as before', async () => {
    const said = new Channel<string>();
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start({
      async handleConnection(socket) {
        sockets.push(socket);
        await socket.recv({ packet: 'line', timeout: 500 }).catch((error) => said.push(error.code));
      },
      handleData: (data) => said.push(data.toString()),
    });
    const client = await island.connect();
    await client.send('no end of line');
    const socket = await sockets.next();
    while (socket.getstat().receivedBytes < 14) await new Promise(setImmediate);
    await island.clock.advance(500);
    expect(await said.take(2)).toEqual(['ISLAND_RECV_TIMEOUT', 'no end of line']);
  });

  test('rejects for a frame that is too large, which ends the connection', async () => {
    const ends = new Channel<unknown>();
    await using island = await TestIsland.start({
      async handleConnection(socket) {
        await socket.recv({ packet: 'line', packetSize: 4 });
      },
      handleError: (reason) => ends.push(reason),
    });
    const client = await island.connect();
    await client.send('hello\n');
    expect(await ends.next()).toMatchObject({ code: 'ISLAND_FRAME_TOO_LARGE' });
    await client.closed;
    expect(island.runtime.crashes).toEqual([]);
  });

  test('that waits for a frame is rejected when the client closes', async () => {
    const ends = new Channel<unknown>();
    await using island = await TestIsland.start({
      handleConnection: (socket) => void socket.recv({ packet: 4 }).catch((error) => ends.push(error)),
    });
    (await island.connect()).end('\0\0');
    expect(await ends.next()).toBeInstanceOf(SocketClosedError);
  });

  test('refuses a count beside a packet', async () => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start({ handleConnection: (socket) => sockets.push(socket) });
    await island.connect();
    const socket = await sockets.next();
    expect(() => socket.recv(5, { packet: 'line' })).toThrow('count must be 0');
    expect(() => socket.recv({ packet: 3 as never })).toThrow('the option packet must be');
  });
});

describe('setopts', () => {
  test('cuts what has come and was not taken in the new way: a head of lines, then a body', async () => {
    const said = new Channel<string>();
    await using island = await TestIsland.start(
      {
        handleData(data, socket) {
          said.push(data.toString());
          if (data.toString() === '\r\n') socket.setopts({ packet: 'raw' });
        },
      },
      { packet: 'line' },
    );
    await (await island.connect()).send('GET /\r\nHost: x\r\n\r\nbody\nwith lines\n');
    expect(await said.take(4)).toEqual(['GET /\r\n', 'Host: x\r\n', '\r\n', 'body\nwith lines\n']);
  });

  test('from raw to frames and on: nothing is lost and nothing comes twice, however it is sent and cut', async () => {
    const modes: Packet[] = ['line', 1, 2, 4];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom(...modes), fc.stringMatching(/^[a-z]{0,40}$/)), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
        async (frames, cuts) => {
          const got = new Channel<string>();
          await using island = await TestIsland.start(
            {
              handleData(data, socket) {
                got.push(data.toString().replace('\n', ''));
                const next = frames[got.seen.length];
                if (next !== undefined) socket.setopts({ packet: next[0] });
              },
            },
            { packet: (frames[0] as [Packet, string])[0] },
          );
          const bytes = Buffer.concat(
            frames.map(([mode, text]) =>
              typeof mode === 'number' ? packed(mode, text) : Buffer.from(`${text}\n`),
            ),
          );
          const client = await island.connect();
          for (let at = 0, turn = 0; at < bytes.length; turn++) {
            const size = cuts[turn % cuts.length] as number;
            await client.send(bytes.subarray(at, at + size));
            at += size;
          }
          expect(await got.take(frames.length)).toEqual(frames.map(([, text]) => text));
        },
      ),
      { numRuns: 25 },
    );
  });

  test('from another process than its own cuts what waits for the handler too', async () => {
    const sockets = new Channel<Socket>();
    const said = new Channel<string>();
    await using island = await TestIsland.start(
      {
        handleConnection: (socket) => sockets.push(socket),
        handleData: (data) => said.push(data.toString()),
      },
      { packet: 4 },
    );
    const client = await island.connect();
    await client.send('abc\nde');
    const socket = await sockets.next();
    while (socket.getstat().receivedBytes < 6) await new Promise(setImmediate);
    socket.setopts({ packet: 'line' });
    expect(await said.next()).toBe('abc\n');
    await client.send('f\n');
    expect(await said.next()).toBe('def\n');
  });
});
