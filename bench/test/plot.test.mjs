import { equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { plot } from '../growth/plot.mjs';

const points = [
  { count: 1, costs: [2, 4] },
  { count: 1_000, costs: [3, 1] },
];
const curve = { title: 'a & b', counted: 'things', unit: 'us', lines: ['ours', 'net'], points };

test('each line is drawn through a point for each count, higher where the cost is', () => {
  const svg = plot([curve], 'made <now>');
  const lines = [...svg.matchAll(/<polyline points="([^"]+)"/g)].map(([, places]) => places.split(' '));
  equal(lines.length, 2);
  const [[first, last]] = lines.map((places) => places.map((place) => place.split(',').map(Number)));
  equal(first[0] < last[0], true);
  // Down the page is up in SVG.
  equal(first[1] > last[1], true);
});

test('what has a meaning in SVG is written as text', () => {
  const svg = plot([curve], 'made <now>');
  match(svg, /a &amp; b, us/);
  match(svg, /made &lt;now>/);
});

test('a curve of one point is a dot, not a division by nothing', () => {
  const svg = plot([{ ...curve, points: points.slice(0, 1) }], '');
  equal(svg.includes('NaN'), false);
});
