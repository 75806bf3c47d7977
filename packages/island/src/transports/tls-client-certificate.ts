import type { TLSSocket } from 'node:tls';

/** What a client's certificate decides. */
export interface ClientCertificatePolicy {
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
  readonly failIfNoPeerCert: boolean;
}

/** What is known of a client's certificate when the handshake is done. */
export interface ClientCertificateState {
  readonly presented: boolean;
  readonly authorized: boolean;
  /** OpenSSL's word for what is wrong with it. */
  readonly problem: string | undefined;
}

/** Decides whether a client is let in with the certificate it has. Answers why not. */
export function certificateRefusal(
  policy: ClientCertificatePolicy,
  { presented, authorized, problem }: ClientCertificateState,
): string | undefined {
  if (!policy.requestCert) return undefined;
  if (!presented) return policy.failIfNoPeerCert ? 'it has shown none' : undefined;
  if (authorized || !policy.rejectUnauthorized) return undefined;
  return problem ?? 'it is not authorized';
}

/** What is known of the certificate that the client on the other side has shown. */
export function clientCertificateOf(secured: TLSSocket): ClientCertificateState {
  const presented = secured.getPeerX509Certificate() !== undefined;
  // A session that was begun without a certificate is resumed as if it were authorized: seen with Node 20 and TLS 1.3.
  const authorized = presented && secured.authorized;
  const error: unknown = secured.authorizationError;
  return { presented, authorized, problem: error ? String(error) : undefined };
}
