import fc from 'fast-check';
import { RestartWindow } from '../../src/supervisor/restart-intensity.ts';

const limits = { intensity: 2, periodMs: 5_000 };

test.each<[string, number[], number, number[], boolean]>([
  ['the first', [], 0, [0], false],
  ['as many as allowed', [0], 1_000, [0, 1_000], false],
  ['one more', [0, 1_000], 2_000, [0, 1_000, 2_000], true],
  ['at the end of the period the first still counts', [0, 1_000], 5_000, [0, 1_000, 5_000], true],
  ['after the period it does not', [0, 1_000], 5_001, [1_000, 5_001], false],
  ['after a long time none does', [0, 1_000], 60_000, [60_000], false],
])('%s [S-46, S-48, S-50]', (_, before, now, restarts, exceeded) => {
  const window = new RestartWindow(before);
  expect(window.isExceededBy(limits, now)).toBe(exceeded);
  expect(window.times).toEqual(restarts);
});

test('where none is allowed the first is too many [S-47]', () => {
  expect(new RestartWindow().isExceededBy({ intensity: 0, periodMs: 5_000 }, 0)).toBe(true);
});

describe('for any limits and any times', () => {
  const anyLimits = fc.record({ intensity: fc.nat(10), periodMs: fc.integer({ min: 1, max: 1_000 }) });
  const anyTimes = fc
    .array(fc.nat(5_000), { minLength: 1 })
    .map((times) => times.sort((one, other) => one - other));

  test('too many is: more than `intensity` within the last period, the window sliding [S-48, S-50]', () => {
    fc.assert(
      fc.property(anyLimits, anyTimes, (given, times) => {
        const window = new RestartWindow();
        for (const [index, now] of times.entries()) {
          const inWindow = times.slice(0, index + 1).filter((then) => now - then <= given.periodMs);
          expect(window.isExceededBy(given, now)).toBe(inWindow.length > given.intensity);
          expect(window.times).toEqual(inWindow);
        }
      }),
    );
  });

  test('what it was made with stays as it was', () => {
    fc.assert(
      fc.property(anyLimits, anyTimes, fc.nat(10_000), (given, times, now) => {
        const before = [...times];
        new RestartWindow(times).isExceededBy(given, now);
        expect(times).toEqual(before);
      }),
    );
  });
});
