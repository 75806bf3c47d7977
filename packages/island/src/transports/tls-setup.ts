import type { TlsOptions as NodeTlsOptions, SecureContext, SecureContextOptions } from 'node:tls';
import { BadOptionError, CertificateError } from '../errors.ts';
import { nodeCrypto, nodeTls } from '../node-modules.ts';
import { attempt } from './attempt.ts';
import { type LoadedIdentity, loadIdentity } from './tls-certificate.ts';
import type { ClientCertificatePolicy } from './tls-client-certificate.ts';
import { handshakeError, wordOf } from './tls-failure.ts';
import type { ReadFile } from './tls-files.ts';
import { TlsHandshakes } from './tls-handshakes.ts';
import { HostFunction } from './tls-host-function.ts';
import { HostTable } from './tls-hosts.ts';
import type { TlsOptions } from './tls-options.ts';

/** What is tried out one by one, so that an error can say which of them OpenSSL does not take. */
const TUNING = [
  'ciphers',
  'ecdhCurve',
  'sigalgs',
  'dhparam',
  'minVersion',
  'maxVersion',
  'secureOptions',
] as const;

/** What Node leaves out of its ciphers: those that work without a certificate. */
const PSK_CIPHERS = [
  'ECDHE-PSK-CHACHA20-POLY1305',
  'PSK-AES256-GCM-SHA384',
  'PSK-CHACHA20-POLY1305',
  'PSK-AES128-GCM-SHA256',
  'ECDHE-PSK-AES128-CBC-SHA256',
];

/**
 * Prepares handshakes: reads what has to be read, and sees to it that all fits together, before anything uses it. Throws
 * `CertificateError` or `BadOptionError`. The options have been checked by themselves.
 */
export function prepareHandshakes(options: TlsOptions, read: ReadFile, ticketKeys: Buffer): TlsHandshakes {
  const own = loadIdentity('', options, read);
  const hosts = Object.entries(options.sniHosts ?? {}).map(
    ([host, identity]) => [host, loadIdentity(`sniHosts[${host}].`, identity, read)] as const,
  );
  const pairs = [own, ...hosts.map(([, identity]) => identity)].flatMap((identity) => identity.pairs);
  if (pairs.length === 0 && options.sniFunction === undefined && options.psk === undefined) {
    const needed = 'cert and key, or certFile and keyFile, or certificates, sniHosts, sniFunction or psk';
    throw new CertificateError('noCertificate', `there is no certificate: TLS needs ${needed}`);
  }
  const policy = policyOf(options);
  const { alpn, sniFunction, psk, pskIdentityHint } = options;
  const varies =
    sniFunction !== undefined || hosts.some(([, { ca, crl }]) => ca !== undefined || crl !== undefined);
  const common = { ...tuningOf(options), ...sessionsOf(options, ticketKeys, trustOf(policy, own), varies) };
  const contextOf = (identity: LoadedIdentity): SecureContext =>
    usable(() => nodeTls().createSecureContext({ ...common, ...nodeIdentity(identity, own) }));
  const table = new HostTable(hosts.map(([host, identity]) => [host, contextOf(identity)]));
  const settings: NodeTlsOptions = {
    ...common,
    ...nodeIdentity(own, own),
    ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
    ...(pskIdentityHint === undefined ? {} : { pskIdentityHint }),
  };
  if (psk !== undefined) settings.pskCallback = (_socket, identity) => askPsk(psk, identity);
  if (sniFunction !== undefined) settings.SNICallback = new HostFunction(sniFunction, contextOf).callback;
  else if (!table.isEmpty) settings.SNICallback = (name, done) => done(null, table.find(name));
  return usable(() => new TlsHandshakes(settings, policy));
}

/** What only OpenSSL sees, such as a key that is too short for its rules. */
function usable<Value>(make: () => Value): Value {
  return attempt(make, (cause) => {
    const message = `OpenSSL does not take the certificates: ${wordOf(cause)}`;
    return new CertificateError('badCertificate', message, { cause });
  });
}

