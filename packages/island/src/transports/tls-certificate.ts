import type { X509Certificate } from 'node:crypto';
import { CertificateError } from '../errors.ts';
import { nodeCrypto } from '../node-modules.ts';
import { attempt } from './attempt.ts';
import type { ReadFile } from './tls-files.ts';
import type { CertificateSource, Pem, TlsIdentity } from './tls-options.ts';

/** A certificate and its key, which belong together. */
export interface KeyPair {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly passphrase: string | undefined;
}

/** An identity whose files have been read, and whose parts have been looked at. */
export interface LoadedIdentity {
  readonly pairs: readonly KeyPair[];
  /** Undefined if nothing was said of them. */
  readonly ca: readonly Buffer[] | undefined;
  readonly crl: readonly Buffer[] | undefined;
}

/**
 * Reads an identity and sees to it that each certificate has its key, and that nothing is half there. Throws
 * `CertificateError`. `prefix` is where in the options it stands: `sniHosts[a.example].`.
 */
export function loadIdentity(prefix: string, identity: TlsIdentity, read: ReadFile): LoadedIdentity {
  const own = loadPair(prefix, identity, read);
  const more = (identity.certificates ?? []).map((source, index) =>
    loadPair(`${prefix}certificates[${index}].`, source, read),
  );
  const { ca, caFile, crl } = identity;
  return {
    pairs: [own, ...more].filter((pair) => pair !== undefined),
    ca:
      caFile === undefined
        ? authorities(`${prefix}ca`, ca)
        : authorities(`${prefix}caFile`, read(`${prefix}caFile`, caFile)),
    crl: crl === undefined ? undefined : pems(crl),
  };
}

function loadPair(prefix: string, source: CertificateSource, read: ReadFile): KeyPair | undefined {
  const cert = part(`${prefix}cert`, source.cert, source.certFile, read);
  if (cert === undefined) return undefined;
  const key = part(`${prefix}key`, source.key, source.keyFile, read);
  const { passphrase } = source;
  // OTP: a key is looked for beside its certificate if it is nowhere else.
  if (key === undefined && !cert.content.includes('PRIVATE KEY-----'))
    throw new CertificateError(
      'badKey',
      `${cert.option} has no key: ${prefix}key or ${prefix}keyFile is missing`,
    );
  const pair = { cert: cert.content, key: keyIn(key?.content ?? cert.content), passphrase };
  checkPair(cert.option, key?.option ?? cert.option, pair);
  return pair;
}

interface Part {
  /** The option it came from, with its path if that was a file. */
  readonly option: string;
  readonly content: Buffer;
}

function part(
  option: string,
  pem: Pem | undefined,
  file: string | undefined,
  read: ReadFile,
): Part | undefined {
  if (pem !== undefined) return { option, content: Buffer.from(pem as Uint8Array) };
  if (file === undefined) return undefined;
  return { option: `${option}File ${file}`, content: read(`${option}File`, file) };
}

/** Tells what is wrong with a certificate and its key; a chain is looked at to its end, since a file may be half written. */
function checkPair(certOption: string, keyOption: string, { cert, key, passphrase }: KeyPair): void {
  const [leaf] = certificatesIn(certOption, cert);
  const privateKey = attempt(
    () => nodeCrypto().createPrivateKey({ key, ...(passphrase === undefined ? {} : { passphrase }) }),
    (cause) => new CertificateError('badKey', `${keyOption} contains no key that can be read`, { cause }),
  );
  if (leaf?.checkPrivateKey(privateKey) === true) return;
  throw new CertificateError(
    'keyMismatch',
    `the key of ${keyOption} does not belong to the certificate of ${certOption}`,
  );
}

function authorities(option: string, ca: Pem | readonly Pem[] | undefined): Buffer[] | undefined {
  if (ca === undefined) return undefined;
  const list = pems(ca);
  for (const each of list) certificatesIn(option, each);
  return list;
}

function pems(value: Pem | readonly Pem[]): Buffer[] {
  const list: readonly Pem[] = typeof value === 'string' || value instanceof Uint8Array ? [value] : value;
  return list.map((each) => Buffer.from(each as Uint8Array));
}

const KEY = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----/;

/** The key alone: OpenSSL looks only at what comes first in a file. */
function keyIn(pem: Buffer): Buffer {
  const block = KEY.exec(pem.toString('latin1'));
  return block === null ? pem : Buffer.from(block[0], 'latin1');
}

const BEGIN = '-----BEGIN CERTIFICATE-----';
const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** The certificates in a PEM file, all of which must be whole. */
function certificatesIn(option: string, pem: Buffer): X509Certificate[] {
  const text = pem.toString('latin1');
  const blocks = text.match(BLOCK) ?? [];
  if (blocks.length === 0)
    throw new CertificateError('badCertificate', `${option} contains no certificate in PEM form`);
  if (blocks.length < text.split(BEGIN).length - 1)
    throw new CertificateError('badCertificate', `${option} ends within a certificate`);
  return blocks.map((block, index) =>
    attempt(
      () => new (nodeCrypto().X509Certificate)(block),
      (cause) =>
        new CertificateError('badCertificate', `certificate ${index + 1} of ${option} cannot be read`, {
          cause,
        }),
    ),
  );
}
