import { constants } from 'node:crypto';
import type { ConnectionOptions, EphemeralKeyInfo, TLSSocket } from 'node:tls';
import { type TlsOptions, tls } from '../../src/index.ts';
import { Authority, type Certificate } from '../support/certificates.ts';
import { Channel } from '../support/channel.ts';
import { Client } from '../support/client.ts';
import { TestIsland } from '../support/test-island.ts';
import { echoing, informationFor, informing } from '../support/tls-peer.ts';

let certificate: Certificate;
let rsa: Certificate;

beforeAll(async () => {
  const authority = await Authority.make();
  [certificate, rsa] = await Promise.all([
    authority.issue('a.example'),
    authority.issue('rsa.example', { keyType: 'rsa' }),
  ]);
});

async function cipherFor(options: TlsOptions, client: ConnectionOptions): Promise<string> {
  await using island = await TestIsland.start(informing, { transport: tls(options) });
  const { cipher } = await informationFor(island, { maxVersion: 'TLSv1.2', ...client });
  return cipher;
}

async function ephemeralKeyFor(options: TlsOptions, client: ConnectionOptions): Promise<EphemeralKeyInfo> {
  await using island = await TestIsland.start(echoing(new Channel()), { transport: tls(options) });
  const wishes = { maxVersion: 'TLSv1.2', rejectUnauthorized: false, ...client } as const;
  await using peer = await Client.secure(island.server.port, wishes);
  return (peer.socket as TLSSocket).getEphemeralKeyInfo() as EphemeralKeyInfo;
}

describe('the tuning of tls', () => {
  const strong = 'ECDHE-ECDSA-AES256-GCM-SHA384';
  const short = 'ECDHE-ECDSA-AES128-GCM-SHA256';
  test.each<[string, Partial<TlsOptions>, string]>([
    ["the server's order of ciphers counts", { ciphers: `${strong}:${short}` }, strong],
    ['or the one of the client', { ciphers: `${strong}:${short}`, honorCipherOrder: false }, short],
    ['one cipher alone is taken', { ciphers: short }, short],
  ])('%s', async (_, options, cipher) => {
    const wishes = { ciphers: `${short}:${strong}` };
    expect(await cipherFor({ ...certificate, ...options }, wishes)).toBe(cipher);
  });

  test('the curve is one of those allowed', async () => {
    const key = await ephemeralKeyFor({ ...certificate, ecdhCurve: 'P-384' }, {});
    expect(key).toMatchObject({ type: 'ECDH', name: 'secp384r1' });
  });

  test('finite fields are used when there are parameters for them', async () => {
    const wishes = { ciphers: 'DHE-RSA-AES128-GCM-SHA256' };
    const options = { ...rsa, ciphers: 'DHE-RSA-AES128-GCM-SHA256', dhparam: 'auto' } as const;
    expect(await ephemeralKeyFor(options, wishes)).toMatchObject({ type: 'DH' });
  });

  test('signatures are of those allowed', async () => {
    const failures = new Channel<unknown>();
    const transport = tls({ ...certificate, certificates: [rsa], sigalgs: 'rsa_pss_rsae_sha256' });
    await using island = await TestIsland.start(echoing(failures), { transport });
    await using client = await Client.secure(island.server.port, { rejectUnauthorized: false });
    expect(client.certificateName).toBe('rsa.example');
    const sigalgs = 'ecdsa_secp256r1_sha256';
    await expect(Client.secure(island.server.port, { sigalgs })).rejects.toThrow();
    expect(await failures.next()).toMatchObject({ reason: 'cipher' });
  });

  test("OpenSSL's own switches are set", async () => {
    const secureOptions = constants.SSL_OP_NO_TLSv1_3;
    await using island = await TestIsland.start(informing, {
      transport: tls({ ...certificate, secureOptions, sessionTickets: false }),
    });
    expect(await informationFor(island)).toMatchObject({ protocol: 'TLSv1.2' });
  });
});
