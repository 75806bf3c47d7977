import type { ProxyTransport } from './proxy-header.ts';

/** What a connection begins with in version 2. */
export const V2_SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
/** The signature, version and command, transport, and the length of what follows. */
export const V2_FIXED_LENGTH = 16;
/** How long a header of version 2 can be at most, as its length has 16 bits. */
export const V2_MAX_LENGTH = V2_FIXED_LENGTH + 0xffff;

/** What a connection begins with in version 1. */
export const V1_SIGNATURE = Buffer.from('PROXY ', 'latin1');
/** How long the line of version 1 can be at most, its end included. proxy-protocol.txt, 2.1. */
export const V1_MAX_LENGTH = 107;

/** The byte of each transport, and how long an address and a port of it are together with those of the other end. */
export const V2_TRANSPORTS = {
  unspec: { byte: 0x00, addressLength: 0 },
  tcp4: { byte: 0x11, addressLength: 12 },
  udp4: { byte: 0x12, addressLength: 12 },
  tcp6: { byte: 0x21, addressLength: 36 },
  udp6: { byte: 0x22, addressLength: 36 },
  unixStream: { byte: 0x31, addressLength: 216 },
  unixDgram: { byte: 0x32, addressLength: 216 },
} as const satisfies Record<ProxyTransport, { byte: number; addressLength: number }>;

/** How long a path is, padded with zeros. */
export const UNIX_PATH_LENGTH = 108;

export const TLV_TYPES = {
  alpn: 0x01,
  authority: 0x02,
  crc32c: 0x03,
  noop: 0x04,
  uniqueId: 0x05,
  ssl: 0x20,
  netns: 0x30,
};
export const SSL_TLV_TYPES = { version: 0x21, commonName: 0x22, cipher: 0x23, sigAlg: 0x24, keyAlg: 0x25 };
export const SSL_CLIENT_BITS = { ssl: 0x01, certConn: 0x02, certSess: 0x04 };
/** Type and length. */
export const TLV_HEAD_LENGTH = 3;
export const MAX_UNIQUE_ID_LENGTH = 128;
