import type { PeerCertificate, TLSSocket } from 'node:tls';
import { clientCertificateOf } from './tls-client-certificate.ts';

/** How a connection is secured. OTP: `ssl:connection_information/1`. What was not agreed upon is left out. */
export interface TlsInformation {
  /** `TLSv1.3` */
  readonly protocol?: string;
  /** By OpenSSL's name, and by the standard's. */
  readonly cipher?: string;
  readonly cipherStandardName?: string;
  /** The host that the client wanted. */
  readonly sniHostname?: string;
  readonly alpn?: string;
  /** Whether this was a short handshake, with a ticket from an earlier one. */
  readonly sessionReused: boolean;
  /** Whether the client has proven who it is with a certificate. */
  readonly authorized: boolean;
  /** OpenSSL's word for why a certificate that was shown proves nothing. */
  readonly authorizationError?: string;
}

/** Only to be asked for while the socket is open. */
export function informationOf(secured: TLSSocket): TlsInformation {
  const { presented, authorized, problem } = clientCertificateOf(secured);
  const protocol = secured.getProtocol();
  const cipher = secured.getCipher();
  const { servername, alpnProtocol } = secured as { servername?: unknown; alpnProtocol?: unknown };
  return {
    ...(protocol === null ? {} : { protocol }),
    ...(cipher === null ? {} : { cipher: cipher.name, cipherStandardName: cipher.standardName }),
    ...(typeof servername === 'string' ? { sniHostname: servername } : {}),
    ...(typeof alpnProtocol === 'string' ? { alpn: alpnProtocol } : {}),
    sessionReused: secured.isSessionReused() === true,
    authorized,
    ...(presented && problem !== undefined ? { authorizationError: problem } : {}),
  };
}

/** The client's certificate; undefined if it has shown none. */
export function peerCertificateOf(secured: TLSSocket): PeerCertificate | undefined {
  const certificate: PeerCertificate | null = secured.getPeerCertificate();
  return certificate !== null && certificate.raw !== undefined ? certificate : undefined;
}
