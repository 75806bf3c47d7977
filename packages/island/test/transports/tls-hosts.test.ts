import { connect as connectTls } from 'node:tls';
import { type TlsIdentity, type TlsOptions, tls } from '../../src/index.ts';
import { HostTable, isHostPattern } from '../../src/transports/tls-hosts.ts';
import { Authority, type Certificate } from '../support/certificates.ts';
import { Channel } from '../support/channel.ts';
import { Client } from '../support/client.ts';
import { TestIsland } from '../support/test-island.ts';
import { echoing, informationFor, informing, shownTo } from '../support/tls-peer.ts';

let authority: Authority;
let own: Certificate;
let a: Certificate;
let b: Certificate;
let rsa: Certificate;

beforeAll(async () => {
  authority = await Authority.make();
  [own, a, b, rsa] = await Promise.all([
    authority.issue('own.example'),
    authority.issue('a.example'),
    authority.issue('b.example', { hosts: ['*.b.example'] }),
    authority.issue('rsa.example', { keyType: 'rsa' }),
  ]);
});

function serve(options: TlsOptions, failures = new Channel<unknown>()): Promise<TestIsland> {
  return TestIsland.start(echoing(failures), { transport: tls(options) });
}

describe('HostTable', () => {
  const table = new HostTable([
    ['a.example', 'a'],
    ['*.b.example', 'any b'],
    ['one.b.example', 'one b'],
    ['*.EXAMPLE', 'any'],
  ]);
  test.each([
    ['a.example', 'a'],
    ['A.Example', 'a'],
    ['two.b.example', 'any b'],
    ['one.b.example', 'one b'],
    ['b.example', 'any'],
    ['deep.two.b.example', undefined],
    ['a.example.org', undefined],
    ['.b.example', undefined],
    ['', undefined],
    ['*', undefined],
  ])('finds for %p: %p', (host, value) => expect(table.find(host)).toBe(value));

  test.each([
    ['a.example', true],
    ['*.a.example', true],
    ['localhost', true],
    ['xn--bcher-kva.example', true],
    ['a.*.example', false],
    ['*', false],
    ['*a.example', false],
    ['a..example', false],
    ['a.example.', false],
    ['https://a.example', false],
  ])('a host can be called %s: %p', (name, can) => expect(isHostPattern(name)).toBe(can));
});

describe('sniHosts', () => {
  test('shows each host its certificate, and others the own one', async () => {
    await using island = await serve({ ...own, sniHosts: { 'a.example': a, '*.b.example': b } });
    expect(await shownTo(island, 'a.example')).toBe('a.example');
    expect(await shownTo(island, 'x.b.example')).toBe('b.example');
    expect(await shownTo(island, 'elsewhere.example')).toBe('own.example');
    expect(await shownTo(island, undefined)).toBe('own.example');
  });

  test('is enough without an own certificate: who wants another host fails', async () => {
    const failures = new Channel<unknown>();
    await using island = await serve({ sniHosts: { 'a.example': a } }, failures);
    expect(await shownTo(island, 'a.example')).toBe('a.example');
    await expect(Client.secure(island.server.port, { servername: 'b.example' })).rejects.toThrow();
    expect(await failures.next()).toMatchObject({ reason: 'cipher' });
  });

  test('takes what a host does not say from the transport', async () => {
    await using island = await serve({ ...own, sniHosts: { 'a.example': { ca: authority.cert } } });
    expect(await shownTo(island, 'a.example')).toBe('own.example');
  });

  test('lets a host have its own authority for clients', async () => {
    const other = await Authority.make('another authority');
    const [ours, theirs] = await Promise.all([authority.issue('ours'), other.issue('theirs')]);
    const transport = tls({
      ...own,
      requestCert: true,
      rejectUnauthorized: false,
      ca: authority.cert,
      sniHosts: { 'a.example': { ...a, ca: other.cert } },
    });
    await using island = await TestIsland.start(informing, { transport });
    const isTrusted = async (servername: string, client: Certificate): Promise<boolean> =>
      (await informationFor(island, { servername, ...client })).authorized;
    expect(await isTrusted('own.example', ours)).toBe(true);
    expect(await isTrusted('own.example', theirs)).toBe(false);
    expect(await isTrusted('a.example', ours)).toBe(false);
    expect(await isTrusted('a.example', theirs)).toBe(true);
  });
});