function policyOf({
  requestCert = false,
  rejectUnauthorized = true,
  failIfNoPeerCert,
}: TlsOptions): ClientCertificatePolicy {
  return { requestCert, rejectUnauthorized, failIfNoPeerCert: failIfNoPeerCert ?? rejectUnauthorized };
}

/** What Node takes as it is. Throws `BadOptionError` for what OpenSSL does not know. */
function tuningOf(options: TlsOptions): SecureContextOptions {
  const { honorCipherOrder, psk, ciphers } = options;
  const tuning: Record<string, unknown> = {};
  for (const option of TUNING) {
    const value = options[option];
    if (value === undefined) continue;
    const given = { [option]: option === 'dhparam' ? pemOf(value) : value };
    attempt(
      () => nodeTls().createSecureContext(given),
      () => BadOptionError.of(option, 'something that OpenSSL knows', value),
    );
    Object.assign(tuning, given);
  }
  if (psk !== undefined && ciphers === undefined)
    tuning.ciphers = [nodeTls().DEFAULT_CIPHERS.replace(':!PSK', ''), ...PSK_CIPHERS].join(':');
  if (honorCipherOrder !== undefined) tuning.honorCipherOrder = honorCipherOrder;
  return tuning;
}

function pemOf(value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}

/** An identity in Node's words. OTP: what a host does not say is as the transport says. */
function nodeIdentity(identity: LoadedIdentity, own: LoadedIdentity): SecureContextOptions {
  const { ca, crl } = identity;
  const pairs = identity.pairs.length === 0 ? own.pairs : identity.pairs;
  const trusted = ca ?? own.ca;
  const revoked = crl ?? own.crl;
  return {
    ...(pairs.length === 0
      ? {}
      : {
          cert: pairs.map((pair) => pair.cert),
          key: pairs.map(({ key: pem, passphrase }) => ({
            pem,
            ...(passphrase === undefined ? {} : { passphrase }),
          })),
        }),
    ...(trusted === undefined ? {} : { ca: [...trusted] }),
    ...(revoked === undefined ? {} : { crl: [...revoked] }),
  };
}

/**
 * How sessions are resumed. A resumed session keeps what the client has proven when it began. So one that began under other
 * rules is none of ours: the rules are part of the context that OpenSSL compares. And where rules are different from host to
 * host, nothing is resumed: a client could prove itself to one host, and go on with another (CVE-2025-23419).
 */
function sessionsOf(
  options: TlsOptions,
  ownKeys: Buffer,
  trust: string,
  varies: boolean,
): SecureContextOptions {
  const {
    sessionTickets = true,
    ticketKeys,
    sessionTimeout,
    sessionIdContext = '',
    secureOptions = 0,
  } = options;
  const resumes = sessionTickets && !(options.requestCert === true && varies);
  const context = nodeCrypto()
    .createHash('sha256')
    .update(`${sessionIdContext}\0${trust}`)
    .digest('hex')
    .slice(0, 32);
  return {
    ticketKeys: ticketKeys === undefined ? ownKeys : Buffer.from(ticketKeys),
    sessionIdContext: context,
    ...(sessionTimeout === undefined ? {} : { sessionTimeout }),
    ...(resumes ? {} : { secureOptions: secureOptions | nodeCrypto().constants.SSL_OP_NO_TICKET }),
  };
}

function trustOf(policy: ClientCertificatePolicy, { ca = [], crl = [] }: LoadedIdentity): string {
  if (!policy.requestCert) return '';
  const hash = nodeCrypto().createHash('sha256').update(JSON.stringify(policy));
  for (const pem of [...ca, ...crl]) hash.update(`\0${pem.length}\0`).update(pem);
  return hash.digest('hex');
}

function askPsk(psk: NonNullable<TlsOptions['psk']>, identity: string): NodeJS.ArrayBufferView | null {
  const key = attempt(
    () => psk(identity),
    (cause) => handshakeError('callback', 'psk', cause),
  );
  if (key === undefined || key instanceof Uint8Array) return key ?? null;
  throw handshakeError('callback', 'psk answered neither bytes nor undefined');
}
