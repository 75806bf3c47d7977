// What those who wait notice of those who work: the echo's p99 and the worst lateness of timers while one process floods
// another, and while 10,000 processes work. The peer is bare `node:net` in a process that has nothing else to do.
import { setTimeout as wait } from 'node:timers/promises';
import { servers } from '../servers/index.mjs';
import { loadServer, withServer } from './socket-load.mjs';

const { islandFlood, islandCrowd, netQuiet } = servers;
const askTimeoutMs = 10_000;

const load = { mode: 'echo', flags: { connections: 10, size: 64, 'warm-up': 1, seconds: 2 } };

export const latency = stormWork('latency', { ours: islandFlood, net: netQuiet }, 2_000);
/** Not later: to be accepted and served the first time takes several turns of the whole crowd, about a second each. */
export const latencyCrowd = stormWork('latency-crowd', { ours: islandCrowd, net: netQuiet }, 0);

function stormWork(name, sides, settleMs) {
  const timers = `${name}-timers`;
  return {
    name,
    unit: 'ms p99',
    better: 'lower',
    also: [{ name: timers, unit: 'ms late', better: 'lower' }],
    peers: ['net'],
    missing: (side) => sides[side].missing(),
    run: (side, bench) =>
      withServer(sides[side], bench, async (server) => {
        // What the start took, and the time until the code was compiled, are nobody's lateness: the first answer is thrown away.
        if (!bench.quick) await wait(settleMs);
        await server.child.ask(askTimeoutMs);
        const { p99us } = await loadServer(server, bench, load);
        const { lateMs, leastShare } = await server.child.ask(askTimeoutMs);
        if (leastShare === 0) throw new Error('a process had no turn at all');
        if (leastShare !== undefined) {
          bench.progress(`  the least of them had ${(leastShare * 100).toFixed(0)} % of the mean turns`);
        }
        return { figures: { [name]: p99us / 1_000, [timers]: lateMs } };
      }),
  };
}