describe('several certificates', () => {
  test('are shown to those who can do with them', async () => {
    await using island = await serve({ ...own, certificates: [rsa] });
    const only = (sigalgs: string) => ({ maxVersion: 'TLSv1.2', sigalgs }) as const;
    expect(await shownTo(island, undefined, only('rsa_pss_rsae_sha256'))).toBe('rsa.example');
    expect(await shownTo(island, undefined, only('ecdsa_secp256r1_sha256'))).toBe('own.example');
  });
});

describe('sniFunction', () => {
  test.each([
    ['at once', (identity: TlsIdentity | undefined) => identity],
    ['later', async (identity: TlsIdentity | undefined) => identity],
  ])('answers %s, and undefined for the own certificate', async (_, answer) => {
    const asked: string[] = [];
    const sniFunction = (name: string) => {
      asked.push(name);
      return answer(name === 'a.example' ? a : undefined);
    };
    await using island = await serve({ ...own, sniFunction });
    expect(await shownTo(island, 'A.example')).toBe('a.example');
    expect(await shownTo(island, 'b.example')).toBe('own.example');
    expect(await shownTo(island, undefined)).toBe('own.example');
    expect(asked).toEqual(['a.example', 'b.example']);
  });

  test('answers what is no promise and can be waited for as well', async () => {
    // biome-ignore lint/suspicious/noThenProperty: this is what it is about.
    const sniFunction = () => ({ then: (done: (identity: TlsIdentity) => void): void => done(a) });
    await using island = await serve({
      ...own,
      sniFunction: sniFunction as NonNullable<TlsOptions['sniFunction']>,
    });
    expect(await shownTo(island, 'a.example')).toBe('a.example');
  });

  const boom = new Error('boom');
  const bad: Record<string, () => TlsOptions['sniFunction']> = {
    throws: () => () => {
      throw boom;
    },
    rejects: () => () => Promise.reject(boom),
    'answers a certificate without its key': () => () => ({ cert: a.cert }),
    'answers a certificate with the key of another': () => () => ({ cert: a.cert, key: b.key }),
    'answers something else': () => () => 'a.example' as TlsIdentity,
    'names a file that is not there': () => async () => ({ certFile: `${__dirname}/nowhere.pem` }),
  };
  test.each(Object.entries(bad))('that %s fails the handshake, and no other', async (_, make) => {
    const failures = new Channel<unknown>();
    const sniFunction = make() as NonNullable<TlsOptions['sniFunction']>;
    await using island = await serve({ ...own, sniFunction }, failures);
    await expect(Client.secure(island.server.port, { servername: 'a.example' })).rejects.toThrow();
    expect(await failures.next()).toMatchObject({ reason: 'callback', cause: expect.anything() });
    expect(await shownTo(island, undefined)).toBe('own.example');
    expect(island.runtime.crashes).toEqual([]);
  });

  test('that never answers is given up with the handshake', async () => {
    const failures = new Channel<unknown>();
    const asked = new Channel<string>();
    const sniFunction = (name: string): Promise<undefined> => {
      asked.push(name);
      return new Promise(() => {});
    };
    await using island = await serve({ ...own, sniFunction }, failures);
    const connecting = expect(
      Client.secure(island.server.port, { servername: 'a.example' }),
    ).rejects.toThrow();
    await asked.next();
    island.clock.advance(5_000);
    expect(await failures.next()).toMatchObject({ reason: 'timeout' });
    await connecting;
  });

  test('that answers when the client is gone does no harm', async () => {
    const failures = new Channel<unknown>();
    const asked = new Channel<(identity: TlsIdentity) => void>();
    const sniFunction = () => new Promise<TlsIdentity>((resolve) => asked.push(resolve));
    await using island = await serve({ ...own, sniFunction }, failures);
    const client = connectTls({ host: '127.0.0.1', port: island.server.port, servername: 'a.example' });
    const answer = await asked.next();
    client.destroy();
    expect(await failures.next()).toMatchObject({ reason: 'closed' });
    answer(a);
    expect(await island.server.connections()).toEqual([]);
    expect(island.runtime.crashes).toEqual([]);
  });
});
