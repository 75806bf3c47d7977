import { BadOptionError } from '../errors.ts';
import { nodeTls } from '../node-modules.ts';
import { isHostPattern } from './tls-hosts.ts';
import type { TlsIdentity, TlsOptions } from './tls-options.ts';

type Check = (option: string, value: unknown) => void;
type Table<Options> = Readonly<Record<keyof Options, Check>>;

/** What is not to be seen in any message. */
const SECRET = /(^|\.)(key|passphrase|cert|ticketKeys|psk)$/;

const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];

const SOURCE_CHECKS: Table<Pick<TlsIdentity, 'cert' | 'certFile' | 'key' | 'keyFile' | 'passphrase'>> = {
  cert: mustBe('PEM as text or bytes', isPem),
  certFile: mustBe('the path of a file', isPath),
  key: mustBe('PEM as text or bytes', isPem),
  keyFile: mustBe('the path of a file', isPath),
  passphrase: mustBe('a non-empty string', isText),
};

const IDENTITY_CHECKS: Table<TlsIdentity> = {
  ...SOURCE_CHECKS,
  certificates: list('a list of objects with cert or certFile', (option, value) =>
    checkSource(option, value),
  ),
  ca: mustBe('PEM as text or bytes, or a list of these', isPems),
  caFile: mustBe('the path of a file', isPath),
  crl: mustBe('PEM as text or bytes, or a list of these', isPems),
};

const CHECKS: Table<TlsOptions> = {
  ...IDENTITY_CHECKS,
  sniHosts: checkHosts,
  sniFunction: mustBe('a function', isFunction),
  requestCert: mustBe('a boolean', isBoolean),
  rejectUnauthorized: mustBe('a boolean', isBoolean),
  failIfNoPeerCert: mustBe('a boolean', isBoolean),
  alpn: checkAlpn,
  psk: mustBe('a function', isFunction),
  pskIdentityHint: mustBe('a non-empty string', isText),
  minVersion: mustBe(`one of ${VERSIONS.join(', ')}`, isVersion),
  maxVersion: mustBe(`one of ${VERSIONS.join(', ')}`, isVersion),
  ciphers: mustBe('a list of ciphers as OpenSSL writes it', isText),
  honorCipherOrder: mustBe('a boolean', isBoolean),
  ecdhCurve: mustBe('a list of curves as OpenSSL writes it', isText),
  sigalgs: mustBe('a list of signature algorithms as OpenSSL writes it', isText),
  dhparam: mustBe("'auto', or DH PARAMETERS in PEM form", isDhParameters),
  secureOptions: mustBe('a whole number >= 0', isWhole),
  sessionTickets: mustBe('a boolean', isBoolean),
  ticketKeys: mustBe('48 bytes', (value) => value instanceof Uint8Array && value.length === 48),
  sessionTimeout: mustBe('a whole number of seconds >= 1', (value) => isWhole(value) && value !== 0),
  sessionIdContext: mustBe('a string of 1 to 32 characters', (value) => isText(value) && value.length <= 32),
  clientHello: mustBe('a function', isFunction),
};

/**
 * Sees to it that options are of the right kind and make sense together, before any file is read. Throws `BadOptionError`,
 * which names the first one that does not.
 */
export function checkTlsOptions(options: TlsOptions): void {
  checkObject('options', '', options, CHECKS);
  checkSourceParts('', options);
  checkVersions(options);
  if (options.sniHosts !== undefined) refuseTogether(options, 'sniFunction', 'sniHosts');
  for (const option of ['rejectUnauthorized', 'failIfNoPeerCert'] as const)
    if (options.requestCert !== true) refuseWithout(options, option, 'requestCert: true');
  if (options.psk === undefined) refuseWithout(options, 'pskIdentityHint', 'psk');
  if (options.sessionTickets === false) {
    for (const option of ['ticketKeys', 'sessionTimeout', 'sessionIdContext'] as const)
      refuseWithout(options, option, 'sessionTickets');
  }
  const verifies = options.requestCert === true && options.rejectUnauthorized !== false;
  // OTP: verify_peer without cacerts. Node would take the public authorities, from whom anybody can have a certificate.
  if (verifies && options.ca === undefined && options.caFile === undefined)
    throw new BadOptionError(
      'ca',
      'the option requestCert needs ca or caFile: whose certificates clients are to have',
    );
}

/** There must be a version left. Where one end is not said, it is Node's own. */
function checkVersions({ minVersion, maxVersion }: TlsOptions): void {
  const lowest = minVersion ?? nodeTls().DEFAULT_MIN_VERSION;
  const highest = maxVersion ?? nodeTls().DEFAULT_MAX_VERSION;
  if (lowest <= highest) return;
  const [option, value] = minVersion === undefined ? ['maxVersion', highest] : ['minVersion', lowest];
  throw new BadOptionError(
    option,
    `the option ${option} cannot be ${value}: the lowest version is ${lowest} and the highest ${highest}`,
  );
}

