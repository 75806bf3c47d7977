import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { median, pairedRatio, spread } from '../statistics.mjs';

test('the median is the middle value, or the mean of the two in the middle, and leaves the values as they are', () => {
  const values = [9, 1, 5];
  equal(median(values), 5);
  deepEqual(values, [9, 1, 5]);
  equal(median([4, 1, 3, 2]), 2.5);
  // As numbers, not as text.
  equal(median([10, 9, 100]), 10);
});

test('the spread is the distance of the outermost values as a share of the median', () => {
  equal(spread([90, 100, 110]), 0.2);
  equal(spread([7]), 0);
});

test('the ratio is the median of what ours was to the peer each time, so that a machine that changes its pace decides nothing', () => {
  equal(pairedRatio([3], [2]), 1.5);
  // Twice as fast from the third time on, and in between for one side alone.
  equal(pairedRatio([110, 110, 220, 220, 220], [100, 100, 100, 200, 200]), 1.1);
});
