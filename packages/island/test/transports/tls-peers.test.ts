import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Handler, switchTransport, type TlsOptions, tls } from '../../src/index.ts';
import { Authority, type Certificate } from '../support/certificates.ts';
import { Channel } from '../support/channel.ts';
import { needing, Program } from '../support/program.ts';
import { TestIsland } from '../support/test-island.ts';
import { echoing, informing } from '../support/tls-peer.ts';

const withOpenssl = needing('openssl');
const withCurl = needing('curl');

let folder: string;
let authority: Authority;
let certificate: Certificate;
let host: Certificate;

const file = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'island-tls-'));
  authority = await Authority.make();
  const client = await authority.issue('client');
  [certificate, host] = await Promise.all([authority.issue('own.example'), authority.issue('a.example')]);
  await writeFile(file('ca.pem'), authority.cert);
  await writeFile(file('client.pem'), `${client.cert}\n${client.key}`);
  await writeFile(file('other-ca.pem'), (await Authority.make('another authority')).cert);
});

afterAll(() => rm(folder, { recursive: true }));

function serve(options: TlsOptions, handler: Handler = echoing(new Channel())): Promise<TestIsland> {
  return TestIsland.start(handler, { transport: tls(options) });
}

function client({ server }: TestIsland, ...args: string[]): Program {
  const common = ['-connect', `127.0.0.1:${server.port}`, '-CAfile', file('ca.pem')];
  return new Program('openssl', ['s_client', ...common, ...args]);
}

/** The authority's list of certificates that are not valid any more, with this one on it. */
async function revocations(certificateFile: string): Promise<string> {
  const settings = { database: file('index.txt'), default_md: 'sha256', default_crl_days: '1' };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  await writeFile(file('ca.cnf'), ['[ca]', 'default_ca = here', '[here]', ...lines, ''].join('\n'));
  await writeFile(file('index.txt'), '');
  await writeFile(file('ca.key'), authority.key);
  const common = ['ca', '-config', file('ca.cnf'), '-keyfile', file('ca.key'), '-cert', file('ca.pem')];
  for (const args of [
    ['-revoke', certificateFile],
    ['-gencrl', '-out', file('crl.pem')],
  ]) {
    await using program = new Program('openssl', [...common, ...args]);
    await program.ended();
  }
  return readFile(file('crl.pem'), 'utf8');
}

