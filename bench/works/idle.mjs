// Connections that say nothing: how much of the server's memory each of them holds.
import { setTimeout as wait } from 'node:timers/promises';
import { servers } from '../servers/index.mjs';
import { assertNoFailures, startLoadClient, withServer } from './socket-load.mjs';

const sides = { ours: servers.island, floor: servers.floor, net: servers.net };
const connections = 10_000;
const firstConnections = 200;
/** Files of the server besides its connections, and some air. */
const otherFiles = 200;
const openTimeoutMs = 40_000;
const askTimeoutMs = 20_000;

export const idle = {
  name: 'idle',
  unit: 'B/conn',
  better: 'lower',
  peers: ['net'],
  hasFloor: true,
  missing: (side) => sides[side].missing(),
  async run(side, bench) {
    const count = Math.min(connections, bench.openFiles.files - otherFiles);
    if (count < connections) {
      bench.warn(`ONLY ${count} IDLE CONNECTIONS instead of ${connections}: ulimit -n cannot be raised`);
    }
    const settleMs = bench.quick ? 700 : 1_500;
    return withServer(sides[side], bench, async ({ port, child }) => {
      // Code that is loaded and compiled once is no cost of a connection: some go before.
      await whileOpen(bench, port, firstConnections, () => wait(100));
      await wait(200);
      const before = (await child.ask(askTimeoutMs)).residentBytes;
      const after = await whileOpen(bench, port, count, async () => {
        await wait(settleMs);
        return (await child.ask(askTimeoutMs)).residentBytes;
      });
      return { figures: { idle: (after - before) / count } };
    });
  },
};

async function whileOpen(bench, port, count, body) {
  const client = startLoadClient(bench, {
    mode: 'idle',
    flags: { port, connections: count, 'source-addresses': 4 },
  });
  try {
    assertNoFailures(await client.nextLine(openTimeoutMs));
    const result = await body();
    // It ends by itself when the server has closed one of them.
    client.assertAlive();
    return result;
  } finally {
    await client.end();
  }
}
