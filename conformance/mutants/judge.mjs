/**
 * Looks for what gives a mutant away, in the folder that `run.mjs` has made for it: prints the first rule that does not hold
 * and the first recording in which the runtime differs from OTP, whichever comes first, and exits with 1. One process, since
 * to start one takes longer than all this. `node judge.mjs RECORDINGS`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { excuses } from '../excuses.ts';
import { pairUp, replay } from '../replay.ts';
import { parseEntries, parseResults } from '../scenario.ts';
import { firstBrokenRule } from './rules.mjs';

const [folder = '.'] = process.argv.slice(2);

/** @param {string} file */
const read = (file) => readFileSync(join(folder, file), 'utf8');

/** @param {string} name */
async function firstDifference(name) {
  const [entries, results] = [`${name}.jsonl`, `${name}.expected.jsonl`];
  for (const [entry, result] of pairUp(
    parseEntries(read(entries), entries),
    parseResults(read(results), results),
  )) {
    const difference = await replay(entry, result, excuses);
    if (difference === undefined) continue;
    const { id, line, expected, actual } = difference;
    return `${name}: ${id}, line ${line}: ${actual} instead of ${expected}`;
  }
  return undefined;
}

let noticed = await firstBrokenRule();
for (const name of ['scenarios', 'processes', 'dynamic', 'corpus']) noticed ??= await firstDifference(name);
if (noticed !== undefined) {
  process.stdout.write(`${noticed}\n`);
  process.exit(1);
}
