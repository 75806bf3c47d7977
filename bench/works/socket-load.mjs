/**
 * What the socket works share: a server of each side in a process of its own, pinned to one core, and a load client pinned to
 * another. The servers are started for each round and ended after it, so that no round inherits another's heap or compiled code.
 * Within a round they stand side by side, one at work and the others asleep, and take turns of a second or so.
 */
import { disturbance } from '../disturbance.mjs';
import { waitedSeconds } from '../machine.mjs';

const startTimeoutMs = 15_000;
/** What a client may take beyond the seconds it was told: opening, draining, a slow machine. */
const graceMs = 45_000;
/** Above this share of its core the client is what limits the rate, and no server looks better. */
const busyClient = 0.95;
/** Turns of each side in one round. */
const slices = 3;
/** One turn in seconds, the connections made anew, and how long a server is used before the first one. */
const turn = { 'warm-up': 0.2, seconds: 0.5 };
const quickTurn = { 'warm-up': 0.2, seconds: 0.3 };
const firstUse = 2;

/**
 * A work whose figures come from loads on a server. `sides` has the server of each side by the side's name, ours first; a load
 * is `{ mode, flags, tls, firstUse, mayBusyClient }`, as `loadServer` takes it; `figures` picks the work's from the client's, load by load.
 */
export function socketWork({ sides, loads, figures, ...work }) {
  const measured = async (server, bench) => {
    const results = [];
    for (const load of loads) results.push(await loadServer(server, bench, load));
    const disturbed = results.find((result) => result.disturbed !== undefined)?.disturbed;
    return { figures: figures(...results), disturbed };
  };
  return {
    slices,
    ...work,
    peers: Object.keys(sides).filter((side) => side !== 'ours' && side !== 'floor'),
    hasFloor: 'floor' in sides,
    missing: (side) => sides[side].missing(),
    sideBySide: (chosen, bench, body) =>
      withServers(
        chosen.map((side) => sides[side]),
        bench,
        async (running) => {
          if (!bench.quick) for (const server of running) await use(server, bench, loads);
          await body((index) => measured(running[index], bench));
        },
      ),
  };
}

/** Uses a server until its code is compiled. */
async function use(server, bench, loads) {
  for (const load of loads) {
    const seconds = load.firstUse ?? firstUse;
    await loadServer(server, bench, { ...load, flags: { ...load.flags, 'warm-up': 0, seconds } });
  }
}

async function withServers([server, ...others], bench, body, running = []) {
  if (server === undefined) return body(running);
  return withServer(server, bench, (started) => withServers(others, bench, body, [...running, started]));
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

/** One load on a running server. `load.flags` may set other times than the usual, but for a quick run. */
export async function loadServer(
  { port, child: { pid } },
  bench,
  { mode, flags, tls, mayBusyClient = false },
) {
  const all = { ...turn, ...flags, ...(bench.quick ? quickTurn : {}), port, server: pid };
  const seconds = all['warm-up'] + all.seconds;
  const waitedBefore = waitedSeconds(pid);
  const client = startLoadClient(bench, { mode, flags: all, tls });
  try {
    const figures = await client.nextLine(seconds * 1000 + graceMs);
    assertNoFailures(figures);
    if (figures.client === 'c' && figures.clientCpu > busyClient && !mayBusyClient) {
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
