import { crc32c } from '../../src/proxy/crc32c.ts';

describe('crc32c', () => {
  // RFC 3720, B.4, whose checksums are written with their lowest byte first.
  test.each([
    ['32 bytes of zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 bytes that go up', Buffer.from(Array.from({ length: 32 }, (_, at) => at)), 0x46dd794e],
    ['32 bytes that go down', Buffer.from(Array.from({ length: 32 }, (_, at) => 31 - at)), 0x113fdb5c],
    [
      'a read command of iSCSI',
      Buffer.from(
        `01c0${'00'.repeat(14)}14000000000004000000001400000018280000000000000002${'00'.repeat(7)}`,
        'hex',
      ),
      0xd9963a56,
    ],
    ['nothing', Buffer.alloc(0), 0],
    ['the digits', Buffer.from('123456789'), 0xe3069283],
  ])('of %s', (_, bytes, checksum) => {
    expect(crc32c(bytes)).toBe(checksum);
  });

  test('counts four bytes as zeros if told so', () => {
    const bytes = Buffer.from('abcdefghij');
    expect(crc32c(bytes, 3)).toBe(crc32c(Buffer.from('abc\0\0\0\0hij')));
  });
});
