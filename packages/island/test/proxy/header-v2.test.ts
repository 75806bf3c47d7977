import { encodeProxyHeaderV2, type ProxyRejection, parseProxyHeader } from '../../src/index.ts';
import { rejectionOf } from '../support/proxy-headers.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const ADDRESSES4 = 'c0000207c6336409dc0401bb';
const ENDS4 = {
  source: { address: '192.0.2.7', port: 56324, family: 'IPv4' },
  destination: { address: '198.51.100.9', port: 443, family: 'IPv4' },
};

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** A header of version 2 over TCP and IPv4, with these TLVs behind the addresses. */
function withTlvs(tlvs: string): Buffer {
  const after = hex(`${ADDRESSES4}${tlvs}`);
  const length = after.length.toString(16).padStart(4, '0');
  return Buffer.concat([hex(`${SIGNATURE} 2111 ${length}`), after]);
}

describe('a header of version 2', () => {
  test.each([
    ['TCP over IPv4', `2111000c ${ADDRESSES4}`, { transport: 'tcp4', ...ENDS4 }],
    ['UDP over IPv4', `2112000c ${ADDRESSES4}`, { transport: 'udp4', ...ENDS4 }],
    [
      'TCP over IPv6',
      `21210024 20010db8000000000000000000000007 00000000000000000000ffffc6336409 0001 ffff`,
      {
        transport: 'tcp6',
        source: { address: '2001:db8::7', port: 1, family: 'IPv6' },
        destination: { address: '::ffff:198.51.100.9', port: 65535, family: 'IPv6' },
      },
    ],
    [
      'a Unix stream',
      `213100d8 ${Buffer.from('/run/a').toString('hex').padEnd(216, '0')} ${Buffer.from('/run/b\0junk').toString('hex').padEnd(216, '0')}`,
      { transport: 'unixStream', source: { path: '/run/a' }, destination: { path: '/run/b' } },
    ],
    [
      'an unspecified transport',
      '21000000',
      { transport: 'unspec', source: undefined, destination: undefined },
    ],
    [
      'an unspecified protocol over IPv4, whose bytes are ignored',
      '21100003 ffffff',
      { transport: 'unspec', source: undefined, destination: undefined },
    ],
    [
      'the proxy itself',
      '20000000',
      { command: 'local', transport: 'unspec', source: undefined, destination: undefined },
    ],
    [
      'the proxy itself, whose addresses are ignored even if they are cut off',
      '20110003 ffffff',
      { command: 'local', transport: 'unspec', source: undefined, destination: undefined },
    ],
    [
      'the proxy itself, whose bytes are ignored',
      '20ff0003 ffffff',
      { command: 'local', transport: 'unspec', source: undefined, destination: undefined },
    ],
  ])('can be for %s', (_, bytes, expected) => {
    expect(parseProxyHeader(hex(`${SIGNATURE} ${bytes} 726573740a`))).toEqual({
      kind: 'header',
      header: { version: 2, command: 'proxy', ...expected },
      rest: Buffer.from('rest\n'),
    });
  });

  test('has TLVs, of which those nobody knows are given as they came', () => {
    const tlvs = '01 0002 6832, 04 0001 00, 04 0000, 30 0004 626c7565, ea 0002 0102, ea 0000, 02 0001 61';
    expect(parseProxyHeader(withTlvs(tlvs.replaceAll(',', '')))).toMatchObject({
      header: {
        alpn: 'h2',
        netns: 'blue',
        authority: 'a',
        rawTlvs: [
          { type: 0xea, value: hex('0102') },
          { type: 0xea, value: Buffer.alloc(0) },
        ],
      },
    });
  });

  test('with all about TLS, as haproxy 2.6 sends it, is read', () => {
    const bytes = hex(
      `${SIGNATURE} 21110090 ${ADDRESSES4} 03 0004 13881970 01 0002 6832 02 000e 69736c616e642e6578616d706c65
       05 0011 69642d6f662d61636f6e6e656374696f6e 20 0050 07 00000000 21 0007 544c5376312e33
       22 000e 69736c616e642e6578616d706c65 25 0007 52534132303438 24 000a 5253412d534841323536
       23 0016 544c535f4145535f3235365f47434d5f534841333834`.replaceAll(/\s/g, ''),
    );
    expect(parseProxyHeader(bytes)).toEqual({
      kind: 'header',
      header: {
        version: 2,
        command: 'proxy',
        transport: 'tcp4',
        ...ENDS4,
        crc32c: 0x13881970,
        alpn: 'h2',
        authority: 'island.example',
        uniqueId: Buffer.from('id-of-aconnection'),
        ssl: {
          client: { ssl: true, certConn: true, certSess: true },
          verified: true,
          version: 'TLSv1.3',
          commonName: 'island.example',
          keyAlg: 'RSA2048',
          sigAlg: 'RSA-SHA256',
          cipher: 'TLS_AES_256_GCM_SHA384',
        },
      },
      rest: Buffer.alloc(0),
    });
  });

  test('from a load balancer of AWS is read, with its checksum and padding', () => {
    const bytes = hex(
      `${SIGNATURE} 21110054 ac1f0771 ac1f0a1f c8f20050 030004 e8d6892d ea0017 01 767063652d3038643262663135666163353030316339
       040024 ${'00'.repeat(36)}`.replaceAll(/\s/g, ''),
    );
    expect(parseProxyHeader(bytes)).toMatchObject({
      kind: 'header',
      header: {
        source: { address: '172.31.7.113', port: 51442 },
        crc32c: 0xe8d6892d,
        rawTlvs: [{ type: 0xea, value: Buffer.from('\x01vpce-08d2bf15fac5001c9') }],
      },
    });
  });

  test.each([
    ['of nobody', '00 00000000', false],
    ['of TLS without a certificate', '01 00000000', false],
    ['of a certificate that is good', '03 00000000', true],
    ['of a certificate of the session that is good', '05 00000000', true],
    ['of a certificate that is not', '03 00000012', false],
  ])('says %s whether it was verified', (_, head, verified) => {
    expect(parseProxyHeader(withTlvs(`20 0009 ${head} 28 0001 ff`))).toMatchObject({
      header: { ssl: { verified, rawTlvs: [{ type: 0x28, value: hex('ff') }] } },
    });
  });

  test.each<[string, ProxyRejection, Buffer]>([
    ['of version 1', 'badVersion', hex(`${SIGNATURE} 11`)],
    ['of version 3', 'badVersion', hex(`${SIGNATURE} 31`)],
    ['of an unknown command', 'badCommand', hex(`${SIGNATURE} 22`)],
    ['of an unknown family', 'badFamily', hex(`${SIGNATURE} 2141`)],
    ['of an unknown transport', 'badTransport', hex(`${SIGNATURE} 2113`)],
    ['shorter than its addresses', 'badLength', hex(`${SIGNATURE} 2111000b`)],
    ['shorter than its paths', 'badLength', hex(`${SIGNATURE} 213100d7`)],
    ['over the limit', 'tooLong', hex(`${SIGNATURE} 21111ff1`)],
    ['for the proxy itself over the limit', 'tooLong', hex(`${SIGNATURE} 2000ffff`)],
    ['with a piece of a TLV', 'badTlv', withTlvs('01 00')],
    ['with a TLV that goes on behind it', 'badTlv', withTlvs('01 0003 6832')],
    ['with a checksum of three bytes', 'badTlv', withTlvs('03 0003 000000')],
    ['with a wrong checksum', 'badChecksum', withTlvs('03 0004 00000000')],
    ['with two host names', 'duplicateTlv', withTlvs('02 0001 61 02 0001 62')],
    ['with a unique id that is too long', 'badTlv', withTlvs(`05 0081 ${'00'.repeat(129)}`)],
    ['with a short SSL part', 'badTlv', withTlvs('20 0004 01000000')],
    ['with a broken SSL part', 'badTlv', withTlvs('20 0008 0100000000 21 0001')],
    ['with two common names', 'duplicateTlv', withTlvs('20 000d 0300000000 22 0001 61 22 0001 62')],
  ])('%s is rejected as %s', (_, kind, bytes) => {
    expect(rejectionOf(bytes)).toBe(kind);
  });

  test('may be as long as was said', () => {
    const bytes = encodeProxyHeaderV2(ENDS4, { padTo: 65_551 });
    expect(parseProxyHeader(bytes)).toMatchObject({ error: { kind: 'tooLong' } });
    expect(parseProxyHeader(bytes, { maxHeaderBytes: 65_551 }).kind).toBe('header');
    expect(parseProxyHeader(encodeProxyHeaderV2(ENDS4, { padTo: 8192 })).kind).toBe('header');
  });

  test('keeps nothing of the chunk it came in', () => {
    const bytes = withTlvs('05 0001 61 ea 0001 62 20 0009 0000000000 28 0001 63');
    const reading = parseProxyHeader(bytes);
    bytes.fill(0);
    expect(reading).toMatchObject({
      header: {
        uniqueId: Buffer.from('a'),
        rawTlvs: [{ value: Buffer.from('b') }],
        ssl: { rawTlvs: [{ value: Buffer.from('c') }] },
      },
    });
  });
});
