import fc from 'fast-check';
import {
  encodeProxyHeaderV1,
  encodeProxyHeaderV2,
  type ProxyHeaderInput,
  type ProxySsl,
  parseProxyHeader,
} from '../../src/index.ts';
import { addressBytes } from '../../src/proxy/ip-address.ts';
import { anyV1, anyV2 } from '../support/proxy-headers.ts';

const source = { address: '192.168.0.1', port: 56324 };
const destination = { address: '192.168.0.11', port: 443 };

/** The header that these bytes are, with nothing behind it. */
function headerOf(bytes: Buffer) {
  const reading = parseProxyHeader(bytes, { maxHeaderBytes: 65_551 });
  if (reading.kind !== 'header') throw new Error(`no header: ${JSON.stringify(reading)}`);
  expect(reading.rest.length).toBe(0);
  return reading.header;
}

/** What was put in, with addresses as bytes: there are many ways to write one of IPv6. */
function comparable({ source: from, destination: to, ...rest }: ProxyHeaderInput) {
  const end = (each: ProxyHeaderInput['source']) =>
    each !== undefined && 'address' in each
      ? { bytes: addressBytes(each.address)?.toString('hex'), port: each.port }
      : each;
  return { ...rest, source: end(from), destination: end(to) };
}

describe('a header of version 1', () => {
  test('is a line', () => {
    expect(String(encodeProxyHeaderV1({ source, destination }))).toBe(
      'PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n',
    );
    expect(
      String(
        encodeProxyHeaderV1({
          source: { address: '2001:db8::1', port: 1 },
          destination: { address: '::1', port: 65535 },
        }),
      ),
    ).toBe('PROXY TCP6 2001:db8::1 ::1 1 65535\r\n');
  });

  test('without addresses is UNKNOWN', () => {
    expect(String(encodeProxyHeaderV1())).toBe('PROXY UNKNOWN\r\n');
  });

  test('with an end that is misspelt is refused: it would say nothing of the client', () => {
    expect(() => encodeProxyHeaderV1({ src: source } as ProxyHeaderInput)).toThrow(
      expect.objectContaining({ code: 'ISLAND_BAD_OPTION', option: 'src' }),
    );
  });

  test('is read as it was made', () => {
    fc.assert(
      fc.property(anyV1, (input) => {
        const header = headerOf(encodeProxyHeaderV1(input));
        const transport = header.transport;
        expect(comparable(header)).toEqual(
          comparable({ ...input, transport, command: 'proxy', version: 1 } as object),
        );
      }),
    );
  });

  test.each([
    ['command', { command: 'local' }],
    ['alpn', { source, destination, alpn: 'h2' }],
    ['transport', { transport: 'udp4', source, destination }],
    ['destination.address', { source, destination: { address: '::1', port: 1 } }],
    ['destination', { source }],
    ['destination', { destination }],
    ['source', { source: destination, transport: 'unspec' }],
    ['source.port', { source: { ...source, port: 65536 }, destination }],
    ['source.port', { source: { ...source, port: 1.5 }, destination }],
    ['source.address', { source: { address: 'localhost', port: 1 }, destination }],
    ['source.address', { source: { address: 'fe80::1%eth0', port: 1 }, destination }],
  ] as [string, ProxyHeaderInput][])('refuses %s of %p', (option, input) => {
    expect(() => encodeProxyHeaderV1(input)).toThrow(
      expect.objectContaining({ code: 'ISLAND_BAD_OPTION', option }),
    );
  });
});

