/** Between what the proxied connection goes. `unspec`: the proxy cannot tell, and the header has no addresses. */
export type ProxyTransport = 'tcp4' | 'tcp6' | 'udp4' | 'udp6' | 'unixStream' | 'unixDgram' | 'unspec';

/** An end of a connection over IP. */
export interface ProxyIpAddress {
  readonly address: string;
  readonly port: number;
  readonly family: 'IPv4' | 'IPv6';
}

/** An end of a connection over a Unix socket: empty if it has no name, with a NUL in front if the name is abstract. */
export interface ProxyUnixAddress {
  readonly path: string;
}

/** One end of a connection, as a header tells it. */
export type ProxyAddress = ProxyIpAddress | ProxyUnixAddress;

/** A type-length-value of a type that this package does not know, as it came. */
export interface ProxyTlv {
  readonly type: number;
  readonly value: Buffer;
}

/** What the proxy says of the client's TLS. proxy-protocol.txt, 2.2.6. */
export interface ProxySsl {
  readonly client: {
    /** Whether the client is connected over TLS. */
    readonly ssl: boolean;
    /** Whether it has shown a certificate in this connection. */
    readonly certConn: boolean;
    /** Whether it has shown one at least once in the TLS session that this connection belongs to. */
    readonly certSess: boolean;
  };
  /** Whether it has shown a certificate that was found good. */
  readonly verified: boolean;
  /** Of TLS, such as `TLSv1.3`. */
  readonly version?: string;
  readonly cipher?: string;
  /** What the proxy's own certificate was signed with, such as `SHA256`. */
  readonly sigAlg?: string;
  /** What the key of the proxy's own certificate was made with, such as `RSA2048`. */
  readonly keyAlg?: string;
  /** Of the client's certificate. */
  readonly commonName?: string;
  /** What else there is, in the order it came. */
  readonly rawTlvs?: readonly ProxyTlv[];
}

/**
 * What a header of version 2 can say besides addresses. proxy-protocol.txt, 2.2.1 to 2.2.7. Text that should be UTF-8
 * and is not has U+FFFD in it; other text is taken byte by byte.
 */
export interface ProxyDetails {
  /** The protocol over the connection, such as `h2`. */
  readonly alpn?: string;
  /** The host name that the client has asked for: SNI, if it came over TLS. */
  readonly authority?: string;
  /** The checksum that the header came with. It was right: a wrong one is a rejection. */
  readonly crc32c?: number;
  /** What the proxy knows this connection by: up to 128 bytes of any kind. */
  readonly uniqueId?: Buffer;
  readonly ssl?: ProxySsl;
  /** The name of the network namespace. */
  readonly netns?: string;
  /** What else there is, in the order it came. */
  readonly rawTlvs?: readonly ProxyTlv[];
}

/**
 * A header of the PROXY protocol. Ranch: `ranch_proxy_header:proxy_info()`.
 *
 * `source` and `destination` are there unless `command` is `local` (the proxy itself is the client: a health check) or
 * `transport` is `unspec`; the connection's own ends are the ones to use then.
 */
export interface ProxyHeader extends ProxyDetails {
  readonly version: 1 | 2;
  readonly command: 'local' | 'proxy';
  readonly transport: ProxyTransport;
  readonly source: ProxyAddress | undefined;
  readonly destination: ProxyAddress | undefined;
}
