import fc from 'fast-check';
import { growth, type Levels, leftOver } from '../soak/levels.ts';
import { planOperation } from '../soak/operation-plan.ts';
import { isPattern, pattern } from '../soak/pattern.ts';
import { SpanLedger } from '../soak/span-ledger.ts';
import { FILE_BYTES, fileBytes, isAnswered, planVisit } from '../soak/visit-plan.ts';

const CALM: Levels = {
  descriptors: 20,
  processes: 17,
  timers: 2,
  connections: 0,
  heap: 9 << 20,
  arrayBuffers: 1 << 20,
};

describe('the ledger of spans', () => {
  test('finds nothing wrong with spans that start and stop once', () => {
    const ledger = new SpanLedger();
    for (const id of ['a', 'b']) ledger.start(id);
    for (const id of ['b', 'a']) ledger.stop(id, 'in good order');
    expect(ledger.violations).toEqual([]);
    expect(ledger.open).toEqual([]);
    expect(ledger.started).toBe(2);
    expect([...ledger.ends]).toEqual([['in good order', 2]]);
  });

  test('tells of those that have not stopped', () => {
    const ledger = new SpanLedger();
    ledger.start('a');
    ledger.start('b');
    ledger.stop('a', 'killed');
    expect(ledger.open).toEqual(['b']);
  });

  test.each<{ steps: ('start' | 'stop')[]; violation: string }>([
    { steps: ['stop'], violation: 'a has stopped (killed), but never started' },
    { steps: ['start', 'start'], violation: 'a has started again (it was open)' },
    { steps: ['start', 'stop', 'stop'], violation: 'a has stopped a second time (killed)' },
    { steps: ['start', 'stop', 'start'], violation: 'a has started again (it was stopped)' },
  ])('finds fault with $steps', ({ steps, violation }) => {
    const ledger = new SpanLedger();
    for (const step of steps) step === 'start' ? ledger.start('a') : ledger.stop('a', 'killed');
    expect(ledger.violations).toEqual([violation]);
  });
});

describe('the levels of a process', () => {
  test.each(['descriptors', 'processes', 'timers', 'connections'] as const)(
    'tell of %s that are left',
    (kind) => {
      expect(leftOver(CALM, CALM)).toEqual([]);
      const left = leftOver(CALM, { ...CALM, [kind]: CALM[kind] + 1 });
      expect(left).toEqual([`${CALM[kind] + 1} ${kind}, and at the start ${CALM[kind]}`]);
    },
  );

  test('tell of fewer than there were, too', () => {
    expect(leftOver(CALM, { ...CALM, processes: 16 })).toEqual(['16 processes, and at the start 17']);
  });

  test.each([
    { heap: [9, 10, 10.2, 10.1, 10.3, 10.1, 10.2], grown: false },
    { heap: [5, 10, 10, 10, 10, 10, 10], grown: false },
    { heap: [9, 10, 18, 10, 18, 10, 18], grown: false },
    { heap: [9, 10, 10.1, 10.2, 10.1, 10, 11, 11.8, 12, 12.5], grown: true },
    { heap: [9, 10, 10.1, 10.2, 10.1, 10, 11, 11.5, 11.8, 11.6], grown: false },
    { heap: [9, 10, 11, 12, 13, 14.1], grown: true },
    { heap: [9, 10, 11, 12, 13, 13.9], grown: false },
    { heap: [9, 10], grown: false },
  ])('say whether memory grows: $heap MiB', ({ heap, grown }) => {
    const samples = heap.map((mib) => ({ ...CALM, heap: mib * 2 ** 20 }));
    expect(growth(samples).length > 0).toBe(grown);
  });

  test('look at buffers as well', () => {
    const samples = [1, 1, 6, 11].map((mib) => ({ ...CALM, arrayBuffers: mib << 20 }));
    expect(growth(samples)).toEqual([
      expect.stringMatching(/^arrayBuffers has grown from 1.00 MiB to 11.00 MiB/),
    ]);
  });
});

describe('a plan', () => {
  test('is the same for the same seed, and another for another', () => {
    const plan = (seed: number): unknown =>
      Array.from({ length: 50 }, (_, index) => [
        planVisit(seed, index, ['tcp', 'tls']),
        planOperation(seed, 0, index, ['tcp', 'tls']),
      ]);
    expect(plan(1)).toEqual(plan(1));
    expect(plan(1)).not.toEqual(plan(2));
  });

  test('has every kind of visit and operation in it, and starttls only where there is TLS', () => {
    const kinds = (transports: readonly ('tcp' | 'tls')[]): Set<string> =>
      new Set(
        Array.from({ length: 1_000 }, (_, index) => [
          planVisit(1, index, transports).kind,
          planOperation(1, 1, index, transports).kind,
        ]).flat(),
      );
    expect(kinds(['tcp', 'tls']).size).toBe(21);
    expect(kinds(['tcp']).has('starttls')).toBe(false);
  });
});

describe('the pattern', () => {
  test('is known again from any place on, and cut in any way', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(200_000), fc.nat(200_000), (offset, size, cut) => {
        const bytes = Buffer.concat([...pattern(offset, size)]);
        expect(bytes.length).toBe(size);
        expect(isPattern(bytes.subarray(0, cut), offset)).toBe(true);
        expect(isPattern(bytes.subarray(cut), offset + cut)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  test('is not taken for itself when a byte is changed, lost or in another place', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(100_000), fc.nat(), (offset, size, place) => {
        const bytes = Buffer.concat([...pattern(offset, size + 2)]);
        const at = place % (size + 1);
        const lost = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1)]);
        const changed = Buffer.from(bytes);
        changed[at] = (changed[at] as number) ^ 1;
        expect([isPattern(changed, offset), isPattern(lost, offset), isPattern(bytes, offset + 1)]).toEqual([
          false,
          false,
          false,
        ]);
      }),
      { numRuns: 50 },
    );
  });
});

test('a part of a file is no longer than the file', () => {
  expect(fileBytes({ offset: 10, size: 5 })).toBe(5);
  expect(fileBytes({ offset: FILE_BYTES - 3, size: 5 })).toBe(3);
  expect(fileBytes({ offset: FILE_BYTES + 3, size: 5 })).toBe(0);
});

test('those are answered who wait for something that comes', () => {
  const visit = { ...planVisit(1, 1, ['tcp']), offset: FILE_BYTES - 1, size: 5, proxy: 'v1' as const };
  expect(isAnswered({ ...visit, kind: 'echo' })).toBe(true);
  expect(isAnswered({ ...visit, kind: 'file' })).toBe(true);
  expect(isAnswered({ ...visit, kind: 'file', offset: FILE_BYTES })).toBe(false);
  expect(isAnswered({ ...visit, kind: 'silent' })).toBe(false);
  expect(isAnswered({ ...visit, kind: 'echo', proxy: 'broken' })).toBe(false);
});
