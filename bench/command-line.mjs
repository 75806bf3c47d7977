/** Reads the command line of the bench. */
import { parseArgs } from 'node:util';

const maxRounds = 100;

export const usage = `usage: npm run -s bench -- [--only NAME,...] [--quick] [--json] [--rounds N] [--control]

  --only NAME,...  only these works
  --quick          two short rounds: whether it runs, not how fast
  --json           a line of JSON for each figure and peer, instead of the table
  --rounds N       rounds of each side (5; quick: 2)
  --control        the peer against itself: what the machine makes of no difference
  --help           this text`;

export class UsageError extends Error {}

/** Answers `{ chosen, quick, json, rounds, control, help }`; throws a `UsageError`. */
export function parseCommandLine(args, works) {
  const values = parse(args);
  return {
    chosen: choose(values.only, works),
    quick: values.quick,
    json: values.json,
    rounds: parseRounds(values.rounds ?? (values.quick ? '2' : '5')),
    control: values.control,
    help: values.help,
  };
}

function parse(args) {
  try {
    return parseArgs({
      args,
      strict: true,
      allowPositionals: false,
      options: {
        only: { type: 'string', multiple: true },
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        control: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error.message, { cause: error });
  }
}

function choose(only, works) {
  if (only === undefined) return works;
  const names = only.flatMap((list) => list.split(',')).map((name) => name.trim());
  for (const name of names) {
    if (!works.some((work) => work.name === name)) {
      const known = works.map((work) => work.name).join(', ');
      throw new UsageError(`there is no work '${name}': choose from ${known}`);
    }
  }
  return works.filter((work) => names.includes(work.name));
}

function parseRounds(text) {
  const rounds = Number(text);
  if (/^\d+$/.test(text) && rounds >= 1 && rounds <= maxRounds) return rounds;
  throw new UsageError(`--rounds takes a whole number from 1 to ${maxRounds}, not '${text}'`);
}
