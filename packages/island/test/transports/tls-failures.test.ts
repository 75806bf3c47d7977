import type { ConnectionOptions } from 'node:tls';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { settle } from '@thousand-island/runtime/testing';
import { type TlsOptions, tls } from '../../src/index.ts';
import { Authority, type Certificate } from '../support/certificates.ts';
import { Channel } from '../support/channel.ts';
import { TestIsland } from '../support/test-island.ts';
import { echoing } from '../support/tls-peer.ts';

let authority: Authority;
let certificate: Certificate;
let stranger: Certificate;
let expired: Certificate;

beforeAll(async () => {
  authority = await Authority.make();
  [certificate, expired, stranger] = await Promise.all([
    authority.issue('a.example'),
    authority.issue('client', { expired: true }),
    Authority.make('another authority').then((other) => other.issue('client')),
  ]);
});

/** A server with room for one: who comes next gets in only if the place of who failed is free. */
async function narrow(options: Partial<TlsOptions>, failures: Channel<unknown>): Promise<TestIsland> {
  return TestIsland.start(echoing(failures), {
    transport: tls({ ...certificate, ...options }),
    acceptors: 1,
    maxConnections: 1,
    maxConnectionsRetryCount: 0,
  });
}

/** The one connection has failed: everything of it is gone, and the next one is served. */
async function expectFree(island: TestIsland, stops: { next(): Promise<unknown> }): Promise<void> {
  await stops.next();
  await settle();
  expect(await island.server.connections()).toEqual([]);
  expect(island.runtime.crashes).toEqual([]);
}

const random = Buffer.from('00112233445566778899aabbccddeeff', 'hex');

describe('a handshake that begins with something else', () => {
  test.each([
    ['plain HTTP', 'GET / HTTP/1.1\r\nhost: a.example\r\n\r\n', 'notTls', 'http request'],
    ['another protocol', 'EHLO client.example\r\n', 'notTls', 'wrong version number'],
    ['random bytes', random, 'notTls', 'wrong version number'],
    [
      'a record of TLS with nothing of it inside',
      Buffer.from('160301000a01000006ffffffffffff', 'hex'),
      'failed',
      '',
    ],
    ['an alert', Buffer.from('15030100020250', 'hex'), 'failed', 'unexpected message'],
  ])('%s: fails by name, and its place is free', async (_, bytes, reason, detail) => {
    const failures = new Channel<unknown>();
    await using island = await narrow({}, failures);
    const stops = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect();
    await client.send(bytes);
    const failure = await failures.next();
    expect(failure).toMatchObject({ code: 'ISLAND_HANDSHAKE_FAILED', reason });
    expect(String(failure)).toContain(detail);
    await client.closed;
    await expectFree(island, stops);
  });

  test.each([
    ['says nothing', ''],
    ['stops in the middle of the first record', Buffer.from('1603010200', 'hex')],
  ])('a client that %s and ends has failed at once', async (_, bytes) => {
    const failures = new Channel<unknown>();
    await using island = await narrow({}, failures);
    const stops = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect();
    client.end(bytes);
    expect(await failures.next()).toMatchObject({ reason: 'closed' });
    await client.closed;
    await expectFree(island, stops);
  });

  test.each([
    ['', {}],
    [' although it was looked at', { clientHello: () => undefined }],
  ])('a client that ends behind its ClientHello has failed at once%s', async (_, options) => {
    const failures = new Channel<unknown>();
    await using island = await narrow(options, failures);
    const stops = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect();
    const { socket } = client;
    void client.startTls({}, (hello) => socket.end(hello)).catch(() => {});
    expect(await failures.next()).toMatchObject({ reason: 'closed' });
    socket.destroy();
    await expectFree(island, stops);
  });

  test('a client that resets in the middle has failed at once', async () => {
    const failures = new Channel<unknown>();
    await using island = await narrow({}, failures);
    const started = Channel.of(island.server.events, 'connection:start');
    const stops = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect();
    await client.send(Buffer.from('1603010200', 'hex'));
    await started.next();
    await client.reset();
    expect(await failures.next()).toMatchObject({ reason: 'closed' });
    await expectFree(island, stops);
  });

  test('a client that stalls is gone when the time is up', async () => {
    const failures = new Channel<unknown>();
    await using island = await narrow({}, failures);
    const started = Channel.of(island.server.events, 'connection:start');
    const stops = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect();
    await client.send(Buffer.from('1603010200', 'hex'));
    await started.next();
    await settle();
    island.clock.advance(5_000);
    expect(await failures.next()).toMatchObject({ reason: 'timeout' });
    await client.closed;
    await expectFree(island, stops);
  });

  test('a server that stops does not wait for who has not done its handshake', async () => {
    const failures = new Channel<unknown>();
    await using island = await narrow({}, failures);
    const started = Channel.of(island.server.events, 'connection:start');
    const client = await island.connect();
    await started.next();
    expect(await island.server.stop()).toEqual({ told: 1, finished: 1, forced: 0 });
    await client.closed;
    expect(failures.seen).toEqual([]);
  });
});

