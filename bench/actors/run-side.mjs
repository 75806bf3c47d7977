// One round of one actor work on one side, in a process of its own: `run-side.mjs SIDE WORK MS COUNT`. With MS, for about that
// long, after as long a warm-up; with COUNT, so many operations. Prints one line of JSON.
import { endWithStarter } from '../end-with-starter.mjs';
import { ranSeconds, waitedSeconds } from '../machine.mjs';
import { median } from '../statistics.mjs';
import { bytesInUse } from './bytes-in-use.mjs';

const [side, work, milliseconds, fixedCount] = process.argv.slice(2);

/** Every count is a multiple of it: of the senders, of the receivers, of the kills. */
const grain = 1_000;
const largestCount = 1_000_000;
/** A guess from a run this short is good enough for how much to measure. */
const guessMs = 60;
const repeats = 3;

// First the import: Node's require takes a symbolic link for no link right after an fstat of a pipe, which the other is.
const { works } = await import(`./${side}.mjs`);
endWithStarter(() => 1);
const run = works[work];
const before = neighbourSeconds();
const startedAt = performance.now();
const value =
  work === 'process-memory'
    ? await bytesOfEach(Number(fixedCount))
    : await rate(Number(milliseconds), Number(fixedCount));
const seconds = (performance.now() - startedAt) / 1_000;
console.log(JSON.stringify({ value, waited: (neighbourSeconds() - before) / seconds }));
process.exit(0);

/** Operations per second: of a fixed count, or the median of some runs that take about as long as wanted. */
async function rate(wantedMs, count) {
  if (count > 0) {
    await run(Math.ceil(count / 10));
    globalThis.gc();
    return (count / (await timed(count))) * 1_000;
  }
  const once = await countFor(wantedMs);
  await rateFor(wantedMs, once);
  const rates = [];
  for (let i = 0; i < repeats; i++) {
    globalThis.gc();
    rates.push(await rateFor(wantedMs, once));
  }
  return median(rates);
}

/**
 * The same count again and again until the time is over: found out while the code was being compiled, it may take a tenth of
 * the time by now.
 */
async function rateFor(wantedMs, count) {
  let took = 0;
  let done = 0;
  while (took < wantedMs) {
    took += await timed(count);
    done += count;
  }
  return (done / took) * 1_000;
}

/**
 * How many operations take about as long as wanted. Finding out warms up, too. It goes by the processor's time, so that a
 * disturbed guess does not choose a run in which starting is all there is; a work that rests takes some of the clock's.
 */
async function countFor(wantedMs) {
  for (let count = grain; ; count *= 4) {
    const from = process.cpuUsage();
    const elapsed = await timed(count);
    const { user, system } = process.cpuUsage(from);
    const took = Math.max((user + system) / 1_000, elapsed / 4);
    if (took < guessMs && count < largestCount) continue;
    const wanted = (wantedMs / took) * count;
    return Math.min(largestCount, Math.max(grain, Math.round(wanted / grain) * grain));
  }
}

async function timed(count) {
  const from = performance.now();
  await run(count);
  return performance.now() - from;
}

/** Seconds for which something else had our core: what the main thread waited, less what our own helper threads ran. */
function neighbourSeconds() {
  const { user, system } = process.cpuUsage();
  return waitedSeconds('self') - ((user + system) / 1e6 - ranSeconds('self'));
}

async function bytesOfEach(count) {
  const before = await bytesInUse();
  const kept = await run(count);
  const after = await bytesInUse();
  // What a side gives back is what keeps its processes alive.
  void kept;
  return (after - before) / count;
}
