/** Reads the command line of the bench. */
import { parseArgs } from 'node:util';

const maxRounds = 100;

export const usage = `usage: npm run -s bench -- [--only NAME,...] [--peers NAME,...] [--quick] [--json] [--rounds N] [--control|--floor]
       npm run -s bench -- --growth [--quick]

  --only NAME,...   only these works
  --peers NAME,...  only against these peers
  --quick           one short round: whether it runs, not how fast
  --json            a line of JSON for each figure and peer, instead of the table
  --rounds N        rounds of each side (5; quick: 1)
  --control         the peer against itself: what the machine makes of no difference
  --floor           the least that ours could be in its place (bounds/: net-floor, net-own-chunks, tls-floor, tls-process-floor)
  --growth          cost per unit from few to many, as a table and a plot (bench/growth.svg; quick: neither is kept)
  --help            this text`;

export class UsageError extends Error {}

/** Answers `{ chosen, peers, quick, json, rounds, control, floor, growth, help }`; throws a `UsageError`. */
export function parseCommandLine(args, works) {
  const values = parse(args);
  refuseBesideGrowth(values);
  const peers = choosePeers(values.peers, works);
  return {
    chosen: choose(values.only, works),
    peers,
    quick: values.quick,
    json: values.json,
    rounds: parseRounds(values.rounds ?? (values.quick ? '1' : '5')),
    control: values.control,
    floor: values.floor,
    growth: values.growth,
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
        peers: { type: 'string', multiple: true },
        quick: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        control: { type: 'boolean', default: false },
        floor: { type: 'boolean', default: false },
        growth: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error.message, { cause: error });
  }
}

function choose(only, works) {
  if (only === undefined) return works;
  const names = listed(only);
  refuseUnknown(
    'work',
    names,
    works.map(({ name }) => name),
  );
  return works.filter(({ name }) => names.includes(name));
}

function choosePeers(peers, works) {
  if (peers === undefined) return undefined;
  const names = listed(peers);
  refuseUnknown('peer', names, [...new Set(works.flatMap((work) => work.peers))]);
  return names;
}

/** An option that can be given more than once, each time with a list. */
function listed(values) {
  return values.flatMap((list) => list.split(',')).map((name) => name.trim());
}

function refuseUnknown(what, names, known) {
  const unknown = names.find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new UsageError(`there is no ${what} '${unknown}': choose from ${known.join(', ')}`);
}

function refuseBesideGrowth({ growth, quick: _quick, help: _help, ...others }) {
  const [other] = Object.entries(others).find(([, value]) => value !== undefined && value !== false) ?? [];
  if (growth && other !== undefined) throw new UsageError(`--growth knows no --${other}`);
}

function parseRounds(text) {
  const rounds = Number(text);
  if (/^\d+$/.test(text) && rounds >= 1 && rounds <= maxRounds) return rounds;
  throw new UsageError(`--rounds takes a whole number from 1 to ${maxRounds}, not '${text}'`);
}
