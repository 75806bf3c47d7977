import { type ProxyRejection, parseProxyHeader } from '../../src/index.ts';
import { rejectionOf } from '../support/proxy-headers.ts';

describe('a line of version 1', () => {
  const rest = 'GET / HTTP/1.1\r\n\r\n';
  test.each([
    [
      'PROXY TCP4 192.168.0.1 192.168.0.11 56324 443',
      'tcp4',
      { address: '192.168.0.1', port: 56324, family: 'IPv4' },
      { address: '192.168.0.11', port: 443, family: 'IPv4' },
    ],
    [
      'PROXY TCP4 255.255.255.255 0.0.0.0 65535 0',
      'tcp4',
      { address: '255.255.255.255', port: 65535, family: 'IPv4' },
      { address: '0.0.0.0', port: 0, family: 'IPv4' },
    ],
    [
      'PROXY TCP6 2001:0DB8:0000:0042:0000:8a2e:0370:7334 ::1 4124 443',
      'tcp6',
      { address: '2001:db8:0:42:0:8a2e:370:7334', port: 4124, family: 'IPv6' },
      { address: '::1', port: 443, family: 'IPv6' },
    ],
    [
      'PROXY TCP6 ::ffff:192.0.2.7 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 1 2',
      'tcp6',
      { address: '::ffff:192.0.2.7', port: 1, family: 'IPv6' },
      { address: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', port: 2, family: 'IPv6' },
    ],
    ['PROXY UNKNOWN', 'unspec', undefined, undefined],
    ['PROXY UNKNOWN 4124 443', 'unspec', undefined, undefined],
    ['PROXY UNKNOWN \rany\nthing\0', 'unspec', undefined, undefined],
    [`PROXY UNKNOWN ${'f'.repeat(91)}`, 'unspec', undefined, undefined],
  ])('%j is a header', (line, transport, source, destination) => {
    expect(parseProxyHeader(Buffer.from(`${line}\r\n${rest}`, 'latin1'))).toEqual({
      kind: 'header',
      header: { version: 1, command: 'proxy', transport, source, destination },
      rest: Buffer.from(rest),
    });
  });

  test.each<[string, ProxyRejection]>([
    ['PROXY TCP4 192.0.2.7 198.51.100.9 1 2\n', 'badLineEnd'],
    ['PROXY TCP4 192.0.2.7 198.51.100.9 1 2\rX', 'badLineEnd'],
    ['PROXY UNKNOWN\n', 'badLineEnd'],
    ['PROXY \n', 'badLineEnd'],
    ['PROXY \r\n', 'badProtocol'],
    ['PROXY TCP5 192.0.2.7 198.51.100.9 1 2\r\n', 'badProtocol'],
    ['PROXY tcp4 192.0.2.7 198.51.100.9 1 2\r\n', 'badProtocol'],
    ['PROXY UNKNOWNX\r\n', 'badProtocol'],
    ['PROXY  TCP4 192.0.2.7 198.51.100.9 1 2\r\n', 'badProtocol'],
    ['PROXY TCP4  192.0.2.7 198.51.100.9 1 2\r\n', 'badFields'],
    ['PROXY TCP4 192.0.2.7  198.51.100.9 1 2\r\n', 'badFields'],
    ['PROXY TCP4 192.0.2.7 198.51.100.9 1 2 \r\n', 'badFields'],
    ['PROXY TCP4 192.0.2.7 198.51.100.9 1\r\n', 'badFields'],
    ['PROXY TCP4\r\n', 'badFields'],
    ['PROXY TCP4 192.0.2.7\t198.51.100.9 1 2\r\n', 'badFields'],
    ['PROXY TCP4 192.1638.0.1 198.51.100.9 1 2\r\n', 'badAddress'],
    ['PROXY TCP4 192.0.2.07 198.51.100.9 1 2\r\n', 'badAddress'],
    ['PROXY TCP4 192.0.2 198.51.100.9 1 2\r\n', 'badAddress'],
    ['PROXY TCP4 ::1 ::1 1 2\r\n', 'badAddress'],
    ['PROXY TCP6 192.0.2.7 198.51.100.9 1 2\r\n', 'badAddress'],
    ['PROXY TCP6 2001:db8::1 2001:db8::1::2 1 2\r\n', 'badAddress'],
    ['PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n', 'badAddress'],
    ['PROXY TCP4 192.0.2.7 198.51.100.9 65536 2\r\n', 'badPort'],
    ['PROXY TCP4 192.0.2.7 198.51.100.9 1 02\r\n', 'badPort'],
    ['PROXY TCP4 192.0.2.7 198.51.100.9 -1 2\r\n', 'badPort'],
    ['PROXY TCP4 192.0.2.7 198.51.100.9 +1 2\r\n', 'badPort'],
    ['PROXY TCP4 192.0.2.7 198.51.100.9 1 2e1\r\n', 'badPort'],
    [`PROXY UNKNOWN ${'f'.repeat(92)}\r\n`, 'tooLong'],
    [`PROXY TCP4 ${'1'.repeat(96)}`, 'tooLong'],
  ])('%j is rejected as %s', (line, kind) => {
    expect(rejectionOf(Buffer.from(line, 'latin1'))).toBe(kind);
  });

  test('that is complete but for its end is not read yet', () => {
    expect(parseProxyHeader(Buffer.from('PROXY TCP4 192.0.2.7 198.51.100.9 1 2\r'))).toEqual({
      kind: 'more',
    });
    expect(parseProxyHeader(Buffer.from(`PROXY UNKNOWN ${'f'.repeat(92)}`))).toEqual({ kind: 'more' });
  });
});
