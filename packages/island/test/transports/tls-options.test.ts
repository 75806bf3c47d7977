import { inspect } from 'node:util';
import {
  type BadOptionError,
  type CertificateError,
  ThousandIsland,
  type TlsOptions,
  tls,
} from '../../src/index.ts';
import { Authority, type Certificate } from '../support/certificates.ts';

let certificate: Certificate;
let other: Certificate;
let ca: string;

beforeAll(async () => {
  const authority = await Authority.make();
  ca = authority.cert;
  [certificate, other] = await Promise.all([authority.issue('a.example'), authority.issue('b.example')]);
});

function thrownBy(action: () => unknown): BadOptionError | CertificateError {
  try {
    action();
  } catch (error) {
    return error as BadOptionError;
  }
  throw new Error('nothing was thrown');
}

const notText = ['', 5, true, null, {}];
const notFunction = ['x', 5, {}, null];
const notBoolean = ['yes', 1, 0, null];

/** For every option, values that it cannot have. The compiler sees to it that none is forgotten. */
const impossible: Required<{ [Option in keyof TlsOptions]: readonly unknown[] }> = {
  cert: notText,
  certFile: notText,
  key: notText,
  keyFile: notText,
  passphrase: notText,
  certificates: ['x', 5, {}, null, [5]],
  ca: ['', 5, {}, [], ['']],
  caFile: notText,
  crl: ['', 5, {}, []],
  sniHosts: ['x', [], null, { 'a.*': {} }, { 'a.example': 5 }],
  sniFunction: notFunction,
  requestCert: notBoolean,
  rejectUnauthorized: notBoolean,
  failIfNoPeerCert: notBoolean,
  alpn: ['h2', [], [''], [5], ['x'.repeat(256)]],
  psk: notFunction,
  pskIdentityHint: notText,
  minVersion: ['TLSv1.4', 'SSLv3', 1.2, '1.2'],
  maxVersion: ['TLSv1.4', 'SSLv3', 1.2, '1.2'],
  ciphers: [...notText, 'NONE-SUCH'],
  honorCipherOrder: notBoolean,
  ecdhCurve: [...notText, 'none-such'],
  sigalgs: [...notText, 'none-such'],
  dhparam: ['', 5, {}, 'no parameters'],
  secureOptions: ['x', -1, 1.5, null],
  sessionTickets: notBoolean,
  ticketKeys: ['x'.repeat(48), Buffer.alloc(47), 5],
  sessionTimeout: [0, -1, 1.5, '300', null],
  sessionIdContext: ['', 'x'.repeat(33), 5],
  clientHello: notFunction,
};

