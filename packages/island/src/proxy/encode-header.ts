import { isIPv4, isIPv6 } from 'node:net';
import { BadOptionError } from '../errors.ts';
import { checkKnown } from '../known-options.ts';
import { crc32c } from './crc32c.ts';
import { encodeDetails, encodeTlv } from './encode-details.ts';
import { addressBytes } from './ip-address.ts';
import type { ProxyAddress, ProxyDetails, ProxyHeader, ProxyTransport } from './proxy-header.ts';
import {
  TLV_HEAD_LENGTH,
  TLV_TYPES,
  UNIX_PATH_LENGTH,
  V2_FIXED_LENGTH,
  V2_MAX_LENGTH,
  V2_SIGNATURE,
  V2_TRANSPORTS,
} from './wire.ts';

/** One end of a connection, as a socket of Node tells it: the family follows from the address. */
export type ProxyAddressInput =
  | { readonly address: string; readonly port: number }
  | { readonly path: string };

/** What a header is made of. Any `ProxyHeader` will do. */
export interface ProxyHeaderInput extends ProxyDetails {
  /** `proxy` unless said. */
  readonly command?: ProxyHeader['command'];
  /** What the addresses say, over TCP or a Unix stream, unless said. */
  readonly transport?: ProxyTransport;
  readonly source?: ProxyAddressInput | ProxyAddress | undefined;
  readonly destination?: ProxyAddressInput | ProxyAddress | undefined;
}

/** How a header of version 2 is written. */
export interface ProxyHeaderV2Options {
  /** Whether the header carries its CRC32C; false unless said. */
  readonly checksum?: boolean;
  /** How many bytes the header is to have, made up with a NOOP of at least three. No more than it needs unless said. */
  readonly padTo?: number;
}

const DETAILS = ['alpn', 'authority', 'uniqueId', 'ssl', 'netns', 'rawTlvs'] as const;
const HEADER = ['version', 'command', 'transport', 'source', 'destination', 'crc32c', ...DETAILS];
const CHECKSUM_TLV_LENGTH = TLV_HEAD_LENGTH + 4;

/**
 * Makes a header of version 1: a line for a connection over TCP, or, without addresses, `PROXY UNKNOWN`. It is to be sent
 * first of all, and at once. Throws `BadOptionError` for what version 1 cannot say. proxy-protocol.txt, 2.1.
 *
 * ```ts
 * encodeProxyHeaderV1({
 *   source: { address: '192.168.0.1', port: 56324 },
 *   destination: { address: '192.168.0.11', port: 443 },
 * }); // PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n
 * ```
 */
export function encodeProxyHeaderV1(header: ProxyHeaderInput = {}): Buffer {
  checkHeader(header);
  if (header.command === 'local') throw BadOptionError.of('command', "'proxy' in version 1", header.command);
  for (const name of DETAILS) {
    if (header[name] !== undefined) throw BadOptionError.of(name, 'left out in version 1', header[name]);
  }
  const transport = transportOf(header);
  if (transport === 'unspec') return Buffer.from('PROXY UNKNOWN\r\n', 'latin1');
  if (transport !== 'tcp4' && transport !== 'tcp6') {
    throw BadOptionError.of('transport', "'tcp4', 'tcp6' or 'unspec' in version 1", transport);
  }
  const source = ip('source', header.source, transport);
  const destination = ip('destination', header.destination, transport);
  const fields = [source.address, destination.address, source.port, destination.port];
  return Buffer.from(`PROXY ${transport.toUpperCase()} ${fields.join(' ')}\r\n`, 'latin1');
}

/**
 * Makes a header of version 2, with all that `header` says; without addresses, one of an unspecified transport. It is to be
 * sent first of all, and at once. A `crc32c` in `header` is not looked at: the option `checksum` makes one. Throws
 * `BadOptionError` for what version 2 cannot say. proxy-protocol.txt, 2.2.
 */
export function encodeProxyHeaderV2(
  header: ProxyHeaderInput = {},
  options: ProxyHeaderV2Options = {},
): Buffer {
  checkHeader(header);
  checkKnown('encodeProxyHeaderV2', options, ['checksum', 'padTo']);
  const { command = 'proxy' } = header;
  if (command !== 'proxy' && command !== 'local')
    throw BadOptionError.of('command', "'proxy' or 'local'", command);
  const transport = transportOf(header);
  if (command === 'local' && transport !== 'unspec') {
    throw BadOptionError.of('transport', "'unspec' with the command 'local'", transport);
  }
  if (transport === 'unspec') {
    for (const name of DETAILS) {
      // Who reads it could not tell where they begin.
      if (header[name] !== undefined)
        throw BadOptionError.of(name, 'left out without addresses', header[name]);
    }
  }

  const parts = [encodeAddresses(header, transport), ...encodeDetails(header)];
  const length = V2_FIXED_LENGTH + lengthOf(parts) + (options.checksum ? CHECKSUM_TLV_LENGTH : 0);
  parts.push(padding(length, options.padTo));
  if (options.checksum) parts.push(encodeTlv('crc32c', TLV_TYPES.crc32c, Buffer.alloc(4)));
  const after = Buffer.concat(parts);
  if (after.length > V2_MAX_LENGTH - V2_FIXED_LENGTH) {
    throw new BadOptionError(
      'header',
      `the header must have at most ${V2_MAX_LENGTH} bytes, not ${V2_FIXED_LENGTH + after.length}`,
    );
  }
  const fixed = Buffer.alloc(V2_FIXED_LENGTH);
  V2_SIGNATURE.copy(fixed);
  fixed.writeUInt8(command === 'local' ? 0x20 : 0x21, V2_SIGNATURE.length);
  fixed.writeUInt8(V2_TRANSPORTS[transport].byte, V2_SIGNATURE.length + 1);
  fixed.writeUInt16BE(after.length, V2_SIGNATURE.length + 2);
  const bytes = Buffer.concat([fixed, after]);
  if (options.checksum) bytes.writeUInt32BE(crc32c(bytes), bytes.length - 4);
  return bytes;
}

