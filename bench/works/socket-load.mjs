/**
 * What the socket works share: a server of one side in a process of its own, pinned to one core, and
 * a load client pinned to another. Both are started for each round and ended after it, so that
 * no round inherits another's heap, compiled code or half-closed connections.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { waitedSeconds } from '../machine.mjs';

const servers = {
  ours: fileURLToPath(new URL('../servers/island-echo.mjs', import.meta.url)),
  net: fileURLToPath(new URL('../servers/net-echo.mjs', import.meta.url)),
};
const island = fileURLToPath(new URL('../../packages/island/dist/index.js', import.meta.url));

const startTimeoutMs = 15_000;
/** What a client may take beyond the seconds it was told: opening, draining, a slow machine. */
const graceMs = 45_000;
/** Above this share of its core the client is what limits the rate, and no server looks better. */
const busyClient = 0.95;
/**
 * Above these shares of the time without its core, a round says as much about the neighbours. The
 * server's own helper threads (collector, compiler) share its core and take about a tenth of it.
 */
const disturbedServer = 0.2;
const disturbedClient = 0.05;

/** Why a side cannot take part, if so. */
export function missing(side) {
  if (side !== 'ours' || existsSync(island)) return undefined;
  return 'packages/island is not built: run `npm run build`, or `--control` for the peer against itself';
}

/** Runs the body with a server of this side, and ends the server after it. */
export async function withServer(side, bench, body) {
  const server = bench.children.start(
    bench.openFiles.command(bench.pinning.server([process.execPath, servers[side]])),
  );
  try {
    const { port } = await server.nextLine(startTimeoutMs);
    const result = await body({ port, pid: server.pid });
    server.assertAlive();
    return result;
  } finally {
    await server.end();
  }
}

/** Starts a load client. `flags` are those of load-client/, by name without the dashes. */
export function startLoadClient(bench, mode, flags) {
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  const command = [...bench.loadClient(), mode, '--verify', ...args];
  return bench.children.start(bench.openFiles.command(bench.pinning.client(command)));
}

/**
 * One load on a fresh server of this side. Answers the client's figures, with `disturbed` when they
 * are not to be trusted. `flags` may set other times than the usual.
 */
export function measureLoad(side, bench, mode, flags) {
  const usual = bench.quick ? { 'warm-up': 0.4, seconds: 0.5 } : { 'warm-up': 1, seconds: 2 };
  const load = { ...usual, ...flags };
  const seconds = load['warm-up'] + load.seconds;
  return withServer(side, bench, async ({ port, pid }) => {
    const waitedBefore = waitedSeconds(pid);
    const client = startLoadClient(bench, mode, { port, ...load });
    try {
      const figures = await client.nextLine(seconds * 1000 + graceMs);
      assertNoFailures(figures);
      if (figures.client === 'c' && figures.clientCpu > busyClient) {
        bench.progress('  ~ the load client used its whole core: the true rate is higher');
      }
      const serverWaited = (waitedSeconds(pid) - waitedBefore) / seconds;
      return { ...figures, disturbed: disturbance(serverWaited, figures.clientWaited ?? 0) };
    } finally {
      await client.end();
    }
  });
}

function disturbance(serverWaited, clientWaited) {
  if (serverWaited <= disturbedServer && clientWaited <= disturbedClient) return undefined;
  const percent = (share) => `${(share * 100).toFixed(0)} %`;
  return `the server waited for its core ${percent(serverWaited)} of the time, the client ${percent(clientWaited)}`;
}

/** A server that drops connections may not look fast by it. */
export function assertNoFailures({ failures }) {
  if (failures > 0) throw new Error(`${failures} connections failed`);
}
