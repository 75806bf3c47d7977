import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { inMib } from './levels.ts';
import { Soak, type SoakReport } from './soak.ts';
import type { ServerName } from './visit-plan.ts';

const USAGE = `usage: npm run -s soak -- [--seconds N] [--seed N] [--transport tcp|tls|both|unix|all] [--clients N]

  Clients come and go at random while servers are suspended, drained, changed and killed piece by piece, for N seconds
  (600 unless said); with the same seed, in the same way. Exit code 1, and what is wrong, if anything is.
`;

const MOST_SECONDS = 86_400;
const MOST_CLIENTS = 1_000;

/** What the user got wrong, in words for the user. */
class UsageError extends Error {}

function whole(option: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new UsageError(`--${option} takes a whole number from ${least} to ${most}, not ${text}`);
}

function serversOf(text: string): readonly ServerName[] {
  if (text === 'all') return ['tcp', 'own', 'tls', 'unix'];
  if (text === 'both') return ['tcp', 'own', 'tls'];
  if (text === 'tcp') return ['tcp', 'own'];
  if (text === 'tls' || text === 'unix') return [text];
  throw new UsageError(`--transport takes tcp, tls, both, unix or all, not ${text}`);
}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '600' },
      seed: { type: 'string' },
      transport: { type: 'string', default: 'all' },
      clients: { type: 'string', default: '40' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  const options = {
    seconds: whole('seconds', values.seconds, 1, MOST_SECONDS),
    seed: values.seed === undefined ? randomInt(2 ** 31) : whole('seed', values.seed, 0, 2 ** 32 - 1),
    servers: serversOf(values.transport),
    clients: whole('clients', values.clients, 1, MOST_CLIENTS),
  };
  process.stdout.write(`seed ${options.seed}, ${options.seconds} s, ${options.servers.join(', ')}\n`);
  const report = await Soak.run(options, (line) => process.stdout.write(`${line}\n`));
  process.stdout.write(summary(report));
  return report.violations.length === 0 ? 0 : 1;
}

function summary(report: SoakReport): string {
  const { levels, violations } = report;
  const [before] = levels;
  const after = levels.at(-1);
  const lines = [
    `visits: ${table(report.visits)}`,
    `connections: ${report.connections}, ended: ${table(report.ends)}`,
    `operations: ${table(report.operations)}`,
    `started again: ${report.restarts} processes; in all ${report.acceptors} acceptors, ${report.listeners} listeners`,
    `descriptors: ${before?.descriptors} → ${after?.descriptors}, processes: ${before?.processes} → ${after?.processes}, timers: ${before?.timers} → ${after?.timers}`,
    `heap: ${levels.map(({ heap }) => inMib(heap)).join(', ')}`,
    violations.length === 0 ? 'nothing is wrong' : `WRONG:\n${violations.join('\n')}`,
  ];
  return `${lines.join('\n')}\n`;
}

function table(counts: ReadonlyMap<string, number>): string {
  const entries = [...counts].sort(([, one], [, other]) => other - one);
  return entries.map(([name, count]) => `${count} ${name}`).join(', ') || 'none';
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error) => {
    const isUsage = error instanceof UsageError || error instanceof TypeError;
    process.stderr.write(isUsage ? `${error.message}\n\n${USAGE}` : `${error.stack}\n`);
    process.exitCode = isUsage ? 2 : 1;
  },
);
