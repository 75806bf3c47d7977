/** The polynomial of Castagnoli, bits reversed. RFC 3720, 12.1; the one of `zlib.crc32` is another. */
const POLYNOMIAL = 0x82f63b78;

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let rest = byte;
  for (let bit = 0; bit < 8; bit += 1) rest = rest & 1 ? (rest >>> 1) ^ POLYNOMIAL : rest >>> 1;
  return rest;
});

/**
 * Answers the CRC32C of `bytes`, from 0 to 2³² - 1. With `zeroFrom`, the four bytes from there count as zeros: so is
 * the checksum made that a message carries of itself.
 */
export function crc32c(bytes: Uint8Array, zeroFrom?: number): number {
  const zeroTo = zeroFrom === undefined ? undefined : zeroFrom + 4;
  let crc = 0xffffffff;
  for (let at = 0; at < bytes.length; at += 1) {
    const isZero = zeroFrom !== undefined && zeroTo !== undefined && at >= zeroFrom && at < zeroTo;
    const byte = isZero ? 0 : (bytes[at] as number);
    crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] as number);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
