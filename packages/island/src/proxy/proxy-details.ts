import { ProxyProtocolError } from '../errors.ts';
import { crc32c } from './crc32c.ts';
import type { ProxyDetails, ProxySsl, ProxyTlv } from './proxy-header.ts';
import { MAX_UNIQUE_ID_LENGTH, SSL_CLIENT_BITS, SSL_TLV_TYPES, TLV_HEAD_LENGTH, TLV_TYPES } from './wire.ts';

/** A TLV where it lies: `value` is a part of the header's bytes. */
interface TlvInPlace extends ProxyTlv {
  /** Where the value begins. */
  readonly at: number;
}

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

const SSL_HEAD_LENGTH = 5;
const CHECKSUM_LENGTH = 4;

/**
 * Reads the TLVs of a complete header, from where its addresses end. What the answer holds are copies: the chunk the
 * header came in is not kept for them.
 */
export function parseDetails(header: Buffer, from: number): ProxyDetails | ProxyProtocolError {
  const tlvs = splitTlvs(header, from, Object.values(TLV_TYPES));
  if (tlvs instanceof ProxyProtocolError) return tlvs;
  const details: Mutable<ProxyDetails> = {};
  const rawTlvs: ProxyTlv[] = [];
  for (const { type, value, at } of tlvs) {
    switch (type) {
      case TLV_TYPES.alpn:
        details.alpn = value.toString('latin1');
        break;
      case TLV_TYPES.authority:
        details.authority = value.toString('utf8');
        break;
      case TLV_TYPES.crc32c: {
        if (value.length !== CHECKSUM_LENGTH) return badTlv(`a CRC32C of ${value.length} bytes`);
        const said = value.readUInt32BE();
        if (said !== crc32c(header, at)) {
          return new ProxyProtocolError('badChecksum', 'the PROXY header is not what its CRC32C was made of');
        }
        details.crc32c = said;
        break;
      }
      case TLV_TYPES.noop:
        break;
      case TLV_TYPES.uniqueId:
        if (value.length > MAX_UNIQUE_ID_LENGTH) return badTlv(`a unique id of ${value.length} bytes`);
        details.uniqueId = Buffer.from(value);
        break;
      case TLV_TYPES.ssl: {
        const ssl = parseSsl(value);
        if (ssl instanceof ProxyProtocolError) return ssl;
        details.ssl = ssl;
        break;
      }
      case TLV_TYPES.netns:
        details.netns = value.toString('latin1');
        break;
      default:
        rawTlvs.push({ type, value: Buffer.from(value) });
    }
  }
  if (rawTlvs.length > 0) details.rawTlvs = rawTlvs;
  return details;
}

function parseSsl(value: Buffer): ProxySsl | ProxyProtocolError {
  if (value.length < SSL_HEAD_LENGTH) return badTlv(`an SSL part of ${value.length} bytes`);
  const tlvs = splitTlvs(value, SSL_HEAD_LENGTH, Object.values(SSL_TLV_TYPES));
  if (tlvs instanceof ProxyProtocolError) return tlvs;
  const bits = value.readUInt8(0);
  const client = {
    ssl: (bits & SSL_CLIENT_BITS.ssl) !== 0,
    certConn: (bits & SSL_CLIENT_BITS.certConn) !== 0,
    certSess: (bits & SSL_CLIENT_BITS.certSess) !== 0,
  };
  // 2.2.6: zero if a certificate was presented and verified. Who has presented none is not verified, whatever stands here.
  const verified = value.readUInt32BE(1) === 0 && (client.certConn || client.certSess);
  const ssl: Mutable<ProxySsl> = { client, verified };
  const rawTlvs: ProxyTlv[] = [];
  for (const tlv of tlvs) {
    switch (tlv.type) {
      case SSL_TLV_TYPES.version:
        ssl.version = tlv.value.toString('latin1');
        break;
      case SSL_TLV_TYPES.commonName:
        ssl.commonName = tlv.value.toString('utf8');
        break;
      case SSL_TLV_TYPES.cipher:
        ssl.cipher = tlv.value.toString('latin1');
        break;
      case SSL_TLV_TYPES.sigAlg:
        ssl.sigAlg = tlv.value.toString('latin1');
        break;
      case SSL_TLV_TYPES.keyAlg:
        ssl.keyAlg = tlv.value.toString('latin1');
        break;
      default:
        rawTlvs.push({ type: tlv.type, value: Buffer.from(tlv.value) });
    }
  }
  if (rawTlvs.length > 0) ssl.rawTlvs = rawTlvs;
  return ssl;
}

/**
 * Cuts `bytes` into TLVs that end exactly where it ends. None of the types in `single` may come twice, as nobody could say
 * which one to believe; a NOOP may.
 */
function splitTlvs(
  bytes: Buffer,
  from: number,
  single: readonly number[],
): TlvInPlace[] | ProxyProtocolError {
  const tlvs: TlvInPlace[] = [];
  const seen = new Set<number>();
  let at = from;
  while (at < bytes.length) {
    if (bytes.length - at < TLV_HEAD_LENGTH) return badTlv(`${bytes.length - at} bytes that are no TLV`);
    const type = bytes.readUInt8(at);
    const length = bytes.readUInt16BE(at + 1);
    at += TLV_HEAD_LENGTH;
    if (length > bytes.length - at) return badTlv(`a TLV of type ${type} that ends behind it`);
    if (seen.has(type) && type !== TLV_TYPES.noop && single.includes(type)) {
      return new ProxyProtocolError('duplicateTlv', `the PROXY header has two TLVs of type ${type}`);
    }
    seen.add(type);
    tlvs.push({ type, value: bytes.subarray(at, at + length), at });
    at += length;
  }
  return tlvs;
}

function badTlv(what: string): ProxyProtocolError {
  return new ProxyProtocolError('badTlv', `the PROXY header has ${what}`);
}