describe('a header of version 2', () => {
  test('is the signature, what it is for, its length, and the addresses', () => {
    expect(encodeProxyHeaderV2({ source, destination }).toString('hex')).toBe(
      `0d0a0d0a000d0a515549540a2111000cc0a80001c0a8000bdc0401bb`,
    );
  });

  test('of the command local, or without addresses, has nothing behind its length', () => {
    expect(encodeProxyHeaderV2({ command: 'local' }).toString('hex')).toBe(
      '0d0a0d0a000d0a515549540a20000000',
    );
    expect(encodeProxyHeaderV2().toString('hex')).toBe('0d0a0d0a000d0a515549540a21000000');
  });

  test('is read as it was made, with a checksum and without', () => {
    fc.assert(
      fc.property(anyV2, fc.boolean(), (input, checksum) => {
        const { crc32c, ...header } = headerOf(encodeProxyHeaderV2(input, { checksum }));
        expect(comparable(header)).toEqual(comparable({ ...input, command: 'proxy', version: 2 } as object));
        expect(crc32c !== undefined).toBe(checksum);
      }),
      { numRuns: 500 },
    );
  });

  test('is made up to a length', () => {
    for (const checksum of [false, true]) {
      const bytes = encodeProxyHeaderV2({ source, destination, alpn: 'h2' }, { padTo: 128, checksum });
      expect(bytes.length).toBe(128);
      expect(headerOf(bytes)).toMatchObject({ alpn: 'h2', source });
    }
    expect(encodeProxyHeaderV2({ source, destination }, { padTo: 28 }).length).toBe(28);
  });

  test.each([27, 29, 30, 31.5, 65552, Number.NaN])('of 28 bytes is not made up to %p', (padTo) => {
    expect(() => encodeProxyHeaderV2({ source, destination }, { padTo })).toThrow(
      /padTo must be 28, or a whole number from 31 to 65551/,
    );
  });

  const client = { ssl: true, certConn: false, certSess: false };
  test.each([
    ['command', { command: 'other' as 'proxy' }],
    ['transport', { command: 'local', source, destination }],
    ['transport', { transport: 'tcp5' as 'tcp4', source, destination }],
    ['transport', { transport: 'toString' as 'tcp4', source, destination }],
    ['alpn', { alpn: 'h2' }],
    ['alpn', { source, destination, alpn: '€' }],
    ['authority', { source, destination, authority: '\ud800' }],
    ['netns', { source, destination, netns: 'x'.repeat(65536) }],
    ['uniqueId', { source, destination, uniqueId: Buffer.alloc(129) }],
    ['ssl.verified', { source, destination, ssl: { client, verified: true } }],
    ['ssl.cipher', { source, destination, ssl: { client, verified: false, cipher: '€' } }],
    ['rawTlvs', { source, destination, rawTlvs: [{ type: 1, value: Buffer.alloc(0) }] }],
    ['rawTlvs', { source, destination, rawTlvs: [{ type: 256, value: Buffer.alloc(0) }] }],
    ['source', { transport: 'unixStream', source, destination }],
    ['destination', { source: { path: '/a' }, destination }],
    ['source.path', { source: { path: 'x'.repeat(109) }, destination: { path: '/a' } }],
    ['source.path', { source: { path: '/a\0b' }, destination: { path: '/a' } }],
    ['header', { source, destination, netns: 'x'.repeat(65535) }],
    ['src', { src: source, destination } as ProxyHeaderInput],
    ['source', { source: '192.168.0.1' as unknown as typeof source, destination }],
    ['source', { source: null as unknown as typeof source, destination }],
    ['source.path', { source: { path: 5 as unknown as string }, destination: { path: '/a' } }],
    ['alpn', { source, destination, alpn: 5 as unknown as string }],
    ['authority', { source, destination, authority: 5 as unknown as string }],
    ['uniqueId', { source, destination, uniqueId: 'text' as unknown as Buffer }],
    ['ssl.client', { source, destination, ssl: { verified: false } as ProxySsl }],
    ['rawTlvs', { source, destination, rawTlvs: {} as [] }],
    ['rawTlvs', { source, destination, rawTlvs: [{ type: 0xe0, value: 'text' as unknown as Buffer }] }],
  ] as [string, ProxyHeaderInput][])('refuses %s of %p', (option, input) => {
    expect(() => encodeProxyHeaderV2(input)).toThrow(
      expect.objectContaining({ code: 'ISLAND_BAD_OPTION', option }),
    );
  });

  test('carries abstract names, paths as long as the field, and none', () => {
    for (const path of ['\0abstract\0name', 'x'.repeat(108), '']) {
      const bytes = encodeProxyHeaderV2({ source: { path }, destination: { path: '/run/island.sock' } });
      expect(headerOf(bytes)).toMatchObject({
        transport: 'unixStream',
        source: { path },
        destination: { path: '/run/island.sock' },
      });
    }
  });
});
