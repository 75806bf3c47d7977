import type { Awaitable } from '@thousand-island/runtime';
import type { ClientHello, TlsVersion } from './client-hello.ts';

/** Text or bytes in PEM form. */
export type Pem = string | Uint8Array;

/** A certificate with its key: each as PEM, or in a file, which a reload reads again. */
export interface CertificateSource {
  /** The certificate, followed by those that lead to its authority. */
  readonly cert?: Pem;
  readonly certFile?: string;
  readonly key?: Pem;
  readonly keyFile?: string;
  /** What the key is encrypted with. */
  readonly passphrase?: string;
}

/** Who a server is, and whose certificates it trusts: what can be different for each host. */
export interface TlsIdentity extends CertificateSource {
  /** More certificates, such as one with an RSA key beside one with an EC key. OTP: `certs_keys`. */
  readonly certificates?: readonly CertificateSource[];
  /** The authorities that a client's certificate may come from. OTP: `cacerts`, `cacertfile`. */
  readonly ca?: Pem | readonly Pem[];
  readonly caFile?: string;
  /** Lists of certificates that are not valid any more. */
  readonly crl?: Pem | readonly Pem[];
}

/** What `clientHello` decides: `undefined` to go on, a refusal with its reason, or who is to do this handshake instead. */
export type ClientHelloAnswer =
  | undefined
  | { readonly refuse: string }
  /** Laid over the transport's own options, for this handshake; prepared once for each object. */
  | HandshakeOptions;

/** Options to be laid over others; `undefined` takes one back. */
export type TlsChanges = { readonly [Option in keyof TlsOptions]?: TlsOptions[Option] | undefined };

/** What can be different for one handshake. */
export type HandshakeOptions = Omit<TlsChanges, 'clientHello'>;

/** What a TLS transport is made with. At least one certificate or a `psk` is needed; the rest is optional. */
export interface TlsOptions extends TlsIdentity {
  /**
   * The identities by host: `'a.example'`, or `'*.example'` for each name with one label in place of the star. What an identity
   * does not say is as the transport says.
   */
  readonly sniHosts?: Readonly<Record<string, TlsIdentity>>;
  /**
   * The identity for a host, or `undefined` for the transport's own. Prepared once for each object that it returns. Not
   * together with `sniHosts`. A throw or a rejection fails the handshake.
   */
  readonly sniFunction?: (serverName: string) => Awaitable<TlsIdentity | undefined>;
  /** Whether clients are asked for a certificate; false unless said. OTP: `verify`. */
  readonly requestCert?: boolean;
  /** Whether a certificate that does not come from one of `ca` fails the handshake; true unless said. */
  readonly rejectUnauthorized?: boolean;
  /** Whether a client without a certificate fails the handshake; as `rejectUnauthorized` unless said. */
  readonly failIfNoPeerCert?: boolean;
  /** The protocols that are spoken, as the server prefers them. A client that knows none of them fails the handshake. */
  readonly alpn?: readonly string[];
  /** The key that a client which calls itself so has in common with us (RFC 4279), or `undefined` if there is none. */
  readonly psk?: (identity: string) => Uint8Array | undefined;
  /** Sent to clients, so that they know which key is meant. */
  readonly pskIdentityHint?: string;
  /** Node's defaults unless said. */
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  /** In OpenSSL's notation. */
  readonly ciphers?: string;
  /** Whether the server's order of the ciphers counts, and not the client's; true unless said. */
  readonly honorCipherOrder?: boolean;
  /** In OpenSSL's notation: `X25519:P-256`. OTP: `supported_groups`. */
  readonly ecdhCurve?: string;
  /** In OpenSSL's notation: `ecdsa_secp256r1_sha256:rsa_pss_pss_sha256`. OTP: `signature_algs`. */
  readonly sigalgs?: string;
  /** `'auto'`, or parameters as PEM, for ciphers with finite field Diffie-Hellman. */
  readonly dhparam?: Pem;
  /** OpenSSL's `SSL_OP_*`, as in `crypto.constants`. */
  readonly secureOptions?: number;
  /** Whether clients get tickets, with which a later handshake is a short one; true unless said. */
  readonly sessionTickets?: boolean;
  /** 48 bytes that tickets are sealed with, for servers that share them; random ones of the transport's own unless said. */
  readonly ticketKeys?: Uint8Array;
  /** How long a ticket is good for, in seconds; 300 unless said. */
  readonly sessionTimeout?: number;
  /** Up to 32 characters: tickets are taken only by those who have the same. */
  readonly sessionIdContext?: string;
  /**
   * Looks at what a client says first, before anything is decided. May take its time, as the handshake timeout allows. A
   * throw or a rejection fails the handshake. Ranch: `{handshake, hello}`, `handshake_continue`, `handshake_cancel`.
   */
  readonly clientHello?: (hello: ClientHello) => Awaitable<ClientHelloAnswer>;
}
