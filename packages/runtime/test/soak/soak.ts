import { pg, Supervisor } from '../../src/index.ts';
import { audit } from './audit.ts';
import { happen } from './events.ts';
import { startServices } from './services.ts';
import { fillCrowds, startTree } from './tree.ts';
import { World } from './world.ts';

/** How a soak is run. */
export interface SoakPlan {
  readonly seed: number;
  readonly hours: number;
}

/** How it went. */
export interface SoakResult {
  readonly hash: string;
  /** What the audits have found, with the time they found it. */
  readonly complaints: readonly string[];
  readonly leftovers: readonly string[];
  readonly most: number;
  readonly counts: ReadonlyMap<string, number>;
}

const EVENT_MS = 3_000;
const HOUR_MS = 3_600_000;
/** Longer than anything that a peer is asked to do. */
const CALM_MS = 60_000;
const LONGEST_CALM = 30;

/** Lets random things happen to a tree of a thousand processes for hours of its own time, and audits it every hour. */
export async function soak({ seed, hours }: SoakPlan): Promise<SoakResult> {
  const world = new World(seed);
  const { runtime, trace } = world;
  world.services = await startServices(world);
  const root = await startTree(world);
  const complaints: string[] = [];
  let most = 0;
  for (let hour = 1; hour <= hours; hour++) {
    fillCrowds(world, root, Number.POSITIVE_INFINITY);
    await runtime.settle();
    most = Math.max(most, runtime.processCount);
    while (world.now < hour * HOUR_MS) {
      await happen(world, root);
      await runtime.clock.advance(EVENT_MS);
    }
    await calm(world);
    complaints.push(...audit(world, root).map((line) => `hour ${hour}: ${line}`));
  }
  for (const supervisor of [root, world.services]) {
    const stopped = Supervisor.stop(runtime, supervisor);
    await runtime.clock.advance(HOUR_MS);
    await stopped;
  }
  const groups = pg.whichGroups(runtime).map((group) => `group ${String(group)}`);
  const leftovers = [...runtime.leftovers().map(({ kind, what }) => `${kind} ${what}`), ...groups];
  await runtime[Symbol.asyncDispose]();
  return { hash: trace.digest(), complaints, leftovers, most, counts: trace.counts };
}

/** Lets time pass until everybody has done what they were asked. */
async function calm({ runtime }: World): Promise<void> {
  for (let round = 0; round < LONGEST_CALM; round++) {
    await runtime.clock.advance(CALM_MS);
    if (!runtime.kernel.table.values().some(({ busy }) => busy)) return;
  }
}
