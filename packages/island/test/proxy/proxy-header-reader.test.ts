import fc from 'fast-check';
import {
  encodeProxyHeaderV1,
  encodeProxyHeaderV2,
  ProxyHeaderReader,
  type ProxyReading,
  type ProxyRejection,
  parseProxyHeader,
} from '../../src/index.ts';
import { anyBytes, anyChunking, anyMutation } from '../support/chunks.ts';
import { anyV1, anyV2 } from '../support/proxy-headers.ts';

const ENDS4 = {
  source: { address: '192.0.2.7', port: 56324, family: 'IPv4' },
  destination: { address: '198.51.100.9', port: 443, family: 'IPv4' },
};

const REJECTIONS: ReadonlySet<ProxyRejection> = new Set([
  'tooLong',
  'badLineEnd',
  'badProtocol',
  'badFields',
  'badAddress',
  'badPort',
  'badVersion',
  'badCommand',
  'badFamily',
  'badTransport',
  'badLength',
  'badTlv',
  'duplicateTlv',
  'badChecksum',
]);

/** The first answer that is not `more`, with all bytes that were not of the header behind it; or the answer at the end. */
function readChunks(chunks: readonly Buffer[], maxHeaderBytes?: number): ProxyReading {
  const reader = new ProxyHeaderReader(maxHeaderBytes === undefined ? {} : { maxHeaderBytes });
  for (const [index, chunk] of chunks.entries()) {
    const reading = reader.push(chunk);
    if (reading.kind === 'more') continue;
    if (reading.kind === 'rejected') return reading;
    return { ...reading, rest: Buffer.concat([reading.rest, ...chunks.slice(index + 1)]) };
  }
  return reader.end();
}

/** In a form that can be compared: the messages of two rejections are the same, their stacks are not. */
function comparable(reading: ProxyReading) {
  return reading.kind === 'rejected' ? { rejected: reading.error.kind, why: reading.error.message } : reading;
}

