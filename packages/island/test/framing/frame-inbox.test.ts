import fc from 'fast-check';
import { FrameTooLargeError } from '../../src/errors.ts';
import { FrameInbox } from '../../src/framing/frame-inbox.ts';
import { type FramingOptions, frameHeader, framingOf, type Packet } from '../../src/framing/framing.ts';
import { anyBytes, anyChunking } from '../support/chunks.ts';

const PREFIXED = [1, 2, 4] as const;

function inboxOf(options: FramingOptions, ...chunks: (Buffer | string)[]): FrameInbox {
  const inbox = new FrameInbox(framingOf(options));
  for (const chunk of chunks) inbox.push(Buffer.from(chunk));
  return inbox;
}

/** All frames that are there, as text; ends with the code of the error, if there is one. */
function drain(inbox: FrameInbox): string[] {
  const frames: string[] = [];
  try {
    while (!inbox.isEmpty) frames.push((inbox.shift() as Buffer).toString('latin1'));
  } catch (error) {
    if (!(error instanceof FrameTooLargeError)) throw error;
    frames.push(error.code);
  }
  return frames;
}

function framesOf(options: FramingOptions, chunks: readonly Buffer[]): string[] {
  const inbox = new FrameInbox(framingOf(options));
  return chunks.flatMap((chunk) => {
    inbox.push(chunk);
    return drain(inbox);
  });
}

/** The first error ends it: the same error comes again with each chunk that follows. */
function untilError(frames: readonly string[]): string[] {
  const at = frames.indexOf('ISLAND_FRAME_TOO_LARGE');
  return at === -1 ? [...frames] : frames.slice(0, at + 1);
}

const anyFraming: fc.Arbitrary<FramingOptions> = fc.oneof(
  fc.record({ packet: fc.constant<Packet>('line'), packetSize: fc.integer({ min: 1, max: 40 }) }),
  fc.record({
    packet: fc.constant<Packet>('line'),
    packetSize: fc.constant<'infinity'>('infinity'),
    lineDelimiter: fc.nat({ max: 3 }),
  }),
  fc.record({ packet: fc.constantFrom<Packet>(1, 2, 4), packetSize: fc.integer({ min: 1, max: 40 }) }),
  fc.record({ packet: fc.constantFrom<Packet>(1, 2, 4), packetSize: fc.constant<'infinity'>('infinity') }),
);

describe('lines', () => {
  // As gen_tcp of OTP 25 hands them on.
  test('end with their delimiter, which is part of them', () => {
    const inbox = inboxOf({ packet: 'line' }, 'ab\r\ncd\n\nef');
    expect(drain(inbox)).toEqual(['ab\r\n', 'cd\n', '\n']);
    expect(inbox.length).toBe(2);
  });

  test('end with another byte if it was named', () => {
    expect(drain(inboxOf({ packet: 'line', lineDelimiter: 0x3b }, 'ab;cd\n;e'))).toEqual(['ab;', 'cd\n;']);
  });

  test.each([
    ['of the limit with the delimiter is a frame', 'abc\n', ['abc\n']],
    ['longer than the limit is an error', 'abcd\n', ['ISLAND_FRAME_TOO_LARGE']],
    ['that reaches the limit without an end is one at once', 'abcd', ['ISLAND_FRAME_TOO_LARGE']],
    ['shorter than the limit may go on', 'abc', []],
  ])('one %s', (_, text, frames) => {
    expect(drain(inboxOf({ packet: 'line', packetSize: 4 }, text))).toEqual(frames);
  });
});

