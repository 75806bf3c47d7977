import { isIPv4, isIPv6, SocketAddress } from 'node:net';

/** What the first 12 bytes of an IPv6 address are that stands for an IPv4 address. RFC 4291, 2.5.5.2. */
const MAPPED_PREFIX = Buffer.from('00000000000000000000ffff', 'hex');

/** Answers the 4 or 16 bytes of an address, undefined if the text is none. One with a zone (`fe80::1%eth0`) is none. */
export function addressBytes(text: string): Buffer | undefined {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number));
  if (!isIPv6(text) || text.includes('%')) return undefined;
  const [left = '', right] = withoutDots(text).split('::');
  const before = groups(left);
  const after = right === undefined ? [] : groups(right);
  const bytes = Buffer.alloc(16);
  before.forEach((group, index) => {
    bytes.writeUInt16BE(group, index * 2);
  });
  after.forEach((group, index) => {
    bytes.writeUInt16BE(group, 16 - (after.length - index) * 2);
  });
  return bytes;
}

/** Answers the text of an address of 4 or 16 bytes, written as Node writes those of its sockets. */
export function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  return canonicalIPv6(bytes.toString('hex').replace(/(.{4})(?!$)/g, '$1:'));
}

/** Writes an IPv6 address in the one way that Node's sockets use too. */
export function canonicalIPv6(text: string): string {
  return new SocketAddress({ address: text, family: 'ipv6' }).address;
}

/** Answers the IPv4 address that an IPv6 address stands for (`::ffff:10.0.0.1`), and any other as it is. */
export function unmapped(bytes: Buffer): Buffer {
  return bytes.length === 16 && bytes.subarray(0, 12).equals(MAPPED_PREFIX) ? bytes.subarray(12) : bytes;
}

/** `::ffff:1.2.3.4` → `::ffff:102:304`. */
function withoutDots(text: string): string {
  return text.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...parts) => {
    const [a, b, c, d] = parts.map(Number) as [number, number, number, number];
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
}

function groups(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}
