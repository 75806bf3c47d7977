import { BadOptionError } from './errors.ts';
import { timeout } from './option-checks.ts';
import { ProxyHeaderReader } from './proxy/proxy-header-reader.ts';
import { TrustedSources } from './proxy/trusted-sources.ts';

/** Whether connections begin with a header of the PROXY protocol: never, as they please, or always. */
export type ProxyProtocolMode = 'off' | 'optional' | 'required';

/** How connections from a proxy tell whom they are from. */
export interface ProxyProtocolOptions {
  readonly mode: ProxyProtocolMode;
  /** How long the header may take, in ms; the server's `handshakeTimeout` unless said. */
  readonly timeout?: number | 'infinity';
  /**
   * Whose headers are believed: IP addresses, networks such as `'10.0.0.0/8'`, `'unix'` for those who come over a Unix socket.
   * Everybody's unless said.
   */
  readonly trustedSources?: readonly string[];
  /** How long a header of version 2 may be, in bytes, from 16 to 65,551; 8,192 unless said. */
  readonly maxHeaderBytes?: number;
}

/** The option, checked and complete. Made by `proxyPolicy` alone. */
export interface ProxyPolicy {
  readonly isRequired: boolean;
  /** Undefined for the server's `handshakeTimeout`. */
  readonly timeout: number | undefined;
  /** Undefined if everybody is trusted. */
  readonly trusted: TrustedSources | undefined;
  /** A reader for one connection. */
  readonly newReader: () => ProxyHeaderReader;
}

const MODES: readonly unknown[] = ['off', 'optional', 'required'] satisfies ProxyProtocolMode[];
const KNOWN: readonly string[] = ['mode', 'timeout', 'trustedSources', 'maxHeaderBytes'];

/** Checks the option `proxyProtocol`; undefined if it is off. */
export function proxyPolicy(option: string, value: unknown): ProxyPolicy | undefined {
  if (typeof value === 'string') return policyOf(option, value as ProxyProtocolMode, {});
  if (typeof value !== 'object' || value === null)
    throw BadOptionError.of(option, `'off', 'optional', 'required' or an object`, value);
  for (const name of Object.keys(value)) {
    if (!KNOWN.includes(name)) throw unknownName(option, name);
  }
  const options = value as Partial<ProxyProtocolOptions>;
  return policyOf(`${option}.mode`, options.mode as ProxyProtocolMode, options);
}

function policyOf(
  option: string,
  mode: ProxyProtocolMode,
  options: Partial<ProxyProtocolOptions>,
): ProxyPolicy | undefined {
  if (!MODES.includes(mode)) throw BadOptionError.of(option, `'off', 'optional' or 'required'`, mode);
  const { trustedSources, maxHeaderBytes } = options;
  const readerOptions = maxHeaderBytes === undefined ? {} : { maxHeaderBytes };
  const newReader = (): ProxyHeaderReader => new ProxyHeaderReader(readerOptions);
  // Refuses a wrong maxHeaderBytes now, not with the first connection.
  newReader();
  const policy = {
    isRequired: mode === 'required',
    timeout: options.timeout === undefined ? undefined : timeout('proxyProtocol.timeout', options.timeout),
    trusted: trustedSources === undefined ? undefined : new TrustedSources(trustedSources),
    newReader,
  };
  return mode === 'off' ? undefined : policy;
}

function unknownName(option: string, name: string): BadOptionError {
  const message = `the option ${option} has no part ${name}; it has ${KNOWN.join(', ')}`;
  return new BadOptionError(`${option}.${name}`, message);
}
