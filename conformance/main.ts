import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { excuses } from './excuses.ts';
import { hasErlang } from './oracle.ts';
import type { Kind } from './random.ts';
import { pairUp, replay, showDifference } from './replay.ts';
import { FormatError, parseEntries, parseResults } from './scenario.ts';

const USAGE = `usage: npm run -s conformance -- [random] [--count N] [--seed S] [--kind KIND]
       npm run -s conformance -- replay SCENARIOS EXPECTED
       npm run -s conformance -- generate --kind KIND [--count N] [--seed S]

  random   makes up N scenarios and programs (10000 unless said), plays them on real OTP and here, and compares; needs
           Erlang, exit code 3 without. KIND is supervisors, dynamic (needs Elixir) or processes; all of them unless said
  replay   plays the scenarios or programs of a file and compares with the traces of real OTP in another
  generate prints what random would play, one JSON object a line: for a file to be recorded
`;

const NO_ERLANG = `
!!!!
!!!! NOTHING WAS COMPARED: there is no Erlang here, and real OTP could not be asked.
!!!! Needed are erl and erlc (Debian: apt-get install erlang-base elixir). What is recorded needs none: see replay.
!!!!
`;
const EXIT_NO_ERLANG = 3;

/** What the user got wrong, in words for the user. */
class UsageError extends Error {}

async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case 'replay':
      return replayFiles(rest);
    case 'random':
      return compareWithOtp(rest);
    case 'generate':
      return print(rest);
    case '--help':
      process.stdout.write(USAGE);
      return 0;
    default:
      if (command === undefined || command.startsWith('-')) return compareWithOtp(args);
      throw new UsageError(`there is no command ${command}`);
  }
}

async function replayFiles(args: readonly string[]): Promise<number> {
  const [entryFile, resultFile, ...more] = args;
  if (entryFile === undefined || resultFile === undefined || more.length > 0) {
    throw new UsageError('replay takes two files');
  }
  const entries = parseEntries(await read(entryFile), entryFile);
  const results = parseResults(await read(resultFile), resultFile);
  let different = 0;
  for (const [entry, result] of pairUp(entries, results)) {
    const difference = await replay(entry, result, excuses);
    if (difference === undefined) continue;
    different++;
    process.stdout.write(`${showDifference(difference)}\n`);
  }
  return conclude('', entries.length, different);
}

async function compareWithOtp(args: readonly string[]): Promise<number> {
  const { count, seed, kind: only } = randomOptions(args);
  if (!hasErlang()) {
    process.stderr.write(NO_ERLANG);
    return EXIT_NO_ERLANG;
  }
  // Making things up needs fast-check, which replaying does not.
  const { compareRandom, knownKinds } = await import('./random.ts');
  const known = knownKinds();
  const kinds = known.filter((kind) => only === undefined || kind === only);
  if (kinds.length === 0) throw new UsageError(`${only} needs Elixir`);
  const dynamic = known.includes('dynamic') ? '' : ' (no Elixir here: without DynamicSupervisor)';
  process.stdout.write(`seed ${seed}${dynamic}\n`);
  let compared = 0;
  let different = 0;
  for (const [index, kind] of kinds.entries()) {
    const share = Math.floor((count + index) / kinds.length);
    const tally = await compareRandom(kind, share, seed, (text) => process.stdout.write(text));
    conclude(`${kind}: `, tally.compared, tally.different);
    compared += tally.compared;
    different += tally.different;
  }
  return conclude('', compared, different);
}

async function print(args: readonly string[]): Promise<number> {
  const { count, seed, kind } = randomOptions(args);
  if (kind === undefined) throw new UsageError('generate needs a --kind');
  const { makeUp } = await import('./random.ts');
  for (const entry of await makeUp(kind, count, seed)) process.stdout.write(`${JSON.stringify(entry)}\n`);
  return 0;
}

function conclude(what: string, compared: number, different: number): number {
  process.stdout.write(`${what}${compared} compared, ${different} different\n`);
  return different === 0 ? 0 : 1;
}

interface RandomOptions {
  readonly count: number;
  readonly seed: number;
  readonly kind: Kind | undefined;
}

function randomOptions(args: readonly string[]): RandomOptions {
  const { count = '10000', seed = String(randomInt(1, 2 ** 31)), kind } = parseRandom(args);
  return {
    count: wholeNumber('--count', count, 1),
    seed: wholeNumber('--seed', seed, 0),
    kind: kindOf(kind),
  };
}

function kindOf(kind: string | undefined): Kind | undefined {
  if (kind === undefined || kind === 'supervisors' || kind === 'dynamic' || kind === 'processes') return kind;
  throw new UsageError(`--kind must be supervisors, dynamic or processes, not ${kind}`);
}

function parseRandom(args: readonly string[]) {
  try {
    const options = {
      count: { type: 'string' },
      seed: { type: 'string' },
      kind: { type: 'string' },
    } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= least) return value;
  throw new UsageError(`${option} must be a whole number >= ${least}, not ${text}`);
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

// Whoever reads along may have read enough.
process.stdout.on('error', () => process.exit());

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    if (error instanceof UsageError) process.stderr.write(`${error.message}\n\n${USAGE}`);
    else if (error instanceof FormatError) process.stderr.write(`${error.message}\n`);
    else process.stderr.write(`${String((error as Error).stack)}\n`);
    process.exitCode = 2;
  },
);
