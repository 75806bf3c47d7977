/** Measures how cost per unit grows, prints the table, and draws the plot that is kept. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { aligned, figure } from '../report.mjs';
import { median } from '../statistics.mjs';
import { curves } from './curves.mjs';
import { plot } from './plot.mjs';

const plotFile = fileURLToPath(new URL('../growth.svg', import.meta.url));
const rounds = 3;

const columns = [
  { title: 'cost', cell: ({ title }) => title },
  { title: 'of', cell: ({ line }) => line },
  { title: 'at', cell: ({ count }) => count.toLocaleString('en-US'), right: true },
  { title: 'counted', cell: ({ counted }) => counted },
  { title: 'each', cell: ({ cost }) => figure(cost), right: true },
  { title: 'unit', cell: ({ unit }) => unit },
  { title: 'of the first', cell: ({ growth }) => growth.toFixed(2), right: true },
];

export async function runGrowth(bench) {
  const measured = [];
  for (const curve of curves) measured.push({ ...curve, points: await measureCurve(curve, bench) });
  console.log(aligned(columns, measured.flatMap(rowsOf)));
  if (bench.quick) return;
  const made = `Node ${process.version}, median of ${rounds} rounds, ${bench.pinning.note}`;
  writeFileSync(plotFile, plot(measured, made));
  bench.progress(`the plot is in ${plotFile}`);
}

/** Answers `{ count, costs }` for each count, with a cost for each line. */
async function measureCurve(curve, bench) {
  const points = [];
  const most = curve.most?.(bench) ?? Number.POSITIVE_INFINITY;
  for (const wanted of bench.quick ? curve.quickCounts : curve.counts) {
    const count = Math.min(wanted, most);
    const samples = [];
    for (let round = 0; round < (bench.quick ? 1 : rounds); round++) {
      samples.push(await curve.measure(count, bench));
    }
    const costs = curve.lines.map((_, index) => median(samples.map((sample) => sample[index])));
    bench.progress(
      `${curve.title} at ${count}: ${costs.map((cost) => cost.toFixed(2)).join(', ')} ${curve.unit}`,
    );
    points.push({ count, costs });
  }
  return points;
}

function rowsOf({ title, counted, unit, lines, points }) {
  return lines.flatMap((line, index) =>
    points.map(({ count, costs }) => {
      const cost = costs[index];
      return { title, line, count, counted, cost, unit, growth: cost / points[0].costs[index] };
    }),
  );
}
