import {
  type AutoShutdown,
  type Awaitable,
  BadArgumentError,
  type ChildSpec,
  DynamicSupervisor,
  type Self,
  type Started,
  type StartResult,
  type Strategy,
  Supervisor,
  serverSpec,
} from '@thousand-island/runtime';
import type { Incarnation, Kind } from './incarnation.ts';
import { type ChildScript, keyOf, type Outcome, type SupervisorScript } from './scenario.ts';
import { BAD_RETURN, StartSpec } from './term.ts';
import { worker } from './worker.ts';
import type { World } from './world.ts';

const STRATEGIES: Readonly<Record<string, Strategy>> = {
  one_for_one: 'oneForOne',
  one_for_all: 'oneForAll',
  rest_for_one: 'restForOne',
};

const AUTO_SHUTDOWNS: Readonly<Record<string, AutoShutdown>> = {
  never: 'never',
  any_significant: 'anySignificant',
  all_significant: 'allSignificant',
};

/** Starts the whole tree, as the driver's child. */
export function startRoot(world: World, sup: SupervisorScript): Awaitable<StartResult> {
  return startChild(world, undefined, '/', { id: '/', type: 'supervisor', sup }, world.driver);
}

/**
 * The child spec of a child of `supervisor`. What the scenario says wrongly goes into it as it is: it is for the runtime to
 * refuse it.
 */
export function childSpec(world: World, supervisor: Incarnation, child: ChildScript): ChildSpec {
  const { id, restart, type, significant } = child;
  const shutdown = child.shutdown === 'brutal_kill' ? 'brutalKill' : child.shutdown;
  const start = (self: Self) => {
    // A supervisor that is still starting makes itself known with its first child.
    world.population.arrive(supervisor, self.pid);
    return startChild(world, supervisor, keyOf(supervisor.key, id), child, self);
  };
  return { id, restart, type, significant, shutdown, start } as ChildSpec;
}

/** The spec of a child of a supervisor that knows its children by their pids: it has no id, though its key has. */
export function namelessSpec(
  world: World,
  supervisor: Incarnation,
  child: ChildScript,
): Omit<ChildSpec, 'id'> {
  const { id: _, ...spec } = childSpec(world, supervisor, child);
  return spec;
}

function startChild(
  world: World,
  parent: Incarnation | undefined,
  key: string,
  child: ChildScript,
  self: Self,
): Awaitable<StartResult> {
  const of = world.population.attempt(key, kindOf(child), parent);
  const outcome = world.plan.take(key, of.attempt, child.starts ?? []);
  const note = (started: StartResult): StartResult => {
    const result = started.kind === 'ok' && outcome === 'extra' ? { ...started, extra: 'extra' } : started;
    world.started(of, result);
    // What is none of the results is the supervisor's to find out.
    return outcome === 'bad' ? (BAD_RETURN as unknown as StartResult) : result;
  };
  const started = start(world, of, child, outcome, self) as Awaitable<StartResult>;
  return 'then' in started ? started.then(note) : note(started);
}

function start(
  world: World,
  of: Incarnation,
  child: ChildScript,
  outcome: Outcome,
  self: Self,
): Awaitable<Started> {
  if (outcome === 'bad') return { kind: 'error', reason: BAD_RETURN };
  if (child.type !== 'supervisor') return startWorker(world, of, child, outcome, self);
  if (outcome === 'ignore') return { kind: 'ignore' };
  const failure = /^(error|exit|raise):(.*)$/s.exec(outcome);
  return failure === null ? startSupervisor(world, of, child, self) : { kind: 'error', reason: failure[2] };
}

function startWorker(
  world: World,
  of: Incarnation,
  { trap = true, on_stop: onStop = 'ok' }: ChildScript,
  outcome: Outcome,
  self: Self,
): Awaitable<Started> {
  const onArrival = ({ pid }: Self): void => world.population.arrive(of, pid);
  const onTerminate = (reason: unknown): void =>
    void world.events.push({ kind: 'term', of, reason: world.show(reason) });
  return serverSpec(worker, { outcome, trap, onStop, onArrival, onTerminate, pace: world.pace }).start(self);
}

function startSupervisor(
  world: World,
  of: Incarnation,
  { sup = {} }: ChildScript,
  self: Self,
): Awaitable<Started> {
  try {
    return supervisorSpec(world, of, sup).start(self);
  } catch (error) {
    if (error instanceof BadArgumentError) return { kind: 'error', reason: new StartSpec(error) };
    throw error;
  }
}

function supervisorSpec(world: World, of: Incarnation, sup: SupervisorScript): ChildSpec {
  const { intensity, period = 5, max_children: maxChildren, children = [] } = sup;
  if (of.kind === 'dynamic') {
    return DynamicSupervisor.childSpec(of.key, {
      intensity: intensity ?? 3,
      period,
      maxChildren: maxChildren ?? 'infinity',
    });
  }
  const autoShutdown = AUTO_SHUTDOWNS[sup.auto_shutdown ?? 'never'] as AutoShutdown;
  if (of.kind === 'simple') {
    world.templates.set(of.key, children[0] as ChildScript);
    return DynamicSupervisor.childSpec(of.key, { intensity: intensity ?? 1, period, autoShutdown });
  }
  return Supervisor.childSpec(of.key, {
    strategy: STRATEGIES[sup.strategy ?? 'one_for_one'] as Strategy,
    intensity: intensity ?? 1,
    period,
    autoShutdown,
    children: children.map((child) => childSpec(world, of, child)),
  });
}

function kindOf({ type, sup }: ChildScript): Kind {
  if (type !== 'supervisor') return 'worker';
  if (sup?.strategy === 'dynamic') return 'dynamic';
  return sup?.strategy === 'simple_one_for_one' ? 'simple' : 'supervisor';
}
