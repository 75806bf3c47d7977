import { once } from 'node:events';
import { createServer } from 'node:net';
import { type ConnectionOptions, connect } from 'node:tls';
import fc from 'fast-check';
import {
  type ClientHello,
  ClientHelloReader,
  type ClientHelloReading,
  MAX_CLIENT_HELLO,
} from '../../src/transports/client-hello.ts';

/** What a real client says first. */
async function hello(options: ConnectionOptions): Promise<Buffer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as { port: number };
  const client = connect({ host: '127.0.0.1', port: address.port, ...options });
  client.on('error', () => {});
  const [raw] = await once(server, 'connection');
  const [bytes] = await once(raw, 'data');
  raw.destroy();
  client.destroy();
  server.close();
  return bytes;
}

let modern: Buffer;
let dated: Buffer;

beforeAll(async () => {
  modern = await hello({ servername: 'A.example', ALPNProtocols: ['h2', 'http/1.1'] });
  dated = await hello({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' });
});

function read(...chunks: readonly Uint8Array[]): ClientHelloReading {
  const reader = new ClientHelloReader();
  let reading: ClientHelloReading = { kind: 'incomplete' };
  for (const chunk of chunks) reading = reader.push(chunk);
  return reading;
}

function helloIn(bytes: Uint8Array): ClientHello {
  const reading = read(bytes);
  if (reading.kind !== 'hello') throw new Error(`it is ${reading.kind}`);
  return reading.hello;
}

/** The same message in records of another length: RFC 8446 section 5.1. */
function inRecords(bytes: Buffer, length: number): Buffer {
  const message = bytes.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += length) {
    const part = message.subarray(at, at + length);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

/** A handshake message in a record. */
function record(type: number, body: readonly number[], length = body.length): Buffer {
  const message = [type, 0, length >> 8, length & 255, ...body];
  return Buffer.from([22, 3, 1, message.length >> 8, message.length & 255, ...message]);
}

const zeros = (count: number): number[] => new Array<number>(count).fill(0);

describe('ClientHelloReader', () => {
  test('reads what a client of today says', () => {
    const { serverName, alpn, versions, cipherSuites, groups, extensions, signatureAlgorithms } =
      helloIn(modern);
    expect({ serverName, alpn, versions }).toEqual({
      serverName: 'a.example',
      alpn: ['h2', 'http/1.1'],
      versions: ['TLSv1.3', 'TLSv1.2'],
    });
    // TLS_AES_256_GCM_SHA384, X25519, ecdsa_secp256r1_sha256, key_share.
    expect(cipherSuites).toContain(0x1302);
    expect(groups).toContain(29);
    expect(signatureAlgorithms).toContain(0x0403);
    expect(extensions).toContain(51);
  });

  test('reads what an older client says', () => {
    expect(helloIn(dated)).toMatchObject({
      serverName: undefined,
      alpn: [],
      versions: ['TLSv1.2', 'TLSv1.1', 'TLSv1'],
      cipherSuites: expect.arrayContaining([0xc02f]),
    });
  });

  test('reads a hello that ends before the extensions', () => {
    const body = [3, 1, ...zeros(32), 0, 0, 2, 0, 47, 1, 0];
    expect(helloIn(record(1, body))).toEqual({
      serverName: undefined,
      alpn: [],
      versions: ['TLSv1'],
      cipherSuites: [47],
      groups: [],
      signatureAlgorithms: [],
      extensions: [],
    });
  });

  test('reads the same whatever the records and the segments are', () => {
    const whole = helloIn(modern);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 600 }),
        fc.array(fc.integer({ min: 1, max: 400 })),
        (length, sizes) => {
          const bytes = inRecords(modern, length);
          const reader = new ClientHelloReader();
          let at = 0;
          for (const size of [...sizes, bytes.length]) {
            const part = bytes.subarray(at, at + size);
            if (part.length === 0) break;
            at += part.length;
            const reading = reader.push(part);
            if (at < bytes.length) expect(reading.kind).toBe('incomplete');
            else expect(reading).toEqual({ kind: 'hello', hello: whole });
          }
        },
      ),
    );
  });

  test('waits for every byte of it, and looks at none behind it', () => {
    for (let end = 0; end < modern.length; end++)
      expect(read(modern.subarray(0, end)).kind).toBe('incomplete');
    expect(read(modern, Buffer.from('anything')).kind).toBe('hello');
    expect(read(Buffer.concat([modern, Buffer.from('anything')])).kind).toBe('hello');
  });

  test.each<[string, Buffer, RegExp]>([
    ['plain text', Buffer.from('GET'), /does not begin with a TLS handshake record/],
    ['an alert', Buffer.from([21]), /does not begin with a TLS handshake record/],
    ['another major version', Buffer.from([22, 2]), /no TLS of major version 2/],
    ['an empty record', Buffer.from([22, 3, 1, 0, 0]), /record of 0 bytes/],
    ['too long a record', Buffer.from([22, 3, 1, 0x40, 1]), /record of 16385 bytes/],
    ['another message', Buffer.from([22, 3, 1, 0, 1, 2]), /message 2 is no ClientHello/],
    ['too long a message', record(1, [], MAX_CLIENT_HELLO), /ClientHello of 16388 bytes is too long/],
    ['an empty hello', record(1, []), /malformed/],
    ['a list that is longer than the hello', record(1, [3, 3, ...zeros(32), 0, 0xff, 0xff]), /malformed/],
    ['half a cipher suite', record(1, [3, 3, ...zeros(32), 0, 0, 1, 0, 1, 0]), /malformed/],
    [
      'more than there is to say',
      record(1, [3, 3, ...zeros(32), 0, 0, 2, 0, 47, 1, 0, 0, 0, 9]),
      /malformed/,
    ],
    [
      'an extension twice',
      record(1, [3, 3, ...zeros(32), 0, 0, 2, 0, 47, 1, 0, 0, 8, 0, 9, 0, 0, 0, 9, 0, 0]),
      /malformed/,
    ],
    [
      'a name that is longer than its list',
      record(1, [3, 3, ...zeros(32), 0, 0, 2, 0, 47, 1, 0, 0, 9, 0, 0, 0, 5, 0, 3, 0, 0, 9]),
      /malformed/,
    ],
  ])('refuses %s, by name', (_, bytes, problem) => {
    const reading = read(bytes);
    expect(reading).toEqual({ kind: 'invalid', problem: expect.stringMatching(problem) });
    // What it has decided stands.
    const reader = new ClientHelloReader();
    reader.push(bytes);
    expect(reader.push(modern)).toEqual(reading);
  });

  test('comes to an end with any bytes, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const body = record(1, [...bytes]);
        expect(['hello', 'invalid']).toContain(read(body).kind);
        expect(['hello', 'invalid', 'incomplete']).toContain(read(bytes).kind);
      }),
      { numRuns: 1_000 },
    );
  });

  test('comes to an end with any change to a real one', () => {
    const change = fc.record({ at: fc.nat(modern.length - 1), to: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const bytes = Buffer.from(modern);
        for (const { at, to } of changes) bytes[at] = to;
        const reading = read(bytes);
        if (reading.kind !== 'hello') return;
        expect(reading.hello.serverName ?? '').toEqual(expect.any(String));
        expect(reading.hello.versions.every((version) => version.startsWith('TLSv1'))).toBe(true);
      }),
      { numRuns: 1_000 },
    );
  });

  test('takes in no more than its bound, however small the pieces are', () => {
    const reader = new ClientHelloReader();
    const piece = Buffer.from([22, 3, 1, 0, 1, 1]);
    let reading = reader.push(piece);
    // A message of the greatest length there can be, one byte a record.
    const length = MAX_CLIENT_HELLO - 4;
    for (const byte of [0, length >> 8, length & 255])
      reading = reader.push(Buffer.from([22, 3, 1, 0, 1, byte]));
    for (let count = 1; count < length; count++) {
      reading = reader.push(Buffer.from([22, 3, 1, 0, 1, 0]));
      if (reading.kind !== 'incomplete') throw new Error(`it was ${reading.kind} after ${count} bytes`);
    }
    expect(reader.push(Buffer.from([22, 3, 1, 0, 1, 0])).kind).toBe('invalid');
  });
});