describe('the options of tls', () => {
  const cases = Object.entries(impossible).flatMap(([option, values]) =>
    values.map((value) => [option, value] as const),
  );
  test.each(cases)('%s cannot be %p, and is named', (option, value) => {
    const error = thrownBy(() => tls({ ...certificate, [option]: value }));
    expect(error).toMatchObject({ code: 'ISLAND_BAD_OPTION', option: expect.stringMatching(`^${option}`) });
    expect(error.message).toContain(option);
  });

  test.each<[string, () => object, string, RegExp]>([
    [
      'unknown',
      () => ({ ALPNProtocols: ['h2'] }),
      'ALPNProtocols',
      /there is no option ALPNProtocols; there are cert, certFile, /,
    ],
    [
      'unknown in a host',
      () => ({ sniHosts: { 'a.example': { ...other, ciphers: 'x' } } }),
      'sniHosts[a.example].ciphers',
      /there is no option/,
    ],
    [
      'unknown in a certificate',
      () => ({ certificates: [{ ...other, ca }] }),
      'certificates[0].ca',
      /there is no option/,
    ],
    ['twice the same', () => ({ certFile: 'x' }), 'certFile', /cannot be given together with cert/],
    [
      'hosts and a function',
      () => ({ sniHosts: {}, sniFunction: () => undefined }),
      'sniFunction',
      /together with sniHosts/,
    ],
    [
      'versions the wrong way round',
      () => ({ minVersion: 'TLSv1.3', maxVersion: 'TLSv1.2' }),
      'minVersion',
      /lowest version is TLSv1.3 and the highest TLSv1.2/,
    ],
    [
      'a version that Node does not begin with',
      () => ({ maxVersion: 'TLSv1.1' }),
      'maxVersion',
      /cannot be TLSv1.1/,
    ],
    [
      'rejectUnauthorized for nobody',
      () => ({ rejectUnauthorized: true }),
      'rejectUnauthorized',
      /means nothing without requestCert/,
    ],
    [
      'failIfNoPeerCert for nobody',
      () => ({ failIfNoPeerCert: false }),
      'failIfNoPeerCert',
      /means nothing without requestCert/,
    ],
    ['verifying without an authority', () => ({ requestCert: true }), 'ca', /requestCert needs ca or caFile/],
    ['a hint without keys', () => ({ pskIdentityHint: 'x' }), 'pskIdentityHint', /means nothing without psk/],
    [
      'ticket keys without tickets',
      () => ({ sessionTickets: false, ticketKeys: Buffer.alloc(48) }),
      'ticketKeys',
      /without sessionTickets/,
    ],
    [
      'a key alone in a host',
      () => ({ sniHosts: { 'a.example': { key: other.key } } }),
      'sniHosts[a.example].key',
      /needs sniHosts\[a.example\].cert/,
    ],
  ])('cannot be %s', (_, options, option, message) => {
    const error = thrownBy(() => tls({ ...certificate, ...options() }));
    expect(error).toMatchObject({ code: 'ISLAND_BAD_OPTION', option });
    expect(error.message).toMatch(message);
  });

  test.each<[string, () => TlsOptions, string, RegExp]>([
    ['nothing', () => ({}), 'noCertificate', /there is no certificate: TLS needs cert and key/],
    [
      'a host without one',
      () => ({ sniHosts: { 'a.example': {} } }),
      'noCertificate',
      /there is no certificate/,
    ],
    [
      'a certificate without its key',
      () => ({ cert: certificate.cert }),
      'badKey',
      /key or keyFile is missing/,
    ],
    [
      'the key of another',
      () => ({ cert: certificate.cert, key: other.key }),
      'keyMismatch',
      /does not belong/,
    ],
    [
      'no PEM',
      () => ({ cert: 'certificate', key: certificate.key }),
      'badCertificate',
      /no certificate in PEM form/,
    ],
    [
      'no PEM for an authority',
      () => ({ ...certificate, ca: 'authority' }),
      'badCertificate',
      /ca contains no certificate/,
    ],
    [
      'a file that is not there',
      () => ({ certFile: '/nowhere.pem', keyFile: '/nowhere.pem' }),
      'unreadable',
      /certFile, \/nowhere\.pem.*ENOENT/,
    ],
    [
      'a second certificate with the key of another',
      () => ({ ...certificate, certificates: [{ cert: other.cert, key: certificate.key }] }),
      'keyMismatch',
      /certificates\[0\]/,
    ],
  ])('need a certificate: %s', (_, options, reason, message) => {
    const error = thrownBy(() => tls(options()));
    expect(error).toMatchObject({ code: 'ISLAND_BAD_CERTIFICATE', reason });
    expect(error.message).toMatch(message);
  });

  test('can have the key in the same file as the certificate', () => {
    expect(() => tls({ cert: `${certificate.cert}\n${certificate.key}` })).not.toThrow();
    expect(() =>
      tls({ cert: Buffer.from(certificate.cert), key: Buffer.from(certificate.key) }),
    ).not.toThrow();
  });

  test('can have a key that is encrypted, and tell nothing of it when the passphrase is wrong', async () => {
    const passphrase = 'open sesame';
    const locked = await (await Authority.make()).issue('locked', { passphrase });
    expect(() => tls({ ...locked, passphrase })).not.toThrow();
    for (const wrong of [{}, { passphrase: 'open barley' }]) {
      const error = thrownBy(() => tls({ ...locked, ...wrong }));
      expect(error).toMatchObject({ reason: 'badKey' });
      expect(inspect(error, { depth: 9 })).not.toMatch(/sesame|barley/);
    }
  });

  test.each(['cert', 'key', 'passphrase', 'ticketKeys'])('never show what %s is', (option) => {
    const secret = 'tell nobody';
    // Any text can be a passphrase.
    const texts = option === 'passphrase' ? [] : [secret];
    for (const value of [{ secret }, [secret], ...texts]) {
      const error = thrownBy(() => tls({ ...certificate, [option]: value }));
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(secret);
    }
  });

  test.each(['certFile', 'keyFile', 'caFile', 'dhparam', 'ciphers', 'psk', 'sniHosts', 'certificates'])(
    'are not shown when what belongs in another option is given as %s',
    (option) => {
      const { key, cert } = certificate;
      const rest = option === 'keyFile' ? { cert } : option === 'certFile' ? { key } : certificate;
      for (const value of [key, [key], { a: key }]) {
        const error = thrownBy(() => tls({ ...rest, [option]: value }));
        expect(error).toMatchObject({ code: 'ISLAND_BAD_OPTION' });
        expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(key.split('\n')[2]);
      }
    },
  );

  test.each<[string, (key: string) => unknown]>([
    ['all options of tls', (key) => tls(key as never)],
    ['all options of a server', (key) => ThousandIsland.childSpec(key as never)],
    [
      'the transport of a server',
      (key) =>
        ThousandIsland.childSpec({ handler: {}, transport: { key, passphrase: 'open sesame' } as never }),
    ],
  ])('are not shown when they are given as %s', (_what, give) => {
    const error = thrownBy(() => give(certificate.key));
    expect(error).toMatchObject({ code: 'ISLAND_BAD_OPTION' });
    expect(inspect(error, { depth: 9 })).not.toMatch(/BEGIN|sesame/);
  });

  test('are not shown by a transport that is looked at', () => {
    const transport = tls({ ...certificate, ticketKeys: Buffer.from('k'.repeat(48)) });
    const shown = inspect(transport, { depth: 9 }) + JSON.stringify(transport);
    expect(shown).not.toContain('PRIVATE KEY');
    expect(shown).not.toMatch(/6b 6b|kkkk/);
    expect(shown).toContain("name: 'tls'");
  });
});
