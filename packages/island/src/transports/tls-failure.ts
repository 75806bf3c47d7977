import { HandshakeError, type HandshakeFailure } from '../errors.ts';

/** What OpenSSL's error codes mean to who is not OpenSSL. What is not in here has `failed`. */
const REASONS: Readonly<Record<string, HandshakeFailure>> = {
  ECONNRESET: 'closed',
  ERR_SSL_HTTP_REQUEST: 'notTls',
  ERR_SSL_HTTPS_PROXY_REQUEST: 'notTls',
  ERR_SSL_WRONG_VERSION_NUMBER: 'notTls',
  ERR_SSL_NO_APPLICATION_PROTOCOL: 'alpn',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'version',
  ERR_SSL_UNKNOWN_PROTOCOL: 'version',
  ERR_SSL_VERSION_TOO_LOW: 'version',
  ERR_SSL_INAPPROPRIATE_FALLBACK: 'version',
  ERR_SSL_NO_SHARED_CIPHER: 'cipher',
  ERR_SSL_NO_SUITABLE_KEY_SHARE: 'cipher',
  ERR_SSL_NO_SUITABLE_GROUPS: 'cipher',
  ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM: 'cipher',
  ERR_SSL_NO_SHARED_SIGNATURE_ALGORITHMS: 'cipher',
  ERR_SSL_NO_SHARED_GROUP: 'cipher',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'clientCertificate',
  ERR_SSL_CERTIFICATE_VERIFY_FAILED: 'clientCertificate',
  ERR_SSL_PSK_IDENTITY_NOT_FOUND: 'psk',
};

const WORDS: Readonly<Record<HandshakeFailure, string>> = {
  alert: 'the client broke it off',
  alpn: 'the client speaks none of the protocols offered',
  callback: 'a function of the options failed',
  cipher: 'there is no cipher, group or signature that both know and the certificate is good for',
  clientCertificate: "the client's certificate is missing or not accepted",
  closed: 'the client was gone before the end',
  failed: 'the client did not keep to the protocol',
  notTls: 'the client does not speak TLS',
  psk: 'the client has no key in common with us',
  refused: 'the client was refused',
  timeout: 'it took too long',
  version: 'there is no version of TLS that both know',
};

/** Gives a failed handshake its name. `detail` says more than the cause does, such as why a certificate was not accepted. */
export function handshakeError(reason: HandshakeFailure, detail?: string, cause?: unknown): HandshakeError {
  const more = [detail, wordOf(cause)].filter((each) => each !== undefined).join(': ');
  const message = `the TLS handshake failed: ${WORDS[reason]}${more === '' ? '' : ` (${more})`}`;
  return new HandshakeError(reason, message, cause === undefined ? undefined : { cause });
}

/** Decides why a handshake failed, from what Node says of it. */
export function reasonOf(cause: object): HandshakeFailure {
  const code = textOf(cause, 'code') ?? '';
  // An error of the system's: the connection is not there any more.
  if (textOf(cause, 'syscall') !== undefined) return 'closed';
  if (code.startsWith('ERR_SSL_') && code.includes('_ALERT_')) return 'alert';
  return REASONS[code] ?? 'failed';
}

/** OpenSSL's messages tell of memory and source lines; the reason is what a reader wants. */
export function wordOf(cause: unknown): string | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined;
  return textOf(cause, 'reason') ?? textOf(cause, 'message');
}

function textOf(from: object, name: string): string | undefined {
  const value: unknown = Reflect.get(from, name);
  return typeof value === 'string' ? value : undefined;
}
