import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { Authority, type Certificate } from '../../island/test/support/certificates.ts';
import { Client } from '../../island/test/support/client.ts';
import { main } from '../src/main.ts';
import { TestEnvironment } from './support/test-environment.ts';

let folder: string;
let authority: Authority;
let client: Certificate;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'island-cli-'));
  authority = await Authority.make();
  const [certificate, other] = await Promise.all([
    authority.issue('a.example'),
    authority.issue('b.example'),
  ]);
  client = await authority.issue('client');
  await writeFile(join(folder, 'cert.pem'), certificate.cert);
  await writeFile(join(folder, 'key.pem'), certificate.key);
  await writeFile(join(folder, 'both.pem'), `${certificate.cert}\n${certificate.key}`);
  await writeFile(join(folder, 'other-key.pem'), other.key);
  await writeFile(join(folder, 'ca.pem'), authority.cert);
});

afterAll(() => rm(folder, { recursive: true }));

/** Whom the certificate is for is what the test asks. */
const checkServerIdentity = (): undefined => undefined;

/** The user is in the folder where the files are. */
class Here extends TestEnvironment {
  override readonly cwd = folder;
}

/** Serves with these options, and answers what a client hears of its own words. */
async function echoOf(options: string, connection: ConnectionOptions = {}): Promise<unknown> {
  const environment = new Here();
  const exitCode = main(['serve', 'echo', '--port', '0', '--json', ...options.split(' ')], environment);
  const [, port] = await environment.stdout.until(/"port":(\d+)/);
  try {
    await using peer = await Client.secure(Number(port), { ca: authority.cert, ...connection });
    await peer.send('hello');
    return await peer.readText(5);
  } finally {
    environment.signal('SIGTERM');
    expect(await exitCode).toBe(0);
  }
}

describe('island serve over TLS', () => {
  test.each(['--tls-cert cert.pem --tls-key key.pem', '--tls-cert both.pem'])(
    '%s: shows the certificate',
    async (options) => {
      expect(await echoOf(options, { servername: 'a.example' })).toBe('hello');
    },
  );

  test('--tls-ca: asks clients for a certificate', async () => {
    const options = '--tls-cert both.pem --tls-ca ca.pem';
    expect(await echoOf(options, client)).toBe('hello');
    await expect(echoOf(options)).rejects.toThrow();
  });

  test('--alpn: speaks these protocols', async () => {
    const options = '--tls-cert both.pem --alpn h2,http/1.1';
    expect(await echoOf(options, { ALPNProtocols: ['http/1.1'] })).toBe('hello');
    await expect(echoOf(options, { ALPNProtocols: ['smtp'] })).rejects.toThrow();
  });

  test('SIGHUP: shows the certificate that is there now, and goes on with the old one if it is of no use', async () => {
    const both = ({ cert, key }: Certificate): string => `${cert}\n${key}`;
    const file = join(folder, 'renewed.pem');
    await writeFile(file, both(await authority.issue('old.example')));
    const environment = new Here();
    const exitCode = main(
      ['serve', 'echo', '--port', '0', '--json', '--tls-cert', 'renewed.pem'],
      environment,
    );
    const [, port] = await environment.stdout.until(/"port":(\d+)/);
    const shown = async (): Promise<unknown> => {
      await using peer = await Client.secure(Number(port), { ca: authority.cert, checkServerIdentity });
      return peer.certificateName;
    };
    expect(await shown()).toBe('old.example');

    await writeFile(file, 'half a file');
    environment.hangUp();
    await environment.stderr.until(/^island: the certificates stay as they are: --tls-cert .*renewed\.pem/);
    expect(await shown()).toBe('old.example');

    await writeFile(file, both(await authority.issue('new.example')));
    environment.hangUp();
    await environment.stdout.until(/^\{"event":"reloaded"\}$/m);
    expect(await shown()).toBe('new.example');

    environment.signal('SIGTERM');
    expect(await exitCode).toBe(0);
    expect(environment.isListeningToSignals).toBe(false);
  });

  test.each([
    ['--tls-cert both.pem --tls-ca key.pem', /^island: --tls-ca contains no certificate in PEM form$/],
    ['--tls-cert nowhere.pem', /^island: the file of --tls-cert, .*nowhere\.pem, cannot be read: ENOENT$/],
    ['--tls-cert cert.pem', /^island: --tls-cert .*cert\.pem has no key: --tls-key is missing$/],
    [
      '--tls-cert cert.pem --tls-key other-key.pem',
      /^island: the key of --tls-key .* does not belong to the certificate of --tls-cert .*cert\.pem$/,
    ],
    ['--tls-cert key.pem', /^island: --tls-cert .*key\.pem contains no certificate in PEM form$/],
  ])('%s: says what is wrong, and exits with 1', async (options, message) => {
    const environment = new Here();
    expect(await main(['serve', 'echo', '--port', '0', ...options.split(' ')], environment)).toBe(1);
    expect(environment.stderr.lines[0]).toMatch(message);
    expect(environment.isListeningToSignals).toBe(false);
  });
});
