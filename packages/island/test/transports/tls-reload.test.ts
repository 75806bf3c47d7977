import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TlsTransport, tls } from '../../src/index.ts';
import { Authority, type Certificate } from '../support/certificates.ts';
import { Channel } from '../support/channel.ts';
import { Client } from '../support/client.ts';
import { TestIsland } from '../support/test-island.ts';
import { echoing, shownTo } from '../support/tls-peer.ts';

let folder: string;
let authority: Authority;
let old: Certificate;
let renewed: Certificate;
let host: Certificate;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'island-tls-'));
  authority = await Authority.make();
  [old, renewed, host] = await Promise.all([
    authority.issue('old'),
    authority.issue('renewed'),
    authority.issue('a.example'),
  ]);
});

afterAll(() => rm(folder, { recursive: true }));

const certFile = (): string => join(folder, 'cert.pem');
const keyFile = (): string => join(folder, 'key.pem');

async function write({ cert, key }: Certificate): Promise<void> {
  await Promise.all([writeFile(certFile(), cert), writeFile(keyFile(), key)]);
}

function serve(transport: TlsTransport): Promise<TestIsland> {
  return TestIsland.start(echoing(new Channel()), { transport });
}

describe('reload', () => {
  test('reads the files again for who comes, and leaves the connections there are', async () => {
    await write(old);
    const transport = tls({ certFile: certFile(), keyFile: keyFile() });
    await using island = await serve(transport);
    await using before = await Client.secure(island.server.port, { ca: authority.cert });
    await write(renewed);
    expect(await shownTo(island, undefined)).toBe('old');
    await transport.reload();
    expect(await shownTo(island, undefined)).toBe('renewed');
    await before.send('still here');
    expect(await before.readText(10)).toBe('still here');
  });

  test('takes other options in place of those there were', async () => {
    await write(old);
    const transport = tls({ certFile: certFile(), keyFile: keyFile(), alpn: ['one'] });
    await using island = await serve(transport);
    await transport.reload({ ...renewed, alpn: ['two'] });
    expect(await shownTo(island, undefined, { ALPNProtocols: ['two'] })).toBe('renewed');
    await transport.reload({ alpn: undefined });
    expect(await shownTo(island, undefined, { ALPNProtocols: ['three'] })).toBe('renewed');
  });

  test.each<[string, () => Promise<unknown>, string, RegExp]>([
    [
      'of which one is still the old one',
      () => writeFile(certFile(), renewed.cert),
      'keyMismatch',
      /key.*does not belong/,
    ],
    [
      'of which one is half written',
      () => writeFile(certFile(), renewed.cert.slice(0, 400)),
      'badCertificate',
      /no certificate/,
    ],
    [
      'of which the chain is half written',
      () => writeFile(certFile(), old.cert + authority.cert.slice(0, 300)),
      'badCertificate',
      /ends within a certificate/,
    ],
    ['of which one is empty', () => writeFile(keyFile(), ''), 'badKey', /no key that can be read/],
    ['of which one is gone', () => rm(keyFile()), 'unreadable', /ENOENT/],
    [
      'with something that is no certificate',
      () => writeFile(certFile(), old.cert.replace(/\n[A-Za-z0-9+/=]{20}/, '\nAAAAAAAAAAAAAAAAAAAA')),
      'badCertificate',
      /cannot be read/,
    ],
  ])('refuses files %s, and keeps what there was', async (_, change, reason, message) => {
    await write(old);
    const transport = tls({ certFile: certFile(), keyFile: keyFile() });
    await using island = await serve(transport);
    await change();
    const failure: Error = await transport.reload().then(fail, (error) => error);
    expect(failure).toMatchObject({ code: 'ISLAND_BAD_CERTIFICATE', reason });
    expect(failure.message).toMatch(message);
    expect(failure.message).toContain(folder);
    expect(await shownTo(island, undefined)).toBe('old');
    await write(renewed);
    await transport.reload();
    expect(await shownTo(island, undefined)).toBe('renewed');
  });

  test('refuses what options cannot be, and keeps what there was', async () => {
    const transport = tls({ ...old });
    await using island = await serve(transport);
    const nonsense = { cyphers: 'DEFAULT' } as object;
    await expect(transport.reload(nonsense)).rejects.toMatchObject({
      code: 'ISLAND_BAD_OPTION',
      option: 'cyphers',
    });
    await expect(transport.reload({ ciphers: 'NONE-SUCH' })).rejects.toMatchObject({ option: 'ciphers' });
    expect(await shownTo(island, undefined)).toBe('old');
  });

  test('of several at once happens one after the other', async () => {
    const transport = tls({ ...old });
    await using island = await serve(transport);
    const bad = expect(transport.reload({ cert: old.cert, key: renewed.key })).rejects.toThrow();
    await Promise.all([
      bad,
      transport.setHost('a.example', host),
      transport.setHost('b.example', renewed),
      transport.reload({ ...renewed }),
      transport.removeHost('B.example'),
    ]);
    expect(await shownTo(island, 'a.example')).toBe('a.example');
    expect(await shownTo(island, 'b.example')).toBe('renewed');
  });
});

describe('setHost and removeHost', () => {
  test('give a host an identity of its own, and take it away', async () => {
    const transport = tls({ ...old });
    await using island = await serve(transport);
    await transport.setHost('A.example', host);
    expect(await shownTo(island, 'a.example')).toBe('a.example');
    await transport.setHost('a.example', renewed);
    expect(await shownTo(island, 'a.example')).toBe('renewed');
    await transport.removeHost('a.example');
    await transport.removeHost('never.example');
    expect(await shownTo(island, 'a.example')).toBe('old');
  });

  test('refuse what is no host, or no identity, by name', async () => {
    const transport = tls({ ...old });
    expect(() => transport.setHost('a.*.example', host)).toThrow(/host must be a host name/);
    expect(() => transport.removeHost('')).toThrow(/host must be a host name/);
    await expect(transport.setHost('a.example', { cert: host.cert, key: old.key })).rejects.toThrow(
      /sniHosts\[a\.example\]/,
    );
  });

  test('do not leave a transport without any certificate', async () => {
    const transport = tls({ sniHosts: { 'a.example': host } });
    await expect(transport.removeHost('a.example')).rejects.toMatchObject({ reason: 'noCertificate' });
    await using island = await serve(transport);
    expect(await shownTo(island, 'a.example')).toBe('a.example');
  });
});

function fail(): never {
  throw new Error('it was not refused');
}