describe('a ProxyHeaderReader', () => {
  test.each(['GET / HTTP/1.1\r\n', 'PROXX', 'PROXY\t', '\r\n\r\n\0\r\nQUIT\r', '\x16\x03\x01', 'p'])(
    'hands back %j untouched, as soon as it cannot be a header, however it was cut',
    (text) => {
      const bytes = Buffer.from(text, 'latin1');
      for (let at = 0; at < bytes.length; at += 1) {
        expect(readChunks([bytes.subarray(0, at), bytes.subarray(at)])).toEqual({
          kind: 'absent',
          rest: bytes,
        });
      }
      const reader = new ProxyHeaderReader();
      const answers = [...bytes].map((byte) => reader.push(Buffer.from([byte])).kind);
      expect(answers).toContain('absent');
    },
  );

  test('takes bytes that are no Buffer, and refuses what are no bytes', () => {
    const line = 'PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\nrest';
    const bytes = new TextEncoder().encode(line);
    for (const reading of [new ProxyHeaderReader().push(bytes), parseProxyHeader(bytes)])
      expect(reading).toMatchObject({ kind: 'header', rest: Buffer.from('rest') });
    for (const read of [(text: never) => new ProxyHeaderReader().push(text), parseProxyHeader])
      expect(() => read(line as never)).toThrow(expect.objectContaining({ code: 'OTP_BAD_ARGUMENT' }));
  });

  test('hands back without copying what came at once', () => {
    const chunk = Buffer.from('GET / HTTP/1.1\r\n');
    const reading = new ProxyHeaderReader().push(chunk);
    expect(reading.kind === 'absent' && reading.rest).toBe(chunk);
  });

  test.each([
    ['', 'absent'],
    ['PROXY', 'absent'],
    ['PROXY ', 'rejected'],
    ['\r\n\r\n', 'absent'],
    ['\r\n\r\n\0\r\nQUIT\n', 'rejected'],
    ['PROXY TCP4 192.0.2.7 198.51.100.9 1 2\r', 'rejected'],
  ])('that has got %j when the client closes calls it %s', (text, kind) => {
    const reader = new ProxyHeaderReader();
    expect(reader.push(Buffer.from(text))).toEqual({ kind: 'more' });
    const reading = reader.end();
    expect(reading.kind).toBe(kind);
    if (reading.kind === 'absent') expect(reading.rest).toEqual(Buffer.from(text));
    if (reading.kind === 'rejected') expect(reading.error.kind).toBe('incomplete');
  });

  test('answers the same however the bytes of any header were cut, and leaves the rest as it was', () => {
    const header = fc.oneof(
      anyV1.map((input) => encodeProxyHeaderV1(input)),
      fc.tuple(anyV2, fc.boolean()).map(([input, checksum]) => encodeProxyHeaderV2(input, { checksum })),
    );
    const cut = fc.tuple(header, anyBytes({ maxLength: 200 })).chain(([bytes, rest]) => {
      const all = Buffer.concat([bytes, rest]);
      return fc.tuple(fc.constant(all), fc.constant(rest), anyChunking(all));
    });
    fc.assert(
      fc.property(cut, ([all, rest, chunks]) => {
        const whole = parseProxyHeader(all);
        expect(whole).toMatchObject({ kind: 'header', rest });
        expect(readChunks(chunks)).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });

  test('answers the same however a damaged header was cut: a header, none, or a rejection by name', () => {
    const damaged = fc
      .oneof(
        anyV1.map((input) => encodeProxyHeaderV1(input)),
        fc.tuple(anyV2, fc.boolean()).map(([input, checksum]) => encodeProxyHeaderV2(input, { checksum })),
      )
      .chain(anyMutation)
      .chain((bytes) => fc.tuple(fc.constant(bytes), anyChunking(bytes)));
    fc.assert(
      fc.property(damaged, ([bytes, chunks]) => {
        const whole = parseProxyHeader(bytes);
        const read = readChunks(chunks);
        if (whole.kind === 'rejected') expect(REJECTIONS).toContain(whole.error.kind);
        if (whole.kind !== 'more') expect(comparable(read)).toEqual(comparable(whole));
        else expect(['absent', 'rejected']).toContain(read.kind);
      }),
      { numRuns: 3000 },
    );
  });

  test('never believes a header with a checksum that was damaged in one bit', () => {
    const bytes = encodeProxyHeaderV2({ ...ENDS4, alpn: 'h2', netns: 'blue' }, { checksum: true });
    for (let bit = 16 * 8; bit < bytes.length * 8; bit += 1) {
      const damaged = Buffer.from(bytes);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const reading = parseProxyHeader(damaged);
      // Whether there is a checksum at all is not protected: its type can be damaged as well.
      const hasChecksum = reading.kind !== 'header' || reading.header.crc32c !== undefined;
      expect([bit, reading.kind]).toEqual([bit, hasChecksum ? 'rejected' : 'header']);
    }
  });

  test('comes to an answer with any bytes, within its bound', () => {
    const start = fc.constantFrom(
      '',
      'PROXY ',
      'PROXY TCP4 ',
      'PROXY UNKNOWN ',
      '\r\n\r\n\0\r\nQUIT\n',
      '\r\n\r\n\0\r\nQUIT\n!\x11',
    );
    const input = fc
      .tuple(start, anyBytes({ maxLength: 400 }))
      .map(([text, bytes]) => Buffer.concat([Buffer.from(text, 'latin1'), bytes]))
      .chain((bytes) => fc.tuple(fc.constant(bytes), anyChunking(bytes)));
    const maxHeaderBytes = 200;
    fc.assert(
      fc.property(input, ([bytes, chunks]) => {
        const allocate = jest.spyOn(Buffer, 'allocUnsafe');
        const read = readChunks(chunks, maxHeaderBytes);
        const sizes = allocate.mock.calls.map(([size]) => size);
        allocate.mockRestore();
        // What is handed back is as long as what has come; nothing that is held is longer than the bound.
        const mostOfAll = read.kind === 'absent' ? Math.max(maxHeaderBytes, bytes.length) : maxHeaderBytes;
        for (const size of sizes) expect(size).toBeLessThanOrEqual(mostOfAll);
        if (bytes.length > maxHeaderBytes)
          expect(parseProxyHeader(bytes, { maxHeaderBytes }).kind).not.toBe('more');
      }),
      { numRuns: 2000 },
    );
  });

  test('of a byte at a time copies each byte twice at most', () => {
    const bytes = encodeProxyHeaderV2(ENDS4, { padTo: 65_551 });
    const copy = jest.spyOn(Buffer.prototype, 'copy');
    const reader = new ProxyHeaderReader({ maxHeaderBytes: 65_551 });
    const answers = [...bytes].map((byte) => reader.push(Buffer.from([byte])).kind);
    const copied = copy.mock.results.reduce((sum, { value }) => sum + Number(value), 0);
    copy.mockRestore();
    expect(answers.lastIndexOf('more')).toBe(bytes.length - 2);
    expect(answers.at(-1)).toBe('header');
    expect(copied).toBeLessThanOrEqual(bytes.length + 200);
  });

  test.each([15, 65_552, 20.5, Number.NaN, '100' as unknown as number])(
    'refuses a bound of %p bytes',
    (maxHeaderBytes) => {
      expect(() => new ProxyHeaderReader({ maxHeaderBytes })).toThrow(
        expect.objectContaining({ code: 'ISLAND_BAD_OPTION', option: 'maxHeaderBytes' }),
      );
    },
  );
});
