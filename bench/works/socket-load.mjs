/**
 * What the socket works share: a server of one side in a process of its own, pinned to one core, and
 * a load client pinned to another. Both are started for each round and ended after it, so that
 * no round inherits another's heap, compiled code or half-closed connections.
 */
import { disturbance } from '../disturbance.mjs';
import { waitedSeconds } from '../machine.mjs';

const startTimeoutMs = 15_000;
/** What a client may take beyond the seconds it was told: opening, draining, a slow machine. */
const graceMs = 45_000;
/** Above this share of its core the client is what limits the rate, and no server looks better. */
const busyClient = 0.95;

/**
 * A work whose figures come from one load on a server. `sides` has the server of each side by the side's name, ours
 * first; `load` is `{ mode, flags, quickFlags, tls }` for the client; `figures` picks the work's from the client's.
 */
export function socketWork({ sides, load, figures, ...work }) {
  return {
    ...work,
    peers: Object.keys(sides).filter((side) => side !== 'ours' && side !== 'floor'),
    hasFloor: 'floor' in sides,
    missing: (side) => sides[side].missing(),
    async run(side, bench) {
      const { disturbed, ...measured } = await measureLoad(sides[side], bench, load);
      return { figures: figures(measured), disturbed };
    },
  };
}

/** Runs the body with a server, and ends the server after it. */
export async function withServer(server, bench, body) {
  const child = bench.children.start(bench.openFiles.command(bench.pinning.server(server.command())));
  try {
    const { port } = await child.nextLine(startTimeoutMs);
    const result = await body({ port, child });
    child.assertAlive();
    return result;
  } finally {
    await child.end();
  }
}

/** Starts a load client. `flags` are those of load-client/, by name without the dashes. */
export function startLoadClient(bench, { mode, flags, tls = false }) {
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, `${value}`]);
  if (tls) args.push('--tls');
  const command = [...bench.loadClient({ tls }), mode, '--verify', ...args];
  return bench.children.start(bench.openFiles.command(bench.pinning.client(command)));
}

/** One load on a fresh server. Answers the client's figures, with `disturbed` when they are not to be trusted. */
export function measureLoad(server, bench, load) {
  return withServer(server, bench, (running) => loadServer(running, bench, load));
}

/** One load on a running server. `load.flags` may set other times than the usual; so may `quickFlags`, for a quick run. */
export async function loadServer({ port, child: { pid } }, bench, { mode, flags, quickFlags, tls }) {
  const usual = bench.quick ? { 'warm-up': 0.3, seconds: 0.4 } : { 'warm-up': 1, seconds: 2 };
  const all = { ...usual, ...flags, ...(bench.quick ? quickFlags : {}), port, server: pid };
  const seconds = all['warm-up'] + all.seconds;
  const waitedBefore = waitedSeconds(pid);
  const client = startLoadClient(bench, { mode, flags: all, tls });
  try {
    const figures = await client.nextLine(seconds * 1000 + graceMs);
    assertNoFailures(figures);
    if (figures.client === 'c' && figures.clientCpu > busyClient) {
      bench.progress('  ~ the load client used its whole core: the true rate is higher');
    }
    const serverWaited = (waitedSeconds(pid) - waitedBefore) / seconds;
    return { ...figures, disturbed: disturbance(serverWaited, figures.clientWaited) };
  } finally {
    await client.end();
  }
}

/** A server that drops connections may not look fast by it. */
export function assertNoFailures({ failures }) {
  if (failures > 0) throw new Error(`${failures} connections failed`);
}