/** A header whose ends are misspelt would be one that says nothing of the client. */
function checkHeader(header: ProxyHeaderInput): void {
  checkKnown('a PROXY header', header, HEADER);
  for (const name of ['source', 'destination'] as const) {
    const end: unknown = header[name];
    if (end !== undefined && (typeof end !== 'object' || end === null))
      throw BadOptionError.of(name, 'an address and a port, or a path', end);
  }
}

function transportOf({ transport, source, destination }: ProxyHeaderInput): ProxyTransport {
  const named = transport ?? impliedBy(source);
  if (!Object.hasOwn(V2_TRANSPORTS, named)) {
    throw BadOptionError.of('transport', `one of ${Object.keys(V2_TRANSPORTS).join(', ')}`, transport);
  }
  if (named === 'unspec') {
    if (source !== undefined)
      throw BadOptionError.of('source', "left out with the transport 'unspec'", source);
    if (destination !== undefined)
      throw BadOptionError.of('destination', 'left out without a source', destination);
  }
  return named;
}

function impliedBy(source: ProxyAddressInput | undefined): ProxyTransport {
  if (source === undefined) return 'unspec';
  if ('path' in source) return 'unixStream';
  return isIPv6(source.address) ? 'tcp6' : 'tcp4';
}

function encodeAddresses({ source, destination }: ProxyHeaderInput, transport: ProxyTransport): Buffer {
  switch (transport) {
    case 'unspec':
      return Buffer.alloc(0);
    case 'unixStream':
    case 'unixDgram':
      return Buffer.concat([path('source', source), path('destination', destination)]);
    case 'tcp4':
    case 'udp4':
    case 'tcp6':
    case 'udp6': {
      const from = ip('source', source, transport);
      const to = ip('destination', destination, transport);
      const ports = Buffer.alloc(4);
      ports.writeUInt16BE(from.port, 0);
      ports.writeUInt16BE(to.port, 2);
      return Buffer.concat([from.bytes, to.bytes, ports]);
    }
    default:
      return transport satisfies never;
  }
}

interface IpEnd {
  readonly address: string;
  readonly bytes: Buffer;
  readonly port: number;
}

function ip(
  option: string,
  end: ProxyAddressInput | undefined,
  transport: 'tcp4' | 'tcp6' | 'udp4' | 'udp6',
): IpEnd {
  const is4 = transport.endsWith('4');
  if (end === undefined || !('address' in end)) {
    throw BadOptionError.of(option, `an address and a port for ${transport}`, end);
  }
  const { address, port } = end;
  const bytes = isIPv4(address) === is4 ? addressBytes(address) : undefined;
  if (bytes === undefined) {
    throw BadOptionError.of(
      `${option}.address`,
      `an ${is4 ? 'IPv4' : 'IPv6'} address without a zone`,
      address,
    );
  }
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) {
    throw BadOptionError.of(`${option}.port`, 'a whole number from 0 to 65535', port);
  }
  return { address, bytes, port };
}

function path(option: string, end: ProxyAddressInput | undefined): Buffer {
  if (end === undefined || !('path' in end)) throw BadOptionError.of(option, 'a path for a Unix socket', end);
  if (typeof end.path !== 'string') throw BadOptionError.of(`${option}.path`, 'text', end.path);
  const bytes = Buffer.from(end.path, 'utf8');
  const isAbstract = bytes[0] === 0;
  // unix(7): a NUL ends a path, and is like any other byte in an abstract name; but here the field is padded with them.
  if (bytes.length > UNIX_PATH_LENGTH || (isAbstract ? bytes.at(-1) === 0 : bytes.includes(0))) {
    throw BadOptionError.of(`${option}.path`, `a path of at most ${UNIX_PATH_LENGTH} bytes`, end.path);
  }
  const field = Buffer.alloc(UNIX_PATH_LENGTH);
  bytes.copy(field);
  return field;
}

function padding(length: number, padTo = length): Buffer {
  const missing = padTo - length;
  if (missing === 0) return Buffer.alloc(0);
  if (!Number.isInteger(missing) || missing < TLV_HEAD_LENGTH || padTo > V2_MAX_LENGTH) {
    const allowed = `${length}, or a whole number from ${length + TLV_HEAD_LENGTH} to ${V2_MAX_LENGTH}`;
    throw BadOptionError.of('padTo', allowed, padTo);
  }
  return encodeTlv('padTo', TLV_TYPES.noop, Buffer.alloc(missing - TLV_HEAD_LENGTH));
}

function lengthOf(parts: readonly Buffer[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}
