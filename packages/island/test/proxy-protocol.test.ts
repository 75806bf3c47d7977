import { settle } from '@thousand-island/runtime/testing';
import fc from 'fast-check';
import {
  encodeProxyHeaderV1,
  encodeProxyHeaderV2,
  type Handler,
  HandshakeError,
  type ProxyHeader,
  type ProxyHeaderInput,
  type ServerOptions,
  type Transport,
  tcp,
} from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { TestIsland } from './support/test-island.ts';

const ADDRESSES: ProxyHeaderInput = {
  source: { address: '203.0.113.7', port: 55_555 },
  destination: { address: '203.0.113.1', port: 443 },
};
const CLIENT = { address: '203.0.113.7', port: 55_555, family: 'IPv4' };
const HERE = expect.objectContaining({ address: '127.0.0.1' });

/** Tells whom it is talking to and what it hears; what it ends with. */
function tells(log: Channel<unknown>): Handler {
  return {
    handleConnection: (socket) => log.push(socket.peername()),
    handleData: (data) => log.push(data.toString()),
    handleClose: () => log.push('closed'),
    handleError: (reason) => log.push(reason),
  };
}

async function start(
  log: Channel<unknown>,
  proxyProtocol: NonNullable<ServerOptions['proxyProtocol']>,
  more: Partial<ServerOptions> = {},
): Promise<TestIsland> {
  return TestIsland.start(tells(log), { ...more, proxyProtocol });
}

