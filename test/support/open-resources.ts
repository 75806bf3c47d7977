import { readdirSync, readlinkSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

/** What a process holds open, counted by kind: `TCPServerWrap` → 2, `file /tmp/log` → 1. */
export type OpenResources = ReadonlyMap<string, number>;

/** A runtime says of itself how many processes it still has. The runtime package fills the registry. */
interface LiveRuntime {
  readonly processCount: number;
  toString(): string;
}

export const LIVE_RUNTIMES = Symbol.for('thousand-island.live-runtimes');

/** What ends by itself within a few turns: a closed socket reports its end, a read comes back. */
const SETTLING_TURNS = 20;
/** For what the operating system takes its time over: the exit of a child, a timer of jest's own reporter. */
const SETTLING_MS = 500;
const LOOK_AGAIN_MS = 10;

/** Counts the sockets, servers, timers, child processes and requests that keep the event loop alive, and open files. */
export function openResources(): OpenResources {
  const counts = new Map<string, number>();
  for (const kind of [...process.getActiveResourcesInfo(), ...openFiles()]) {
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

/** The event loop does not wait for an open file: only the system knows of it. Linux alone tells. */
function openFiles(): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/fd').flatMap((descriptor) => {
    const target = readTarget(`/proc/self/fd/${descriptor}`);
    return target?.startsWith('/') && !target.startsWith('/dev/') && !target.startsWith('/proc/')
      ? [`file ${target}`]
      : [];
  });
}

/** The descriptor that listed the folder is gone by the time it is looked at. */
function readTarget(link: string): string | undefined {
  try {
    return readlinkSync(link);
  } catch {
    return undefined;
  }
}

/** Answers one line for each kind of which there is more than there was. */
export function grown(before: OpenResources, now: OpenResources): string[] {
  return [...now].flatMap(([kind, count]) => {
    const more = count - (before.get(kind) ?? 0);
    return more > 0 ? [`${more} × ${kind}`] : [];
  });
}

/** Answers one line for each runtime of this realm that still has processes. */
export function liveRuntimes(realm: object): string[] {
  const runtimes: Iterable<LiveRuntime> = Reflect.get(realm, LIVE_RUNTIMES) ?? [];
  return [...runtimes]
    .filter((runtime) => runtime.processCount > 0)
    .map((runtime) => `${runtime.processCount} × process of ${runtime}`);
}

/** Asks again until nothing is left, or for half a second at most. Answers what is left then. */
export async function settle(leftovers: () => string[]): Promise<string[]> {
  let left = leftovers();
  for (let turn = 0; left.length > 0 && turn < SETTLING_TURNS; turn += 1) {
    await nextTurn();
    left = leftovers();
  }
  const until = performance.now() + SETTLING_MS;
  while (left.length > 0 && performance.now() < until) {
    await sleep(LOOK_AGAIN_MS);
    left = leftovers();
  }
  return left;
}
