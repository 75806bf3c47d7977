import { BadOptionError } from '../errors.ts';
import type { ProxyDetails, ProxySsl, ProxyTlv } from './proxy-header.ts';
import { MAX_UNIQUE_ID_LENGTH, SSL_CLIENT_BITS, SSL_TLV_TYPES, TLV_HEAD_LENGTH, TLV_TYPES } from './wire.ts';

/** Makes the TLVs of all that `details` says, but for the checksum, which is made of the complete header. */
export function encodeDetails(details: ProxyDetails): Buffer[] {
  const { alpn, authority, uniqueId, ssl, netns, rawTlvs = [] } = details;
  checkList('rawTlvs', rawTlvs);
  const parts: Buffer[] = [];
  if (alpn !== undefined) parts.push(encodeTlv('alpn', TLV_TYPES.alpn, latin1('alpn', alpn)));
  if (authority !== undefined)
    parts.push(encodeTlv('authority', TLV_TYPES.authority, utf8('authority', authority)));
  if (uniqueId !== undefined) {
    if (uniqueId.length > MAX_UNIQUE_ID_LENGTH) {
      throw BadOptionError.of('uniqueId', `at most ${MAX_UNIQUE_ID_LENGTH} bytes`, uniqueId);
    }
    parts.push(encodeTlv('uniqueId', TLV_TYPES.uniqueId, uniqueId));
  }
  if (ssl !== undefined) parts.push(encodeTlv('ssl', TLV_TYPES.ssl, encodeSsl(ssl)));
  if (netns !== undefined) parts.push(encodeTlv('netns', TLV_TYPES.netns, latin1('netns', netns)));
  return [...parts, ...rawTlvs.map((tlv) => encodeRaw('rawTlvs', tlv, TLV_TYPES))];
}

/** Makes one TLV. Throws `BadOptionError`, which names `option`, if its length does not fit into 16 bits. */
export function encodeTlv(option: string, type: number, value: Buffer): Buffer {
  if (!(value instanceof Uint8Array)) throw BadOptionError.of(option, 'bytes', value);
  if (value.length > 0xffff) throw BadOptionError.of(option, 'at most 65535 bytes', value);
  const head = Buffer.alloc(TLV_HEAD_LENGTH);
  head.writeUInt8(type, 0);
  head.writeUInt16BE(value.length, 1);
  return Buffer.concat([head, value]);
}

function encodeSsl(ssl: ProxySsl): Buffer {
  const { client, verified, rawTlvs = [] } = ssl;
  if (typeof client !== 'object' || client === null)
    throw BadOptionError.of('ssl.client', 'an object that says of the client what is so', client);
  checkList('ssl.rawTlvs', rawTlvs);
  if (verified && !client.certConn && !client.certSess) {
    throw BadOptionError.of('ssl.verified', 'false for a client without a certificate', verified);
  }
  const head = Buffer.alloc(5);
  const bits =
    (client.ssl ? SSL_CLIENT_BITS.ssl : 0) |
    (client.certConn ? SSL_CLIENT_BITS.certConn : 0) |
    (client.certSess ? SSL_CLIENT_BITS.certSess : 0);
  head.writeUInt8(bits, 0);
  head.writeUInt32BE(verified ? 0 : 1, 1);
  const parts: Buffer[] = [head];
  for (const name of ['version', 'commonName', 'cipher', 'sigAlg', 'keyAlg'] as const) {
    const text = ssl[name];
    if (text === undefined) continue;
    const option = `ssl.${name}`;
    const value = name === 'commonName' ? utf8(option, text) : latin1(option, text);
    parts.push(encodeTlv(option, SSL_TLV_TYPES[name], value));
  }
  return Buffer.concat([...parts, ...rawTlvs.map((tlv) => encodeRaw('ssl.rawTlvs', tlv, SSL_TLV_TYPES))]);
}

function checkList(option: string, tlvs: unknown): void {
  if (!Array.isArray(tlvs)) throw BadOptionError.of(option, 'a list', tlvs);
}

function encodeRaw(
  option: string,
  { type, value }: ProxyTlv,
  known: Readonly<Record<string, number>>,
): Buffer {
  if (!Number.isInteger(type) || type < 0 || type > 0xff || Object.values(known).includes(type)) {
    throw BadOptionError.of(option, 'of types from 0 to 255 that have no option of their own', type);
  }
  return encodeTlv(option, type, value);
}

function latin1(option: string, text: string): Buffer {
  if (typeof text !== 'string') throw BadOptionError.of(option, 'text', text);
  const value = Buffer.from(text, 'latin1');
  if (value.toString('latin1') === text) return value;
  throw BadOptionError.of(option, 'text of one byte per character', text);
}

function utf8(option: string, text: string): Buffer {
  if (typeof text !== 'string') throw BadOptionError.of(option, 'text', text);
  const value = Buffer.from(text, 'utf8');
  if (value.toString('utf8') === text) return value;
  throw BadOptionError.of(option, 'text without lone surrogates', text);
}