/** Checks one host's identity, as `sniFunction` or a change brings it. */
export function checkIdentity(where: string, identity: unknown): void {
  checkObject(where, `${where}.`, identity, IDENTITY_CHECKS);
  checkSourceParts(`${where}.`, identity as TlsIdentity);
}

/** Checks the name of a host. */
export function checkHost(option: string, name: unknown): void {
  if (isText(name) && isHostPattern(name)) return;
  throw BadOptionError.of(option, "a host name, or '*.' and a host name", name);
}

function checkHosts(option: string, value: unknown): void {
  if (!isObject(value)) throw BadOptionError.of(option, 'an object with an identity for each host', value);
  for (const [name, identity] of Object.entries(value)) {
    checkHost(option, name);
    checkIdentity(`${option}[${name}]`, identity);
  }
}

function checkSource(where: string, value: unknown): void {
  checkObject(where, `${where}.`, value, SOURCE_CHECKS);
  checkSourceParts(`${where}.`, value as TlsIdentity);
}

/** Each part comes from one place, and a key does not come alone. */
function checkSourceParts(prefix: string, source: TlsIdentity): void {
  for (const [pem, file] of [
    ['cert', 'certFile'],
    ['key', 'keyFile'],
    ['ca', 'caFile'],
  ] as const) {
    if (source[pem] !== undefined) refuseTogether(source, file, pem, prefix);
  }
  if (source.cert !== undefined || source.certFile !== undefined) return;
  for (const option of ['key', 'keyFile', 'passphrase'] as const) {
    if (source[option] === undefined) continue;
    throw new BadOptionError(
      `${prefix}${option}`,
      `the option ${prefix}${option} needs ${prefix}cert or ${prefix}certFile`,
    );
  }
}

function checkAlpn(option: string, value: unknown): void {
  const isProtocol = (each: unknown): boolean => isText(each) && Buffer.byteLength(each) <= 255;
  if (Array.isArray(value) && value.length > 0 && value.every(isProtocol)) return;
  throw BadOptionError.of(option, 'a list of protocols, each of 1 to 255 bytes', value);
}

function checkObject<Options>(name: string, prefix: string, value: unknown, checks: Table<Options>): void {
  if (!isObject(value)) throw BadOptionError.of(name, 'an object', value);
  const known: Readonly<Record<string, Check>> = checks;
  for (const option of Object.keys(value)) {
    const check = Object.hasOwn(known, option) ? known[option] : undefined;
    const path = `${prefix}${option}`;
    if (check === undefined)
      throw new BadOptionError(
        path,
        `there is no option ${path}; there are ${Object.keys(known).join(', ')}`,
      );
    if (value[option] !== undefined) check(path, value[option]);
  }
}

function refuseTogether<Options>(
  options: Options,
  option: keyof Options & string,
  other: string,
  prefix = '',
): void {
  if (options[option] === undefined) return;
  throw new BadOptionError(
    `${prefix}${option}`,
    `the option ${prefix}${option} cannot be given together with ${prefix}${other}`,
  );
}

function refuseWithout(options: TlsOptions, option: keyof TlsOptions, other: string): void {
  if (options[option] === undefined) return;
  throw new BadOptionError(option, `the option ${option} means nothing without ${other}`);
}

function mustBe(allowed: string, isAllowed: (value: unknown) => boolean): Check {
  return (option, value) => {
    if (isAllowed(value)) return;
    if (!SECRET.test(option)) throw BadOptionError.of(option, allowed, value);
    throw new BadOptionError(
      option,
      `the option ${option} must be ${allowed}, not what it is (which is not shown)`,
    );
  };
}

function list(allowed: string, check: Check): Check {
  return (option, value) => {
    if (!Array.isArray(value)) throw new BadOptionError(option, `the option ${option} must be ${allowed}`);
    for (const [index, each] of value.entries()) check(`${option}[${index}]`, each);
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** What stands in a file is easily given in its place: it would be told as a path that cannot be read. */
function isPath(value: unknown): boolean {
  return isText(value) && !value.includes('-----BEGIN ');
}

function isPem(value: unknown): boolean {
  return isText(value) || (value instanceof Uint8Array && value.length > 0);
}

/** Node goes on without them if they are something else. */
function isDhParameters(value: unknown): boolean {
  return value === 'auto' || (isPem(value) && String(value).includes('-----BEGIN DH PARAMETERS-----'));
}

function isPems(value: unknown): boolean {
  return isPem(value) || (Array.isArray(value) && value.length > 0 && value.every(isPem));
}

function isBoolean(value: unknown): boolean {
  return typeof value === 'boolean';
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

function isWhole(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isVersion(value: unknown): boolean {
  return VERSIONS.includes(value as string);
}
