// Measures ours beside its peers: `npm run -s bench -- --help`. Results on stdout, all else on stderr.
// Exit status: 0 all works ran, 1 one of them did not, 2 wrong use, 128 + n ended by signal n.
import { constants } from 'node:os';
import { Children } from './children.mjs';
import { parseCommandLine, UsageError, usage } from './command-line.mjs';
import { mostFiles } from './growth/curves.mjs';
import { runGrowth } from './growth/growth.mjs';
import { loadClientCommand } from './load-client/build.mjs';
import { openFiles, pinning } from './machine.mjs';
import { formatJson, formatTable } from './report.mjs';
import { runRounds } from './rounds.mjs';
import { targetOf } from './targets.mjs';
import { works } from './works/index.mjs';

/** Connections of the idle work, and what else a process has open. */
const filesWanted = 10_300;

const children = new Children();
endWithSignals();
process.exitCode = await main();

async function main() {
  let options;
  try {
    options = parseCommandLine(process.argv.slice(2), works);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    return 2;
  }
  if (options.help) {
    console.log(usage);
    return 0;
  }
  return runWorks(options);
}

async function runWorks({ chosen, json, ...options }) {
  const bench = makeBench(options);
  const rows = [];
  let failed = 0;
  bench.progress(`Node ${process.version}, ${process.platform} ${process.arch}, ${bench.pinning.note}`);
  if (options.growth) return growthStatus(bench);
  for (const work of chosen) {
    try {
      const found = await runRounds(work, bench);
      // At once, so that a run that is broken off has not been for nothing.
      if (json) for (const row of found) console.log(formatJson(row));
      rows.push(...found);
    } catch (error) {
      if (children.closed) return 1;
      console.error(`${work.name} FAILED: ${error.message}`);
      failed++;
    }
  }
  if (!json && rows.length > 0) console.log(formatTable(rows, targetOf));
  return failed === 0 ? 0 : 1;
}

async function growthStatus(bench) {
  try {
    await runGrowth(bench);
    return 0;
  } catch (error) {
    if (!children.closed) console.error(`growth FAILED: ${error.message}`);
    return 1;
  }
}

/** What a work gets to run with. */
function makeBench({ quick, peers, rounds, control, floor, growth }) {
  const warned = new Set();
  const warn = (text) => {
    if (!warned.has(text)) console.error(`! ${text}`);
    warned.add(text);
  };
  const clients = new Map();
  return {
    quick,
    peers,
    rounds,
    control,
    floor,
    children,
    pinning: pinning(),
    openFiles: openFiles(growth ? mostFiles : filesWanted),
    /** Built when the first work asks for it: the actor works need none. */
    loadClient({ tls = false } = {}) {
      if (!clients.has(tls)) clients.set(tls, loadClientCommand({ tls, warn }));
      return clients.get(tls);
    },
    progress: (text) => console.error(text),
    warn,
  };
}

function endWithSignals() {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.once(signal, () => endWith(128 + constants.signals[signal]));
  }
  // The reader of our output is gone (`| head`): nobody wants the rest.
  process.stdout.on('error', () => endWith(1));
}

async function endWith(status) {
  await children.close();
  process.exit(status);
}
