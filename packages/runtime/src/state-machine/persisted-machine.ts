import { type AnyActorRef, type EventObject, isMachineSnapshot, type Snapshot } from 'xstate';
import type { Delay } from './delays.ts';

/**
 * A machine at rest, with all its actors: what XState persists, and the delayed events, which XState forgets. Safe to turn
 * into JSON if the context and the events are, and if what was spawned has a name in the machine's `actors`.
 */
export type PersistedMachine = Snapshot<unknown> & { readonly delays?: readonly PersistedDelay[] };

/** A delayed event. Who sends it and who gets it are said by their ids, from the machine downwards. */
interface PersistedDelay {
  readonly source: readonly string[];
  readonly target: readonly string[];
  readonly event: EventObject;
  readonly id: string;
  readonly inMs: number;
}

/** A machine as it was at one moment, held by its immutable snapshots: cheap to take after every event. */
export interface Frozen {
  readonly actor: AnyActorRef;
  readonly snapshot: Snapshot<unknown>;
  readonly children: Readonly<Record<string, Frozen>>;
}

/** What a persisted machine goes on with, once its actor has been made from `snapshot`. */
export interface Restored {
  readonly snapshot: Snapshot<unknown>;
  readonly context: (children: Readonly<Record<string, AnyActorRef | undefined>>) => unknown;
  readonly delays: (root: AnyActorRef) => LiveDelay[];
}

type LiveDelay = Omit<Delay, 'wake'> & { readonly inMs: number };

/** How XState marks an actor in a persisted context. */
interface ActorMark {
  readonly xstate$$type: 1;
  readonly id: string;
}

/** What XState has of an actor beyond its published type: enough to persist it. */
interface PersistableActor {
  readonly logic: { getPersistedSnapshot(snapshot: unknown): Snapshot<unknown> };
  readonly src: unknown;
  readonly systemId: unknown;
  readonly _syncSnapshot: unknown;
}

/** Holds the machine as it is now. Its children are held too, since they go on without it. */
export function freeze(actor: AnyActorRef): Frozen {
  const snapshot: Snapshot<unknown> = actor.getSnapshot();
  const children: Record<string, Frozen> = {};
  for (const [id, child] of Object.entries(childrenOf(snapshot)))
    if (child !== undefined) children[id] = freeze(child);
  return { actor, snapshot, children };
}

/** Puts a held machine into the form that it can be started from again, with the delays that were pending then. */
export function persist(frozen: Frozen, delays: readonly Delay[], now: number): PersistedMachine {
  const paths = pathsOf(frozen);
  const persisted: PersistedDelay[] = [];
  for (const { id, event, wake, ...ends } of delays) {
    const source = paths.get(ends.source);
    const target = paths.get(ends.target);
    if (source === undefined || target === undefined) continue;
    persisted.push({ id, event, source, target, inMs: Math.max(0, wake.dueAt - now) });
  }
  return { ...persistActor(frozen), delays: persisted };
}

/** Takes a persisted machine apart: what XState restores by itself, and what it would get wrong. */
export function restore({ delays = [], ...snapshot }: PersistedMachine): Restored {
  const { context } = snapshot as { readonly context?: unknown };
  return {
    // XState would walk through everything in the context, and write into it.
    snapshot: Object.assign({}, snapshot, { context: {} }),
    context: (children) =>
      mapPlain(context, (value) => (isActorMark(value) ? [children[value.id]] : undefined)),
    delays: (root) =>
      delays.flatMap(({ id, event, inMs, ...ends }) => {
        const source = descend(root, ends.source);
        const target = descend(root, ends.target);
        return source === undefined || target === undefined ? [] : [{ id, event, source, target, inMs }];
      }),
  };
}

function persistActor({ actor, snapshot, children }: Frozen): Snapshot<unknown> {
  const { logic } = actor as unknown as PersistableActor;
  if (!isMachineSnapshot(snapshot)) return logic.getPersistedSnapshot(snapshot);
  // XState's own persisting asks the children how they are now; these answer how they were.
  const held = Object.entries(children).map(([id, child]) => {
    const { src, systemId, _syncSnapshot } = child.actor as unknown as PersistableActor;
    return [id, { src, systemId, _syncSnapshot, getPersistedSnapshot: () => persistActor(child) }];
  });
  const persisted = logic.getPersistedSnapshot({
    ...snapshot,
    context: {},
    children: Object.fromEntries(held),
  });
  return Object.assign(persisted, { context: mapPlain(snapshot.context, markOf) });
}

function childrenOf(snapshot: unknown): Readonly<Record<string, AnyActorRef | undefined>> {
  return isMachineSnapshot(snapshot) ? snapshot.children : {};
}

function pathsOf(frozen: Frozen): Map<AnyActorRef, readonly string[]> {
  const paths = new Map<AnyActorRef, readonly string[]>();
  const visit = ({ actor, children }: Frozen, path: readonly string[]): void => {
    paths.set(actor, path);
    for (const [id, child] of Object.entries(children)) visit(child, [...path, id]);
  };
  visit(frozen, []);
  return paths;
}

function descend(root: AnyActorRef, path: readonly string[]): AnyActorRef | undefined {
  return path.reduce<AnyActorRef | undefined>((actor, id) => childrenOf(actor?.getSnapshot())[id], root);
}

function markOf(value: object): [ActorMark] | undefined {
  const isActor = 'sessionId' in value && 'send' in value && 'ref' in value && 'id' in value;
  return isActor ? [{ xstate$$type: 1, id: String(value.id) }] : undefined;
}

function isActorMark(value: object): value is ActorMark {
  return 'xstate$$type' in value && value.xstate$$type === 1;
}

/**
 * Replaces what `replace` answers a one-element list for, in plain objects and lists at any depth. What is nothing but
 * plain is left alone, and not copied; so are objects of classes: a pid is no part of the context that it stands in.
 */
function mapPlain(value: unknown, replace: (value: object) => [unknown] | undefined): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const replaced = replace(value);
  if (replaced !== undefined) return replaced[0];
  if (Array.isArray(value)) {
    const items = value.map((item) => mapPlain(item, replace));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const entries = Object.entries(value).map(([key, part]) => [key, part, mapPlain(part, replace)] as const);
  if (entries.every(([, part, mapped]) => part === mapped)) return value;
  return Object.fromEntries(entries.map(([key, , mapped]) => [key, mapped]));
}