describe('a handshake in which the two do not agree', () => {
  const modern = { requestCert: true } as const;
  test.each<[string, () => Partial<TlsOptions>, () => ConnectionOptions, string, string]>([
    ['on a protocol', () => ({ alpn: ['h2'] }), () => ({ ALPNProtocols: ['smtp'] }), 'alpn', ''],
    ['on a version', () => ({ minVersion: 'TLSv1.3' }), () => ({ maxVersion: 'TLSv1.2' }), 'version', ''],
    [
      'on a cipher',
      () => ({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }),
      () => ({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' }),
      'cipher',
      '',
    ],
    [
      'on a certificate of the client: none',
      () => ({ ...modern, ca: authority.cert }),
      () => ({}),
      'clientCertificate',
      'peer did not return a certificate',
    ],
    [
      'on a certificate of the client: none, TLS 1.2',
      () => ({ ...modern, ca: authority.cert }),
      () => ({ maxVersion: 'TLSv1.2' }),
      'clientCertificate',
      'peer did not return a certificate',
    ],
    [
      'on a certificate of the client: expired',
      () => ({ ...modern, ca: authority.cert }),
      () => expired,
      'clientCertificate',
      'CERT_HAS_EXPIRED',
    ],
    [
      'on a certificate of the client: of an unknown authority',
      () => ({ ...modern, ca: authority.cert }),
      () => stranger,
      'clientCertificate',
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
  ])('%s: fails by name, and its place is free', async (_, options, wishes, reason, detail) => {
    const failures = new Channel<unknown>();
    await using island = await narrow(options(), failures);
    const stops = Channel.of(island.server.events, 'connection:stop');
    const gone = refused(island, { rejectUnauthorized: false, ...wishes() });
    const failure = await failures.next();
    expect(failure).toMatchObject({ code: 'ISLAND_HANDSHAKE_FAILED', reason });
    expect(String(failure)).toContain(detail);
    await gone;
    await expectFree(island, stops);
  });

  test("a client that does not like the server's certificate breaks it off", async () => {
    const failures = new Channel<unknown>();
    await using island = await narrow({}, failures);
    const stops = Channel.of(island.server.events, 'connection:stop');
    expect(await refused(island, { servername: 'a.example' })).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(await failures.next()).toMatchObject({ reason: 'closed' });
    await expectFree(island, stops);
  });
});

/** A client that is not let in: how it learns that. */
function refused({ server }: TestIsland, options: ConnectionOptions): Promise<string> {
  const socket: TLSSocket = connectTls({ host: '127.0.0.1', port: server.port, ...options });
  let failure = 'closed';
  socket.on('error', (error: NodeJS.ErrnoException) => {
    failure = error.code ?? error.message;
  });
  // With TLS 1.3 a client believes that all is well before the server has looked at its certificate.
  socket.resume();
  return new Promise((resolve) => socket.on('close', () => resolve(failure)));
}
