/**
 * What is counted up, and what each of it costs then. A curve has the counts it is measured at, `most(bench)` if there is
 * a limit to them here, and `measure(count, bench)`, which answers the cost for each of its `lines`.
 */
import { fileURLToPath } from 'node:url';
import { servers } from '../servers/index.mjs';
import { measureLoad } from '../works/socket-load.mjs';

const roundTimeoutMs = 120_000;
/** Files of a server besides its connections, and some air. */
const otherFiles = 300;
const mostConnections = 50_000;
export const mostFiles = mostConnections + otherFiles;

export const curves = [
  {
    title: 'spawn',
    counted: 'processes alive',
    unit: 'us/spawn',
    lines: ['ours'],
    counts: [1_000, 10_000, 100_000, 1_000_000],
    quickCounts: [1_000, 10_000],
    measure: async (count, bench) => [
      (await measureAlone('measure-processes.mjs', count, bench)).microseconds,
    ],
  },
  {
    title: 'memory of a process',
    counted: 'processes alive',
    unit: 'B/proc',
    lines: ['ours'],
    counts: [1_000, 10_000, 100_000, 1_000_000],
    quickCounts: [1_000, 10_000],
    measure: async (count, bench) => [(await measureAlone('measure-processes.mjs', count, bench)).bytes],
  },
  {
    title: 'message',
    counted: 'messages in one mailbox',
    unit: 'ns/msg',
    lines: ['ours'],
    counts: [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000],
    quickCounts: [1, 1_000],
    measure: async (count, bench) => [(await measureAlone('measure-mailbox.mjs', count, bench)).nanoseconds],
  },
  {
    title: 'echo of 64 B',
    counted: 'connections, one message under way on each',
    unit: 'us/echo',
    lines: ['ours', 'net'],
    counts: [10, 100, 1_000, 10_000, mostConnections],
    quickCounts: [10, 100],
    most(bench) {
      const possible = bench.openFiles.files - otherFiles;
      if (possible >= mostConnections) return mostConnections;
      bench.warn(`ONLY ${possible} CONNECTIONS instead of ${mostConnections}: ulimit -n cannot be raised`);
      return possible;
    },
    measure: async (count, bench) => [
      await echoCost(servers.island, count, bench),
      await echoCost(servers.net, count, bench),
    ],
  },
];

async function measureAlone(script, count, bench) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const node = [process.execPath, '--expose-gc', '--max-old-space-size=4096'];
  const child = bench.children.start(bench.pinning.server([...node, path, `${count}`]));
  try {
    return await child.nextLine(roundTimeoutMs);
  } finally {
    await child.end();
  }
}

/** Time of the server's core for each echo, which neighbours disturb less than the rate; where it is not told, the rate. */
async function echoCost(server, connections, bench) {
  const flags = { connections, size: 64, 'source-addresses': 8, 'warm-up': 1, seconds: 2 };
  // With many connections a second is not enough for a few messages on each.
  if (connections >= 10_000) Object.assign(flags, { 'warm-up': 3, seconds: 4 });
  const { rate, messages, serverSeconds } = await measureLoad(server, bench, { mode: 'echo', flags });
  return serverSeconds > 0 ? (serverSeconds / messages) * 1e6 : 1e6 / rate;
}
