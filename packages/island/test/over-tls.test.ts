import { once } from 'node:events';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatReport, sys } from '@thousand-island/runtime';
import { settle } from '@thousand-island/runtime/testing';
import {
  close,
  continueWith,
  encodeProxyHeaderV1,
  encodeProxyHeaderV2,
  type Handler,
  type Socket,
  switchTransport,
  type TlsTransport,
  tls,
} from '../src/index.ts';
import { Authority } from './support/certificates.ts';
import { Channel } from './support/channel.ts';
import { Client } from './support/client.ts';
import { Haproxy, isInstalled } from './support/haproxy.ts';
import { TestIsland } from './support/test-island.ts';

const MIB = 1024 * 1024;
const ENDS = {
  source: { address: '203.0.113.7', port: 55_555 },
  destination: { address: '203.0.113.1', port: 443 },
};
const HEADERS: [string, Buffer][] = [
  ['1', encodeProxyHeaderV1(ENDS)],
  ['2', encodeProxyHeaderV2({ ...ENDS, authority: 'a.example' }, { checksum: true })],
];

let transport: TlsTransport;
let folder: string;

beforeAll(async () => {
  transport = tls(await (await Authority.make()).issue('a.example'));
  folder = await mkdtemp(join(tmpdir(), 'over-tls-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** Tells whom it is connected to, and sends back what it hears. */
function tells(log: Channel<unknown>): Handler {
  return {
    handleConnection: (socket) => log.push(`${socket.peername()?.address} ${socket.isSecure}`),
    handleData: (data, socket) => socket.send(data),
    handleError: (reason) => log.push(reason),
  };
}

const TRUST = { rejectUnauthorized: false } as const;

describe('a PROXY header before TLS', () => {
  test.each(HEADERS)('of version %s may come together with the ClientHello', async (_, header) => {
    const log = new Channel<unknown>();
    await using island = await TestIsland.start(tells(log), { transport, proxyProtocol: 'required' });
    const plain = await island.connect();
    await using client = await plain.startTls(TRUST, (hello) => plain.send(Buffer.concat([header, hello])));
    await client.send('hello');
    expect(await client.readText(5)).toBe('hello');
    expect(await log.next()).toBe('203.0.113.7 true');
  });

  test.each(HEADERS)('of version %s may be cut anywhere, the ClientHello too', async (_, header) => {
    for (const cut of [1, 5, 12, header.length - 1, header.length, header.length + 1, header.length + 100]) {
      const log = new Channel<unknown>();
      await using island = await TestIsland.start(tells(log), { transport, proxyProtocol: 'optional' });
      const plain = await island.connect();
      await using client = await plain.startTls(TRUST, async (hello) => {
        const bytes = Buffer.concat([header, hello]);
        await plain.send(bytes.subarray(0, cut));
        await settle(3);
        await plain.send(bytes.subarray(cut));
      });
      await client.send('hello');
      expect(await client.readText(5)).toBe('hello');
      expect(await log.next()).toBe('203.0.113.7 true');
    }
  });

  test('is optional: a ClientHello without one is taken as it comes', async () => {
    const log = new Channel<unknown>();
    await using island = await TestIsland.start(tells(log), { transport, proxyProtocol: 'optional' });
    await using client = await Client.secure(island.server.port, TRUST);
    await client.send('hello');
    expect(await client.readText(5)).toBe('hello');
    expect(await log.next()).toBe('127.0.0.1 true');
  });

  test('is required: a ClientHello without one is refused', async () => {
    const log = new Channel<unknown>();
    await using island = await TestIsland.start(tells(log), { transport, proxyProtocol: 'required' });
    const stops = Channel.of(island.server.events, 'connection:stop');
    await expect(Client.secure(island.server.port, TRUST)).rejects.toThrow();
    expect(await log.next()).toMatchObject({ code: 'ISLAND_PROXY_PROTOCOL', kind: 'missing' });
    expect(await stops.next()).toMatchObject({ error: { code: 'ISLAND_PROXY_PROTOCOL' } });
    expect(island.runtime.crashes).toEqual([]);
  });

  test('has a time of its own; the handshake has the whole of its time after it', async () => {
    const log = new Channel<unknown>();
    await using island = await TestIsland.start(tells(log), {
      transport,
      proxyProtocol: { mode: 'required', timeout: 100 },
      handshakeTimeout: 1_000,
    });
    const starts = Channel.of(island.server.events, 'connection:start');
    const client = await island.connect();
    await client.send(encodeProxyHeaderV1(ENDS));
    expect(await starts.next()).toMatchObject({ remote: { address: '203.0.113.7' } });
    await settle();
    await island.clock.advance(999);
    expect(log.seen).toEqual([]);
    await island.clock.advance(1);
    expect(await log.next()).toMatchObject({ code: 'ISLAND_HANDSHAKE_FAILED', reason: 'timeout' });
    await client.closed;
  });
});

const canRun = isInstalled('haproxy') && isInstalled('openssl');
if (!canRun) {
  process.stderr.write(
    '\n!!!! SKIPPED: haproxy or openssl is missing: TLS was not tried behind a real proxy\n',
  );
}
(canRun ? describe : describe.skip)('a server that speaks TLS behind a real haproxy', () => {
  test.each([
    ['that speaks TLS with it', 'send-proxy-v2 proxy-v2-options ssl,authority,crc32c ssl verify none'],
    ['that speaks TLS with it, by version 1', 'send-proxy ssl verify none'],
  ])(
    '%s knows the client',
    async (_, server) => {
      const log = new Channel<unknown>();
      await using island = await TestIsland.start(tells(log), { transport, proxyProtocol: 'required' });
      const front = { name: 'front', bind: 'accept-proxy', server, port: island.server.port };
      await using haproxy = await Haproxy.start([front]);
      const socket = createConnection(haproxy.path('front'));
      socket.write(encodeProxyHeaderV2(ENDS));
      socket.write('hello');
      const [echo] = (await once(socket, 'data')) as [Buffer];
      expect(echo.toString()).toBe('hello');
      expect(await log.next()).toBe('203.0.113.7 true');
      const closed = once(socket, 'close');
      socket.destroy();
      await closed;
    },
    30_000,
  );

  test('that passes TLS through knows the client', async () => {
    const log = new Channel<unknown>();
    await using island = await TestIsland.start(tells(log), { transport, proxyProtocol: 'required' });
    const server = 'send-proxy-v2 proxy-v2-options crc32c';
    const front = { name: 'front', bind: 'accept-proxy', server, port: island.server.port };
    await using haproxy = await Haproxy.start([front]);
    const plain = await Client.connect(0, { path: haproxy.path('front') } as never);
    const first = encodeProxyHeaderV2(ENDS);
    await using client = await plain.startTls(TRUST, (hello) => plain.send(Buffer.concat([first, hello])));
    await client.send('hello');
    expect(await client.readText(5)).toBe('hello');
    expect(await log.next()).toBe('203.0.113.7 true');
  }, 30_000);
});

describe('over TLS', () => {
  test('sendfile sends a file in its place, and what is sent before and after it', async () => {
    const path = join(folder, 'content');
    const content = Buffer.from(Array.from({ length: 130_000 }, (_, index) => `${index},`).join(''));
    await writeFile(path, content);
    const sizes = new Channel<number>();
    await using island = await TestIsland.start(
      {
        async handleConnection(socket) {
          void socket.send('before ');
          const sending = socket.sendfile(path, { offset: 10 });
          void socket.send(' after');
          sizes.push(await sending);
          return close();
        },
      },
      { transport },
    );
    await using client = await Client.secure(island.server.port, TRUST);
    const all = await client.readAll();
    expect(
      all.equals(Buffer.concat([Buffer.from('before '), content.subarray(10), Buffer.from(' after')])),
    ).toBe(true);
    expect(await sizes.next()).toBe(content.length - 10);
  });

  test('sendfile is as slow as its client', async () => {
    const path = join(folder, 'huge');
    await writeFile(path, '');
    await truncate(path, 64 * MIB);
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start(
      { handleConnection: (socket) => sockets.push(socket) },
      { transport, sendTimeout: 'infinity' },
    );
    await using client = await Client.secure(island.server.port, TRUST);
    const socket = await sockets.next();
    void client.socket.pause();
    let isSent = false;
    const sending = socket.sendfile(path).then((size) => {
      isSent = true;
      return size;
    });
    for (let last = -1, same = 0; same < 200; same++) {
      await settle(1);
      const now = socket.getstat().sentBytes;
      if (now !== last || now === 0) same = 0;
      last = now;
    }
    expect(isSent).toBe(false);
    const received = client.read(64 * MIB);
    client.socket.resume();
    expect(await sending).toBe(64 * MIB);
    expect((await received).length).toBe(64 * MIB);
  });

  test('a single large send does not give up a client that takes a little in every sendTimeout, only one that takes nothing', async () => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start(
      { handleConnection: (socket) => sockets.push(socket) },
      { transport, sendTimeout: 1_000, readTimeout: 'infinity' },
    );
    await using client = await Client.secure(island.server.port, TRUST);
    const socket = await sockets.next();
    void client.socket.pause();
    const much = Buffer.alloc(48 * MIB);
    let failure: string | undefined;
    const sending = socket.send(much).catch((error) => {
      failure = error.code;
    });
    for (let taken = 0; taken < much.length / 2; ) {
      const part = client.read(8 * MIB);
      client.socket.resume();
      taken += (await part).length;
      client.socket.pause();
      await island.clock.advance(900);
      expect(socket.isClosed).toBe(false);
    }
    // What the kernel still takes for a client that reads no more has an end.
    while (failure === undefined) {
      await island.clock.advance(1_000);
      await settle(20);
    }
    await sending;
    expect(failure).toBe('ISLAND_SEND_TIMEOUT');
  });

  test('frames are cut as without, and go on so after STARTTLS', async () => {
    const log = new Channel<string>();
    await using island = await TestIsland.start(
      {
        handleData(data, socket) {
          log.push(`${socket.isSecure ? 'secure' : 'clear'}: ${data.toString().trim()}`);
          return data.toString() === 'STARTTLS\n' ? switchTransport(transport) : undefined;
        },
      },
      { packet: 'line' },
    );
    const plain = await island.connect();
    await plain.send('EHLO\nSTARTTLS\n');
    expect(await log.take(2)).toEqual(['clear: EHLO', 'clear: STARTTLS']);
    await using client = await plain.startTls(TRUST);
    await client.send('EHLO\nMA');
    await client.send('IL\n');
    expect(await log.take(2)).toEqual(['secure: EHLO', 'secure: MAIL']);
  });

  test('the options of the socket below can be set', async () => {
    await using island = await TestIsland.start(
      {
        handleConnection(socket) {
          socket.setopts({ noDelay: false, keepAlive: 2_000, packet: 1 });
          return socket.send(JSON.stringify(socket.getopts().keepAlive));
        },
      },
      { transport, keepAlive: true },
    );
    await using client = await Client.secure(island.server.port, TRUST);
    expect(await client.readText(5)).toBe('\x042000');
  });
});

test('nothing secret is in what is told of a connection that crashes, whoever keeps its socket', async () => {
  const [passphrase, ticketKeys] = ['open sesame', Buffer.from('k'.repeat(48))];
  const locked = await (await Authority.make()).issue('locked', { passphrase });
  const transport = tls({ ...locked, passphrase, ticketKeys });
  const handler: Handler<unknown> = {
    handleConnection: (socket) => continueWith({ socket }),
    handleData() {
      throw new Error('crash');
    },
  };
  await using island = await TestIsland.start(handler, { transport });
  const told: string[] = [];
  const { events } = island.runtime;
  events.on('process:crash', (crash) => {
    told.push(formatReport('process:crash', crash, { depth: 'unlimited' }));
    told.push(JSON.stringify([crash.lastMessage, crash.state]));
  });
  events.on('server:trace', ({ text }) => told.push(text));
  const client = await (await island.connect()).startTls(TRUST);
  const pid = await island.connection();
  await sys.trace(island.runtime, pid, true);
  await client.send('hello');
  await client.readAll();
  await settle();
  expect(told.join('\n')).toMatch(/got SocketReader<1 received, 5 bytes wait>.*crashed.*crash/s);
  expect(told.join('\n')).not.toMatch(/sesame|6b 6b|kkkk|PRIVATE/);
});