describe.each(['optional', 'required'] as const)('with proxyProtocol %p', (mode) => {
  test.each<[string, Buffer]>([
    ['1', encodeProxyHeaderV1(ADDRESSES)],
    ['2', encodeProxyHeaderV2(ADDRESSES, { checksum: true })],
  ])('a header of version %s tells the client and the server it wanted', async (_, header) => {
    const log = new Channel<unknown>();
    await using island = await TestIsland.start(
      { handleConnection: (socket) => log.push([socket.peername(), socket.sockname(), socket.proxyHeader]) },
      { proxyProtocol: mode },
    );
    const starts = Channel.of(island.server.events, 'connection:start');
    const stops = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect();
    await client.send(header);
    expect(await log.next()).toEqual([
      CLIENT,
      { address: '203.0.113.1', port: 443, family: 'IPv4' },
      expect.objectContaining({ command: 'proxy', transport: 'tcp4' }),
    ]);
    client.end();
    expect(await starts.next()).toMatchObject({ remote: CLIENT });
    expect(await stops.next()).toMatchObject({ remote: CLIENT });
  });

  test('what comes behind the header in the same piece is data, and nothing is lost, however it is cut', async () => {
    const bytes = Buffer.concat([
      encodeProxyHeaderV2({ ...ADDRESSES, authority: 'example.org' }),
      Buffer.from('hello\n'),
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 5 }),
        async (cuts) => {
          const log = new Channel<unknown>();
          await using island = await start(log, mode, { packet: 'line' });
          const client = await island.connect();
          let from = 0;
          for (const to of [...cuts.sort((a, b) => a - b), bytes.length]) {
            await client.send(bytes.subarray(from, to));
            await settle(1);
            from = to;
          }
          expect(await log.take(2)).toEqual([CLIENT, 'hello\n']);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('a header that comes byte by byte is one', async () => {
    const log = new Channel<unknown>();
    await using island = await start(log, mode);
    const client = await island.connect();
    for (const byte of encodeProxyHeaderV1(ADDRESSES)) {
      await client.send(Uint8Array.of(byte));
      await settle(1);
    }
    expect(await log.next()).toEqual(CLIENT);
  });

  test.each<[string, Buffer]>([
    ['UNKNOWN', encodeProxyHeaderV1()],
    ['LOCAL', encodeProxyHeaderV2({ command: 'local' })],
    ['of a datagram', encodeProxyHeaderV2({ ...ADDRESSES, transport: 'udp4' })],
  ])('a header that is %s leaves the addresses as they are', async (_, header) => {
    const log = new Channel<unknown>();
    await using island = await start(log, mode);
    await (await island.connect()).send(Buffer.concat([header, Buffer.from('data')]));
    expect(await log.take(2)).toEqual([HERE, 'data']);
  });

  test.each<[string, Buffer, string]>([
    ['malformed', Buffer.from('PROXY TCP4 nonsense\r\n'), 'badFields'],
    ['of another version', Buffer.from('0d0a0d0a000d0a515549540a31110000', 'hex'), 'badVersion'],
    ['too long', Buffer.from('0d0a0d0a000d0a515549540a2111ffff', 'hex'), 'tooLong'],
  ])('a header that is %s ends the connection, with one start and one stop', async (_, header, kind) => {
    const log = new Channel<unknown>();
    await using island = await start(log, mode, { acceptors: 1, maxConnections: 1 });
    const starts = Channel.of(island.server.events, 'connection:start');
    const stops = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect();
    await client.send(header);
    await client.closed;
    expect(await log.next()).toMatchObject({ code: 'ISLAND_PROXY_PROTOCOL', kind });
    expect(await stops.next()).toMatchObject({ remote: HERE, error: { code: 'ISLAND_PROXY_PROTOCOL' } });
    expect([starts.seen.length, stops.seen.length, log.seen.length]).toEqual([1, 1, 1]);
    expect(island.runtime.crashes).toEqual([]);
    await (await island.connect()).send(encodeProxyHeaderV1(ADDRESSES));
    expect(await log.next()).toEqual(CLIENT);
  });

  test('a header that takes too long ends the connection, and its place is free', async () => {
    const log = new Channel<unknown>();
    await using island = await start(log, { mode, timeout: 300 });
    const client = await island.connect();
    await client.send('PROXY TCP4');
    await arrived(island, 10);
    await island.clock.advance(299);
    expect(log.seen).toEqual([]);
    await island.clock.advance(1);
    expect(await log.next()).toMatchObject({ kind: 'incomplete' });
    await client.closed;
    await settle();
    expect(await island.server.connections()).toEqual([]);
  });

  test('a client that is gone in the middle of the header ends its connection', async () => {
    const log = new Channel<unknown>();
    await using island = await start(log, mode);
    const client = await island.connect();
    await client.send('PROXY TCP4');
    client.end();
    expect(await log.next()).toMatchObject({ kind: 'incomplete' });
    const other = await island.connect();
    await other.send('PROXY TCP4');
    await arrived(island, 10);
    await other.reset();
    expect(await log.next()).toMatchObject({ code: 'ISLAND_SOCKET_ERROR' });
  });

  test('does not make the server wait when it stops', async () => {
    const log = new Channel<unknown>();
    await using island = await start(log, mode);
    const client = await island.connect();
    await client.send('PROXY TCP4');
    await arrived(island, 10);
    expect(await island.server.stop()).toEqual({ told: 1, finished: 1, forced: 0 });
    await client.closed;
    expect(log.seen).toEqual([]);
  });

  test('the header comes before the handshake of the transport, which sees what is behind it', async () => {
    const log = new Channel<unknown>();
    const seen = new Channel<string>();
    await using island = await start(log, mode, { transport: greeted(seen) });
    await (await island.connect()).send(
      Buffer.concat([encodeProxyHeaderV1(ADDRESSES), Buffer.from('hello, data')]),
    );
    expect(await seen.next()).toBe('hello, data');
    expect(await log.take(2)).toEqual([CLIENT, ', data']);
  });

  test('and trusted sources, a header of one of them is believed', async () => {
    const log = new Channel<unknown>();
    await using island = await start(log, { mode, trustedSources: ['10.0.0.0/8', '127.0.0.0/8'] });
    await (await island.connect()).send(encodeProxyHeaderV1(ADDRESSES));
    expect(await log.next()).toEqual(CLIENT);
  });
});

describe("with proxyProtocol 'required'", () => {
  test.each([
    ['begins with something else', 'GET / HTTP/1.1\r\n'],
    ['closes at once', ''],
  ])('a connection that %s is refused', async (_, bytes) => {
    const log = new Channel<unknown>();
    await using island = await start(log, 'required');
    (await island.connect()).end(bytes);
    expect(await log.next()).toMatchObject({ code: 'ISLAND_PROXY_PROTOCOL', kind: 'missing' });
  });

  test('a connection that says nothing is refused after handshakeTimeout', async () => {
    const log = new Channel<unknown>();
    await using island = await start(log, 'required', { handshakeTimeout: 2_000 });
    const client = await island.connect();
    await arrived(island, 0);
    await island.clock.advance(2_000);
    expect(await log.next()).toMatchObject({ kind: 'missing' });
    await client.closed;
  });

  test('a connection from elsewhere than the trusted sources is refused, whatever it says', async () => {
    const log = new Channel<unknown>();
    await using island = await start(log, { mode: 'required', trustedSources: ['10.0.0.0/8', 'unix'] });
    const client = await island.connect();
    expect(await log.next()).toMatchObject({
      kind: 'untrusted',
      message: '127.0.0.1 is none of the trusted sources of PROXY headers',
    });
    await client.closed;
  });
});

describe("with proxyProtocol 'optional'", () => {
  test.each([
    ['begins with something else', 'hello'],
    ['begins nearly like a header', 'PROXYMAN'],
    ['is shorter than a header', '\r\n\r\n'],
  ])('a connection that %s is taken as it comes', async (_, bytes) => {
    const log = new Channel<unknown>();
    await using island = await start(log, 'optional');
    const client = await island.connect();
    client.end(bytes);
    expect(await log.take(3)).toEqual([HERE, bytes, 'closed']);
  });

  test('a client that waits for the server to speak first is spoken to when the time for the header is up', async () => {
    const log = new Channel<unknown>();
    await using island = await start(log, { mode: 'optional', timeout: 100 });
    const client = await island.connect();
    await arrived(island, 0);
    await island.clock.advance(100);
    expect(await log.next()).toEqual(HERE);
    await client.send('now I speak');
    expect(await log.next()).toBe('now I speak');
  });

  test('a header from elsewhere than the trusted sources is data', async () => {
    const log = new Channel<unknown>();
    await using island = await start(log, { mode: 'optional', trustedSources: [] });
    await (await island.connect()).send(encodeProxyHeaderV1(ADDRESSES));
    expect(await log.take(2)).toEqual([HERE, encodeProxyHeaderV1(ADDRESSES).toString()]);
  });
});

test("with proxyProtocol 'off', which is the default, a header is data", async () => {
  const log = new Channel<unknown>();
  await using island = await TestIsland.start(tells(log));
  await (await island.connect()).send(encodeProxyHeaderV1(ADDRESSES));
  expect(await log.take(2)).toEqual([HERE, encodeProxyHeaderV1(ADDRESSES).toString()]);
});

test('a header of version 2 tells all that the proxy knows', async () => {
  const headers = new Channel<ProxyHeader | undefined>();
  await using island = await TestIsland.start(
    { handleConnection: (socket) => headers.push(socket.proxyHeader) },
    { proxyProtocol: 'required' },
  );
  const details = {
    alpn: 'h2',
    authority: 'example.org',
    uniqueId: Buffer.from('id-1'),
    netns: 'blue',
    ssl: {
      client: { ssl: true, certConn: true, certSess: false },
      verified: true,
      version: 'TLSv1.3',
      commonName: 'me',
    },
  };
  await (await island.connect()).send(encodeProxyHeaderV2({ ...ADDRESSES, ...details }, { checksum: true }));
  expect(await headers.next()).toMatchObject(details);
});

test('a client of a Unix socket behind the proxy has its path for an address', async () => {
  const log = new Channel<unknown>();
  await using island = await start(log, 'required');
  const header = encodeProxyHeaderV2({
    source: { path: '/run/client' },
    destination: { path: '/run/server' },
  });
  await (await island.connect()).send(header);
  expect(await log.next()).toEqual({ address: '/run/client', port: 0, family: 'Unix' });
});

/** Waits until the only connection there is has read so many bytes. */
async function arrived(island: TestIsland, count: number): Promise<void> {
  for (let received = -1; received < count; await settle(1)) {
    const [pid] = await island.server.connections();
    if (pid === undefined) continue;
    received = Number(island.runtime.processInfo(pid)?.description?.details?.received);
  }
  await settle();
}

/** TCP whose clients say hello first; tells all that was there for its handshake. */
function greeted(seen: Channel<string>): Transport {
  return {
    name: 'greeted',
    listen: tcp.listen,
    handshake: (raw) =>
      new Promise((resolve, reject) => {
        raw.once('close', () => reject(new HandshakeError('closed', 'gone')));
        raw.once('data', (chunk: Buffer) => {
          seen.push(chunk.toString());
          raw.pause();
          raw.unshift(chunk.subarray('hello'.length));
          resolve(raw);
        });
        raw.resume();
      }),
  };
}