describe('openssl s_client', () => {
  withOpenssl('has its certificate for the host it wants, its protocol, and an echo', async () => {
    await using island = await serve({ ...certificate, alpn: ['smtp'], sniHosts: { 'a.example': host } });
    await using peer = client(island, '-servername', 'a.example', '-alpn', 'h2,smtp', '-verify_return_error');
    await peer.until(/subject=CN = a\.example/);
    await peer.until(/ALPN protocol: smtp/);
    peer.send('hello there\n');
    await peer.until(/\nhello there\n/);
  });

  withOpenssl('is let in with a certificate, and refused without one', async () => {
    const failures = new Channel<unknown>();
    const handler = { ...informing, handleError: (reason: unknown) => void failures.push(reason) };
    await using island = await serve({ ...certificate, requestCert: true, ca: authority.cert }, handler);
    await using known = client(island, '-cert', file('client.pem'), '-key', file('client.pem'));
    await known.until(/"authorized":true,"peer":"client"/);
    await using unknown = client(island);
    expect(await unknown.ended()).toMatch(/alert certificate required/);
    expect(await failures.next()).toMatchObject({ reason: 'clientCertificate' });
  });

  withOpenssl.each(['-tls1_2', '-tls1_3'])('resumes its session, %s', async (version) => {
    await using island = await serve({ ...certificate }, informing);
    const session = file(`session${version}.pem`);
    await using first = client(island, version, '-sess_out', session);
    await first.until(/"sessionReused":false/);
    first.end();
    await first.ended();
    expect((await readFile(session)).length).toBeGreaterThan(0);
    await using second = client(island, version, '-sess_in', session);
    await second.until(/"sessionReused":true/);
    await second.until(/Reused, TLSv1\.[23]/);
  });

  withOpenssl('is refused with a certificate that was revoked', async () => {
    const failures = new Channel<unknown>();
    const crl = await revocations(file('client.pem'));
    const options = { ...certificate, requestCert: true, ca: authority.cert, crl };
    await using island = await serve(options, echoing(failures));
    await using peer = client(island, '-cert', file('client.pem'), '-key', file('client.pem'));
    await peer.ended();
    const failure = await failures.next();
    expect(failure).toMatchObject({ reason: 'clientCertificate' });
    expect(String(failure)).toContain('CERT_REVOKED');
  });

  withOpenssl('learns how long its ticket is good for', async () => {
    await using island = await serve({ ...certificate, sessionTimeout: 77 });
    await using peer = client(island, '-tls1_2');
    await peer.until(/ticket lifetime hint: 77 \(seconds\)/);
  });

  withOpenssl('comes back five times with its session', async () => {
    await using island = await serve({ ...certificate });
    await using peer = client(island, '-tls1_2', '-reconnect');
    await peer.until(/(Reused, TLSv1\.2[\s\S]*){5}/);
  });

  withOpenssl('begins in the clear, as SMTP does, and goes on over TLS', async () => {
    const heard = new Channel<string>();
    const transport = tls({ ...certificate });
    const smtp: Handler = {
      handleConnection: (socket) => socket.send('220 own.example\r\n'),
      async handleData(data, socket) {
        const line = data.toString().trim();
        heard.push(`${socket.transport.name} ${line}`);
        if (line.startsWith('EHLO')) return socket.send('250-own.example\r\n250 STARTTLS\r\n');
        if (line !== 'STARTTLS') return socket.send('250 OK\r\n');
        await socket.send('220 Ready\r\n');
        return switchTransport(transport);
      },
    };
    await using island = await TestIsland.start(smtp);
    await using peer = client(island, '-starttls', 'smtp', '-crlf');
    await peer.until(/subject=CN = own\.example/);
    peer.send('NOOP\n');
    await peer.until(/250 OK/);
    expect(heard.seen).toEqual([expect.stringMatching(/^tcp EHLO/), 'tcp STARTTLS', 'tls NOOP']);
  });

  const psk = (identity: string): Buffer | undefined =>
    identity === 'me' ? Buffer.from('c0ffee', 'hex') : undefined;
  withOpenssl.each(['-tls1_2', '-tls1_3'])(
    'has a key in common with a server without a certificate, %s',
    async (version) => {
      const failures = new Channel<unknown>();
      await using island = await serve({ psk, pskIdentityHint: 'who are you?' }, echoing(failures));
      const own = (...args: string[]): Program =>
        client(island, version, '-cipher', 'PSK', '-quiet', ...args);
      await using peer = own('-psk_identity', 'me', '-psk', 'c0ffee');
      peer.send('hello\n');
      await peer.until(/^hello$/m);
      await using wrong = own('-psk_identity', 'me', '-psk', 'decaf0');
      await wrong.ended();
      await using stranger = own('-psk_identity', 'you', '-psk', 'c0ffee');
      await stranger.ended();
      expect(await failures.take(2)).toEqual([
        expect.objectContaining({ code: 'ISLAND_HANDSHAKE_FAILED' }),
        expect.objectContaining({ code: 'ISLAND_HANDSHAKE_FAILED' }),
      ]);
    },
  );

  withOpenssl('breaks it off when it does not like the certificate, and says why', async () => {
    const failures = new Channel<unknown>();
    await using island = await serve({ ...certificate }, echoing(failures));
    const args = ['-connect', `127.0.0.1:${island.server.port}`, '-CAfile', file('other-ca.pem')];
    await using peer = new Program('openssl', ['s_client', '-verify_return_error', ...args]);
    await peer.ended();
    const failure = await failures.next();
    expect(failure).toMatchObject({ code: 'ISLAND_HANDSHAKE_FAILED', reason: 'alert' });
    expect(String(failure)).toMatch(/unknown ca/);
  });

  withOpenssl.each([
    ['-tls1_2', 'TLSv1.2', 'TLSv1.3'],
    ['-tls1_3', 'TLSv1.3', 'TLSv1.2'],
  ] as const)(
    'with %s is served where %s is spoken, and not where only %s is',
    async (flag, spoken, other) => {
      const failures = new Channel<unknown>();
      await using island = await serve({ ...certificate, minVersion: spoken, maxVersion: spoken });
      await using peer = client(island, flag);
      await peer.until(new RegExp(`Protocol *: ${spoken}|New, ${spoken}`));
      await using narrow = await serve(
        { ...certificate, minVersion: other, maxVersion: other },
        echoing(failures),
      );
      await using refused = client(narrow, flag);
      expect(await refused.ended()).toMatch(/protocol version/);
      expect(await failures.next()).toMatchObject({ reason: 'version' });
    },
  );

  withOpenssl('gets a renewed certificate, while it keeps the connection it has', async () => {
    const transport = tls({ ...certificate });
    await using island = await TestIsland.start(echoing(new Channel()), { transport });
    await using before = client(island);
    await before.until(/subject=CN = own\.example/);
    await transport.reload({ ...host });
    await using after = client(island);
    await after.until(/subject=CN = a\.example/);
    before.send('still here\n');
    await before.until(/\nstill here\n/);
  });
});

describe('curl', () => {
  const hello: Handler = {
    async handleData(_, socket) {
      await socket.send('HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi');
    },
  };
  const fetch = async ({ server }: TestIsland, ...args: string[]): Promise<string> => {
    const to = ['--connect-to', `::127.0.0.1:${server.port}`, 'https://a.example/'];
    await using peer = new Program('curl', [
      '-sS',
      '--noproxy',
      '*',
      '--cacert',
      file('ca.pem'),
      ...args,
      ...to,
    ]);
    return await peer.ended();
  };

  withCurl.each(['1.2', '1.3'])('is answered over TLS %s, with the certificate checked', async (version) => {
    await using island = await serve({ sniHosts: { 'a.example': host } }, hello);
    expect(await fetch(island, '--tls-max', version, `--tlsv${version}`)).toBe('hi');
  });

  withCurl('is answered with a certificate of its own', async () => {
    await using island = await serve({ ...host, requestCert: true, ca: authority.cert }, hello);
    expect(await fetch(island, '--cert', file('client.pem'))).toBe('hi');
    expect(await fetch(island)).toMatch(/curl: \(\d+\)/);
  });
});