describe('frames with their length in front', () => {
  test.each(PREFIXED)('of %p bytes come without it', (packet) => {
    const framing = framingOf({ packet });
    const bytes = ['abc', '', 'd'].map((text) =>
      Buffer.concat([frameHeader(framing, text.length) as Buffer, Buffer.from(text)]),
    );
    expect(drain(inboxOf({ packet }, ...bytes))).toEqual(['abc', '', 'd']);
  });

  test.each(PREFIXED)('of %p bytes are an error over the limit, before they have come', (packet) => {
    const inbox = inboxOf({ packet, packetSize: 4 });
    inbox.push(Buffer.concat([frameHeader(framingOf({ packet }), 5) as Buffer, Buffer.from('a')]));
    expect(() => inbox.shift()).toThrow(
      expect.objectContaining({ code: 'ISLAND_FRAME_TOO_LARGE', limit: 4, length: 5 }),
    );
    expect(() => inbox.shift()).toThrow(FrameTooLargeError);
  });

  test('are limited to 1 MiB unless said otherwise', () => {
    const header = (size: number) => frameHeader(framingOf({ packet: 4 }), size) as Buffer;
    expect(inboxOf({ packet: 4 }, header(1024 * 1024)).shift()).toBeUndefined();
    expect(() => inboxOf({ packet: 4 }, header(1024 * 1024 + 1)).shift()).toThrow(FrameTooLargeError);
    expect(inboxOf({ packet: 4, packetSize: 'infinity' }, header(0xffffffff)).shift()).toBeUndefined();
  });

  test.each([
    [1, 0xff],
    [2, 0xffff],
    [4, 0xffffffff],
  ] as const)('can be sent with %p bytes of length up to %p', (packet, limit) => {
    const framing = framingOf({ packet });
    expect(frameHeader(framing, limit)).toEqual(Buffer.alloc(packet, 0xff));
    expect(() => frameHeader(framing, limit + 1)).toThrow(
      expect.objectContaining({ limit, length: limit + 1 }),
    );
  });
});

