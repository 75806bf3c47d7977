import { once } from 'node:events';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { type TlsOptions, type TlsTransport, tls } from '../../src/index.ts';
import { Authority, type Certificate } from '../support/certificates.ts';
import { Client } from '../support/client.ts';
import { TestIsland } from '../support/test-island.ts';
import { type Information, informing } from '../support/tls-peer.ts';

let authority: Authority;
let other: Authority;
let certificate: Certificate;
let client: Certificate;

beforeAll(async () => {
  [authority, other] = await Promise.all([Authority.make(), Authority.make('another authority')]);
  [certificate, client] = await Promise.all([authority.issue('a.example'), authority.issue('client')]);
});

function serve(transport: TlsTransport): Promise<TestIsland> {
  return TestIsland.start(informing, { transport });
}

interface Visit {
  readonly information: Information;
  readonly session: Buffer;
}

/** Comes once, and takes a ticket away. */
async function visit({ server }: TestIsland, options: ConnectionOptions = {}): Promise<Visit> {
  const socket = connectTls({ host: '127.0.0.1', port: server.port, ca: authority.cert, ...options });
  // Not told of as an event if a session is resumed and no new ticket comes: TLS 1.2.
  const [[session]] = (await Promise.all([once(socket, 'session'), once(socket, 'secureConnect')])) as [
    [Buffer],
    unknown,
  ];
  await using visitor = Client.of(socket);
  return { information: JSON.parse(await visitor.readLine()), session };
}

async function isResumed(
  island: TestIsland,
  session: Buffer,
  options: ConnectionOptions = {},
): Promise<boolean> {
  const socket = connectTls({
    host: '127.0.0.1',
    port: island.server.port,
    ca: authority.cert,
    session,
    ...options,
  });
  await once(socket, 'secureConnect');
  await using visitor = Client.of(socket);
  const information: Information = JSON.parse(await visitor.readLine());
  expect(socket.isSessionReused()).toBe(information.sessionReused);
  return information.sessionReused;
}

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a session, %s,', (maxVersion) => {
  const version = { maxVersion };

  test('is resumed with a ticket', async () => {
    await using island = await serve(tls({ ...certificate }));
    const { session, information } = await visit(island, version);
    expect(information.sessionReused).toBe(false);
    expect(await isResumed(island, session, version)).toBe(true);
  });

  test('is resumed when the host has a certificate of its own', async () => {
    await using island = await serve(tls({ sniHosts: { 'a.example': certificate } }));
    const named = { ...version, servername: 'a.example' };
    const { session } = await visit(island, named);
    expect(await isResumed(island, session, named)).toBe(true);
  });

  test('is resumed by another server with the same ticket keys, and by no other', async () => {
    const ticketKeys = Buffer.alloc(48, 7);
    await using one = await serve(tls({ ...certificate, ticketKeys }));
    await using two = await serve(tls({ ...certificate, ticketKeys }));
    await using apart = await serve(tls({ ...certificate, ticketKeys, sessionIdContext: 'apart' }));
    await using without = await serve(tls({ ...certificate }));
    const { session } = await visit(one, version);
    expect(await isResumed(two, session, version)).toBe(true);
    expect(await isResumed(apart, session, version)).toBe(false);
    expect(await isResumed(without, session, version)).toBe(false);
  });

  test('is not resumed without tickets', async () => {
    const ticketKeys = Buffer.alloc(48, 7);
    await using one = await serve(tls({ ...certificate, ticketKeys }));
    await using two = await serve(tls({ ...certificate, sessionTickets: false }));
    const { session } = await visit(one, version);
    expect(await isResumed(two, session, version)).toBe(false);
  });

  test('is resumed after the certificate was renewed', async () => {
    const transport = tls({ ...certificate });
    await using island = await serve(transport);
    const { session } = await visit(island, version);
    await transport.reload(await authority.issue('a.example'));
    expect(await isResumed(island, session, version)).toBe(true);
  });

  test('with a client certificate is resumed, unless others are trusted meanwhile', async () => {
    const verify: TlsOptions = { requestCert: true, ca: authority.cert };
    const transport = tls({ ...certificate, ...verify });
    await using island = await serve(transport);
    const { session } = await visit(island, { ...version, ...client });
    expect(await isResumed(island, session, { ...version, ...client })).toBe(true);
    await transport.reload({ ca: [authority.cert, other.cert] });
    expect(await isResumed(island, session, { ...version, ...client })).toBe(false);
  });

  test('with a client certificate is not taken to a host that trusts others', async () => {
    const verify: TlsOptions = { requestCert: true, rejectUnauthorized: false, ca: authority.cert };
    const hosts = { 'b.example': { ...certificate, ca: other.cert } };
    const ticketKeys = Buffer.alloc(48, 7);
    await using one = await serve(tls({ ...certificate, ...verify, ticketKeys }));
    await using island = await serve(tls({ ...certificate, ...verify, ticketKeys, sniHosts: hosts }));
    const { session } = await visit(one, { ...version, ...client, servername: 'a.example' });
    const lenient = { ...version, rejectUnauthorized: false, servername: 'b.example' };
    expect(await isResumed(island, session, lenient)).toBe(false);
  });

  test('that began without a client certificate proves nothing when it is resumed', async () => {
    const verify: TlsOptions = { requestCert: true, failIfNoPeerCert: false, ca: authority.cert };
    await using island = await serve(tls({ ...certificate, ...verify }));
    const { session } = await visit(island, version);
    const socket = connectTls({
      host: '127.0.0.1',
      port: island.server.port,
      ca: authority.cert,
      session,
      ...version,
    });
    await once(socket, 'secureConnect');
    await using visitor = Client.of(socket);
    expect(JSON.parse(await visitor.readLine())).toMatchObject({ sessionReused: true, authorized: false });
  });
});
