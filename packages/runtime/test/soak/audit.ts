import { type Pid, pg, Registry } from '../../src/index.ts';
import { members } from '../../src/process/few.ts';
import { type Process, processOf } from '../../src/process/process.ts';
import { Monitor } from '../../src/process/watch.ts';
import { Wake } from '../../src/state-machine/machine-clock.ts';
import { SERVICES } from './services.ts';
import { branches } from './tree.ts';
import type { World } from './world.ts';

/**
 * Compares the kernel's books with the tree and with what the peers have told the world, while nothing is going on: answers a
 * line for each process, link, monitor, name or timer that is there and should not be, or the other way round.
 */
export function audit(world: World, root: Pid): string[] {
  const { kernel } = world.runtime;
  const processes = kernel.table.values();
  const tree = [...branches(root), ...branches(world.services)];
  const started = tree.flatMap(({ pid, children }) =>
    children.flatMap((child) => (child.pid === undefined ? [] : [[pid, child.pid] as const])),
  );
  const known = new Set([
    root,
    world.services,
    ...started.map(([, child]) => child),
    ...world.helpers.keys(),
  ]);
  const alive = new Set(processes.map(({ pid }) => pid));
  return [
    ...compare('process', known, alive),
    ...compare(
      'link',
      pairs([...started, ...world.links, ...registryLinks(world)]),
      pairs(processes.flatMap(linksOf)),
    ),
    ...processes.flatMap(oneSided),
    ...compare('monitor', new Set(world.monitors.keys()), new Set(processes.flatMap(monitorsOf))),
    ...processes.flatMap(({ pid, watching }) =>
      [...members(watching)]
        .filter((watch) => !(watch instanceof Monitor))
        .map((watch) => `${pid} waits for ${watch.target?.pid}`),
    ),
    ...compare(
      'name',
      named(world.peers),
      named([...kernel.names].map(([name, { pid }]) => [pid, name] as const).filter(isPeers)),
    ),
    ...processes
      .filter((each) => each.name !== undefined && kernel.names.get(each.name) !== each)
      .map(({ pid, name }) => `${pid} is not ${String(name)}`),
    ...compare('member', new Set(world.peers.keys()), new Set(membersOfGroups(world))),
    ...compare('entry', new Set(enrolled(world)), new Set(entries(world))),
    ...compare('timer', times(world.armedTimers), times(kernel.timers.armed().filter(isNoWake))),
    ...wakes(world),
    ...world.complaints.splice(0),
    ...processes
      .filter((each) => each.busy || each.scheduled || each.waiting > 0)
      .map(({ pid }) => `${pid} is not done`),
    ...[...world.helpers]
      .filter(([, endsAt]) => endsAt < world.now)
      .map(([pid]) => `${pid} should have ended`),
  ].map((line) => line.replace(/<\d+\.(\d+)\.0>/g, '<$1>'));
}

/** An owner is linked to its registry, as long as it has a key. */
function registryLinks({ runtime, keys }: World): (readonly [Pid, Pid])[] {
  return [...keys].flatMap(([registry, byPid]) => {
    const pid = runtime.whereis(registry);
    return pid === undefined ? [] : [...byPid.keys()].map((owner) => [owner, pid] as const);
  });
}

function enrolled({ keys }: World): string[] {
  return [...keys].flatMap(([registry, byPid]) =>
    [...byPid].flatMap(([pid, owned]) => [...new Set(owned)].map((key) => `${key} of ${pid} in ${registry}`)),
  );
}

function entries({ runtime }: World): string[] {
  return [SERVICES.keys, SERVICES.topics].flatMap((registry) =>
    Registry.select(runtime, registry).map(({ key, pid }) => `${key} of ${pid} in ${registry}`),
  );
}

/** A light has a time to change at, and perhaps one to be reminded at; by night the first can pass without a change. */
function wakes({ runtime }: World): string[] {
  return SERVICES.lights.flatMap((name) => {
    const process = processOf(runtime.whereis(name) as Pid);
    const count = [...members(process?.timers)].filter((timer) => timer instanceof Wake).length;
    return count > 2 ? [`${name} has ${count} delays`] : [];
  });
}

const isNoWake = (timer: unknown): boolean => !(timer instanceof Wake);

const isPeers = ([, name]: readonly [Pid, unknown]): boolean => !String(name).startsWith('soak-');

function membersOfGroups({ runtime }: World): Pid[] {
  return pg.whichGroups(runtime).flatMap((group) => pg.members(runtime, group));
}

function linksOf({ pid, links }: Process): (readonly [Pid, Pid])[] {
  return [...members(links)].map((other) => [pid, other.pid] as const);
}

function monitorsOf({ watching }: Process): Monitor[] {
  return [...members(watching)].filter((watch) => watch instanceof Monitor);
}

/** What one side has in its books and the other has not, or what belongs to the dead. */
function oneSided({ pid, links, watching, watchers, ...rest }: Process): string[] {
  const self = rest as Partial<Process>;
  const found: string[] = [];
  for (const other of members(links)) {
    if (!other.alive) found.push(`${pid} is linked to ${other.pid}, which is dead`);
    if (![...members(other.links)].some((back) => back.pid === pid))
      found.push(`${pid} is linked to ${other.pid}, one way`);
  }
  for (const watch of members(watching)) {
    if (watch.target === undefined || ![...members(watch.target.watchers)].includes(watch))
      found.push(`${pid} watches nobody`);
  }
  for (const watch of members(watchers)) {
    if (watch.target?.pid !== pid) found.push(`${pid} is watched by mistake`);
    if (watch.owner !== undefined && !watch.owner.alive)
      found.push(`${pid} is watched by ${watch.owner.pid}, which is dead`);
  }
  for (const timer of members(self.timers))
    if (timer.place === -1) found.push(`${pid} keeps a timer that is not armed`);
  return found;
}

function pairs(links: readonly (readonly [Pid, Pid])[]): Set<string> {
  return new Set(links.map(([one, other]) => (one.id < other.id ? `${one}-${other}` : `${other}-${one}`)));
}

function named(names: Iterable<readonly [Pid, unknown]>): Set<string> {
  return new Set(
    [...names].filter(([, name]) => name !== undefined).map(([pid, name]) => `${String(name)} of ${pid}`),
  );
}

/** The times of timers, each numbered among those of the same time, so that they can be a set. */
function times(timers: readonly { readonly dueAt: number }[]): Set<string> {
  const seen = new Map<number, number>();
  return new Set(
    timers.map(({ dueAt }) => {
      const count = (seen.get(dueAt) ?? 0) + 1;
      seen.set(dueAt, count);
      return `at ${dueAt} (${count})`;
    }),
  );
}

function compare<Item>(what: string, expected: ReadonlySet<Item>, actual: ReadonlySet<Item>): string[] {
  return [
    ...[...actual].filter((item) => !expected.has(item)).map((item) => `${what} ${item} is left over`),
    ...[...expected].filter((item) => !actual.has(item)).map((item) => `${what} ${item} is missing`),
  ];
}
