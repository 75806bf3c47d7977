import {
  type ChildSpec,
  DynamicSupervisor,
  type Pid,
  Registry,
  Supervisor,
  type SupervisorOptions,
  serverSpec,
} from '../../src/index.ts';
import { processOf } from '../../src/process/process.ts';
import { peer } from './peer.ts';
import { keyOf } from './service-events.ts';
import { SERVICES } from './services.ts';
import type { World } from './world.ts';

const STRATEGIES = ['oneForOne', 'oneForAll', 'restForOne'] as const;
const RESTARTS = ['permanent', 'permanent', 'permanent', 'permanent', 'transient', 'temporary'] as const;
const REGIONS = 10;
const GROUPS = 4;
/** How many children a dynamic supervisor is filled up to: with all the others that makes a thousand processes and a few. */
const CROWD = 35;

function group(world: World, region: number, number: number): ChildSpec {
  const children = RESTARTS.map((restart, index) => {
    const name = `peer-${region}-${number}-${index}`;
    const own = region * 100 + number * 10 + index;
    // The transient one of the last group ends its supervisor when it has finished.
    const significant = number === GROUPS - 1 && restart === 'transient';
    return serverSpec(peer, { world, name, number: own }, { id: name, restart, significant });
  });
  const strategy = STRATEGIES[(region + number) % STRATEGIES.length] as (typeof STRATEGIES)[number];
  const options: SupervisorOptions = { strategy, children, intensity: 3, period: 5 };
  const autoShutdown = number === GROUPS - 1 ? 'anySignificant' : 'never';
  return Supervisor.childSpec(`group-${number}`, { ...options, autoShutdown });
}

function region(world: World, number: number): ChildSpec {
  const groups = Array.from({ length: GROUPS }, (_, index) => group(world, number, index));
  const crowds = [0, 1].map((index) => DynamicSupervisor.childSpec(`crowd-${index}`, { intensity: 3 }));
  const strategy = STRATEGIES[number % STRATEGIES.length] as (typeof STRATEGIES)[number];
  return Supervisor.childSpec(`region-${number}`, {
    strategy,
    children: [...groups, ...crowds],
    intensity: 10,
  });
}

/** Starts the tree: regions of all strategies, in them groups of all strategies and two crowds each. */
export function startTree(world: World): Promise<Pid> {
  const children = Array.from({ length: REGIONS }, (_, index) => region(world, index));
  return Supervisor.start(world.runtime, { children, intensity: 1_000 });
}

/** A supervisor of the tree with the children that it says it has. */
export interface Branch {
  readonly pid: Pid;
  readonly strategy: string;
  readonly children: readonly {
    readonly id: string;
    readonly pid: Pid | undefined;
    readonly status: string;
  }[];
}

/** The supervisors of a tree, read off without asking them. */
export function branches(root: Pid): Branch[] {
  const description = processOf(root)?.program?.describe?.();
  if (description?.children === undefined) return [];
  const { children, strategy = '' } = description;
  const below = children.filter(({ type }) => type === 'supervisor');
  return [
    { pid: root, strategy, children },
    ...below.flatMap(({ pid }) => (pid === undefined ? [] : branches(pid))),
  ];
}

/** Adds children to the crowds, up to their size; at most `most` to each. */
export function fillCrowds(world: World, root: Pid, most: number): void {
  for (const { pid, strategy, children } of branches(root)) {
    if (strategy !== 'dynamic') continue;
    for (let count = children.length; count < Math.min(CROWD, children.length + most); count++) {
      const number = world.random.below(1_000);
      const restart = RESTARTS[number % RESTARTS.length] as (typeof RESTARTS)[number];
      // A few have a key for a name; it may be taken.
      const key = restart === 'temporary' && number % 3 === 0 ? keyOf(world) : undefined;
      const named = key === undefined ? {} : { name: Registry.via(SERVICES.keys, key) };
      const argument = { world, number, ...(key === undefined ? {} : { key }) };
      const { start } = serverSpec(peer, argument, { id: 'peer', ...named });
      DynamicSupervisor.startChild(world.runtime, pid, { start, restart }).then(
        ({ kind }) => world.trace.add('added', kind),
        (error) => world.trace.add('notAdded', String(error.code)),
      );
    }
  }
}