describe('a FrameInbox', () => {
  test('has nothing to put in front of lines and raw bytes', () => {
    expect(frameHeader(framingOf({ packet: 'line' }), 3)).toBeUndefined();
    expect(frameHeader(framingOf(), 3)).toBeUndefined();
  });

  test('hands on raw bytes as they come', () => {
    expect(drain(inboxOf({}, 'a'.repeat(2000), 'b'.repeat(2000)))).toEqual([
      'a'.repeat(2000),
      'b'.repeat(2000),
    ]);
  });

  test('does not copy a frame that lies within one chunk', () => {
    const chunk = Buffer.from('\x03abc\x01d\x02', 'latin1');
    const inbox = new FrameInbox(framingOf({ packet: 1 }));
    inbox.push(chunk);
    expect(inbox.shift()?.buffer).toBe(chunk.buffer);
    const second = inbox.shift();
    expect(second?.byteOffset).toBe(chunk.byteOffset + 5);
  });

  test('never writes to bytes that it has handed out', () => {
    const inbox = inboxOf({ packet: 'line' }, 'a');
    const lines: Buffer[] = [];
    for (let round = 0; round < 5000; round += 1) {
      inbox.push(Buffer.from(`${round}\na`));
      lines.push(inbox.shift() as Buffer);
    }
    expect(lines.map(String)).toEqual(lines.map((_, round) => `a${round}\n`));
  });

  test('takes exactly so many bytes, whatever the framing', () => {
    const inbox = inboxOf({ packet: 'line' }, 'ab', 'cd\nef\ng');
    expect(String(inbox.take(3))).toBe('abc');
    expect(String(inbox.shift())).toBe('d\n');
    expect(inbox.take(5)).toBeUndefined();
    expect(String(inbox.take(0))).toBe('ef\ng');
    expect(inbox.take(0)).toBeUndefined();
  });

  test('cuts what waits in another way when told so', () => {
    const inbox = inboxOf({ packet: 'line' }, 'STARTTLS\n\x00\x02hirest');
    expect(String(inbox.shift())).toBe('STARTTLS\n');
    inbox.setFraming(framingOf({ packet: 2 }));
    expect(String(inbox.shift())).toBe('hi');
    inbox.setFraming(framingOf());
    expect(String(inbox.shift())).toBe('rest');
  });

  test('looks anew for the end of a line when lines end in another way', () => {
    const inbox = inboxOf({ packet: 'line' }, 'a;b');
    expect(inbox.isEmpty).toBe(true);
    inbox.setFraming(framingOf({ packet: 'line', lineDelimiter: 0x3b }));
    expect(drain(inbox)).toEqual(['a;']);
  });

  test('keeps the order of a hundred chunks, while others come', () => {
    const chunk = (at: number): Buffer => Buffer.alloc(1024, at);
    const inbox = inboxOf({}, ...Array.from({ length: 100 }, (_, at) => chunk(at)));
    for (let at = 0; at < 200; at += 1) {
      expect(inbox.shift()?.equals(chunk(at))).toBe(true);
      if (at < 100) inbox.push(chunk(at + 100));
    }
    expect(inbox.length).toBe(0);
    expect(inbox.shift()).toBeUndefined();
  });

  test('answers the same frames however the bytes were cut', () => {
    const cut = anyBytes({ maxLength: 200, max: 12 }).chain((bytes) =>
      fc.tuple(fc.constant(bytes), anyChunking(bytes), anyFraming),
    );
    fc.assert(
      fc.property(cut, ([bytes, chunks, options]) => {
        expect(untilError(framesOf(options, chunks))).toEqual(untilError(framesOf(options, [bytes])));
      }),
      { numRuns: 1000 },
    );
  });

  test('answers the frames that were sent, in chunks of every size', () => {
    const payloads = fc.array(anyBytes({ maxLength: 3000, size: 'max' }), { maxLength: 8 });
    const sent = fc.tuple(payloads, fc.constantFrom(2 as const, 4 as const)).chain(([frames, packet]) => {
      const framing = framingOf({ packet });
      const bytes = Buffer.concat(
        frames.flatMap((frame) => [frameHeader(framing, frame.length) as Buffer, frame]),
      );
      return fc.tuple(fc.constant(frames), fc.constant(packet), anyChunking(bytes));
    });
    fc.assert(
      fc.property(sent, ([frames, packet, chunks]) => {
        expect(framesOf({ packet }, chunks)).toEqual(frames.map((frame) => frame.toString('latin1')));
      }),
      { numRuns: 60 },
    );
  });

  test('comes to an end with any bytes, and loses none but those of headers', () => {
    const input = anyBytes({ maxLength: 600 }).chain((bytes) => fc.tuple(anyChunking(bytes), anyFraming));
    fc.assert(
      fc.property(input, ([chunks, options]) => {
        const inbox = new FrameInbox(framingOf(options));
        let handedOn = 0;
        for (const chunk of chunks) {
          inbox.push(chunk);
          for (const frame of drain(inbox)) {
            if (frame === 'ISLAND_FRAME_TOO_LARGE') return;
            handedOn += frame.length + (typeof options.packet === 'number' ? options.packet : 0);
            expect(frame.length).toBeLessThanOrEqual(framingOf(options).packetSize);
          }
        }
        expect(handedOn + inbox.length).toBe(Buffer.concat(chunks).length);
      }),
      { numRuns: 1000 },
    );
  });

  test('looks at each byte of a line once, however small the pieces are', () => {
    let looks = 0;
    const counting = (chunk: Buffer): Buffer =>
      Object.assign(chunk, {
        indexOf(byte: number, from = 0) {
          looks += chunk.length - from;
          return Buffer.prototype.indexOf.call(chunk, byte, from);
        },
      });
    const inbox = new FrameInbox(framingOf({ packet: 'line', packetSize: 'infinity' }));
    const pieces = 2000;
    for (let piece = 0; piece < pieces; piece += 1) {
      inbox.push(counting(Buffer.alloc(1024, 'a')));
      expect(inbox.isEmpty).toBe(true);
    }
    expect(looks).toBe(pieces * 1024);
  });

  test('gathers tiny chunks, which would cost a hundred times their bytes', () => {
    const inbox = inboxOf({ packet: 4, packetSize: 'infinity' }, Buffer.alloc(4, 0xff));
    for (let count = 0; count < 100_000; count += 1) inbox.push(Buffer.from('a'));
    expect(inbox.length).toBe(100_004);
    inbox.setFraming(framingOf());
    const pieces: Buffer[] = [];
    for (let piece = inbox.shift(); piece !== undefined; piece = inbox.shift()) pieces.push(piece);
    expect(pieces.length).toBeLessThan(30);
    expect(Buffer.concat(pieces.slice(1))).toEqual(Buffer.alloc(100_000, 'a'));
  });
});

describe('framingOf', () => {
  test.each([
    ['packet', { packet: 3 as Packet }],
    ['packetSize', { packet: 4, packetSize: 0 }],
    ['packetSize', { packet: 4, packetSize: 1.5 }],
    ['packetSize', { packetSize: 10 }],
    ['lineDelimiter', { packet: 'line', lineDelimiter: 256 }],
    ['lineDelimiter', { packet: 1, lineDelimiter: 10 }],
  ] as [string, FramingOptions][])('refuses %s of %p', (option, options) => {
    expect(() => framingOf(options)).toThrow(expect.objectContaining({ code: 'ISLAND_BAD_OPTION', option }));
  });
});
