import fc from 'fast-check';
import { Lines } from '../../src/framing/lines.ts';
import { anyChunking } from '../support/chunks.ts';

describe('Lines', () => {
  test('answers complete lines and keeps the rest', () => {
    const lines = new Lines();
    expect(lines.push(Buffer.from('one\r\ntwo\nthr'))).toEqual(['one', 'two']);
    expect(lines.pendingLength).toBe(3);
    expect(lines.push(Buffer.from('ee\n\n'))).toEqual(['three', '']);
    expect(lines.pendingLength).toBe(0);
  });

  test('finds a line end that comes in two chunks', () => {
    const lines = new Lines();
    expect(lines.push(Buffer.from('one\r'))).toEqual([]);
    expect(lines.push(Buffer.from('\ntwo'))).toEqual(['one']);
  });

  test('answers the same lines for any text and any chunking', () => {
    const text = fc.string({ unit: 'binary' }).map((each) => each.replaceAll(/[\r\n]/g, ''));
    const cutLines = fc.array(text).chain((wanted) => {
      const bytes = Buffer.from(wanted.map((line) => `${line}\r\n`).join(''));
      return fc.record({ wanted: fc.constant(wanted), chunks: anyChunking(bytes) });
    });
    fc.assert(
      fc.property(cutLines, ({ wanted, chunks }) => {
        const lines = new Lines();
        expect(chunks.flatMap((chunk) => lines.push(chunk))).toEqual(wanted);
        expect(lines.pendingLength).toBe(0);
      }),
    );
  });
});
