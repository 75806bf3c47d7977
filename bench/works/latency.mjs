// What those who wait notice of those who work: the echo's p99 and the worst lateness of timers while one process floods
// another, and while 10,000 processes work. The peer is bare `node:net` in a process that has nothing else to do.
import { servers } from '../servers/index.mjs';
import { loadServer, withServer } from './socket-load.mjs';

const { islandFlood, islandCrowd, netQuiet } = servers;
const askTimeoutMs = 10_000;
const load = { mode: 'echo', flags: { connections: 10, size: 64 } };

export const latency = stormWork('latency', { ours: islandFlood, net: netQuiet });
export const latencyCrowd = stormWork('latency-crowd', { ours: islandCrowd, net: netQuiet });

function stormWork(name, sides) {
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
        // What the start took is nobody's lateness: the first answer is thrown away.
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
