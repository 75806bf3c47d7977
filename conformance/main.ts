import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { excuses } from './excuses.ts';
import { askOtp, generate, hasElixir, hasErlang } from './oracle.ts';
import { pairUp, replay, showDifference } from './replay.ts';
import { FormatError, parseResults, parseScenarios, type Result, type Scenario } from './scenario.ts';

const USAGE = `usage: npm run -s conformance -- replay SCENARIOS EXPECTED
       npm run -s conformance -- random [--count N] [--seed S]

  replay   plays the scenarios of a file and compares with the traces of real OTP in another
  random   makes up N scenarios (1000 unless said), plays them on real OTP and here, and compares; needs Erlang
`;

/** What the user got wrong, in words for the user. */
class UsageError extends Error {}

async function main([command, ...rest]: readonly string[]): Promise<number> {
  switch (command) {
    case 'replay':
      return replayFiles(rest);
    case 'random':
      return replayRandom(rest);
    case '--help':
      process.stdout.write(USAGE);
      return 0;
    default:
      throw new UsageError(command === undefined ? 'a command is missing' : `there is no command ${command}`);
  }
}

async function replayFiles(args: readonly string[]): Promise<number> {
  const [scenarioFile, resultFile, ...more] = args;
  if (scenarioFile === undefined || resultFile === undefined || more.length > 0) {
    throw new UsageError('replay takes two files');
  }
  const scenarios = parseScenarios(await read(scenarioFile), scenarioFile);
  const results = parseResults(await read(resultFile), resultFile);
  return compare(scenarios, results, false);
}

async function replayRandom(args: readonly string[]): Promise<number> {
  const { count, seed } = randomOptions(args);
  if (!hasErlang())
    throw new UsageError('random needs Erlang: erl and erlc (Debian: apt-get install erlang-base)');
  const dynamic = hasElixir() ? '' : ' (no Elixir here: without DynamicSupervisor)';
  process.stdout.write(`seed ${seed}${dynamic}\n`);
  const text = await generate(count, seed);
  const scenarios = parseScenarios(text, 'the generator');
  return compare(scenarios, parseResults(await askOtp(text), 'the oracle'), true);
}

/** Compares and tells; `inFull` prints the scenarios that differ too, since they are in no file. */
async function compare(
  scenarios: readonly Scenario[],
  results: readonly Result[],
  inFull: boolean,
): Promise<number> {
  let different = 0;
  for (const [scenario, result] of pairUp(scenarios, results)) {
    const difference = await replay(scenario, result, excuses);
    if (difference === undefined) continue;
    different++;
    process.stdout.write(`${showDifference(difference)}\n${inFull ? `${JSON.stringify(scenario)}\n` : ''}`);
  }
  process.stdout.write(`${scenarios.length} compared, ${different} different\n`);
  return different === 0 ? 0 : 1;
}

function randomOptions(args: readonly string[]): { readonly count: number; readonly seed: number } {
  const { values } = parseRandom(args);
  const { count = '1000', seed = String(randomInt(1, 2 ** 31)) } = values;
  return { count: wholeNumber('--count', count, 1), seed: wholeNumber('--seed', seed, 0) };
}

function parseRandom(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: { count: { type: 'string' }, seed: { type: 'string' } } });
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
