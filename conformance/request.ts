import {
  BadArgumentError,
  CallExitError,
  type ChildCounts,
  type ChildDescription,
  DynamicSupervisor,
  NoProcessError,
  type Pid,
  type StartChildResult,
  type StartResult,
  Supervisor,
} from '@thousand-island/runtime';
import type { Incarnation, Member } from './incarnation.ts';
import { type ChildScript, keyOf, type Step } from './scenario.ts';
import { childSpec, namelessSpec } from './tree.ts';
import type { World } from './world.ts';

/**
 * Asks a supervisor what the step says. The request is in its mailbox when this returns; the answer comes later, in OTP's
 * words. Where OTP has one module and this runtime two, the answer is the one that OTP's would have given.
 */
export function request(world: World, supervisor: Member, step: Step): Promise<string> {
  const { kind } = supervisor.incarnation;
  const ask = kind === 'simple' || kind === 'dynamic' ? askDynamic : askStatic;
  return answered(world, () => ask(world, supervisor, step));
}

/** `which_children` and `count_children` in one line. */
export async function lookAt(world: World, supervisor: Member): Promise<string> {
  const which = await request(world, supervisor, ['which', supervisor.incarnation.key]);
  const count = await request(world, supervisor, ['count', supervisor.incarnation.key]);
  return `${which} | ${count}`;
}

async function answered(world: World, ask: () => Promise<string>): Promise<string> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof CallExitError) return `{EXIT,${world.show(error.reason)}}`;
    if (error instanceof NoProcessError) return '{EXIT,noproc}';
    // OTP: a bad child spec is an answer.
    if (error instanceof BadArgumentError) return `{error,${world.show(error)}}`;
    throw error;
  }
}

async function askStatic(
  world: World,
  { incarnation, pid }: Member,
  [name, , subject]: Step,
): Promise<string> {
  const { runtime } = world;
  const id = subject as string;
  switch (name) {
    case 'start_child': {
      const child = subject as ChildScript;
      replan(world, incarnation, child);
      const result = await Supervisor.startChild(runtime, pid, childSpec(world, incarnation, child));
      return showStarted(world, result, (reason) =>
        isRefusal(reason) ? world.show(reason) : `{${world.show(reason)},#child:${child.id}}`,
      );
    }
    case 'restart_child':
      return showStarted(world, await Supervisor.restartChild(runtime, pid, id), (reason) =>
        world.show(reason),
      );
    case 'terminate_child':
    case 'terminate_id':
      return showDone(world, await Supervisor.terminateChild(runtime, pid, id));
    case 'delete_child':
      return showDone(world, await Supervisor.deleteChild(runtime, pid, id));
    case 'get_childspec': {
      const spec = await Supervisor.getChildSpec(runtime, pid, id);
      if (spec === undefined) return '{error,not_found}';
      return `{ok,#spec:${spec.id},${spec.restart},${spec.shutdown},${spec.type},${spec.significant}}`;
    }
    case 'which': {
      const children = await Supervisor.whichChildren(runtime, pid);
      return `[${children.map((child) => `${child.id}=${showPid(world, child)}`).join(' ')}]`;
    }
    case 'count':
      return showCounts(await Supervisor.countChildren(runtime, pid));
    default:
      throw new Error(`there is no step ${name}`);
  }
}

async function askDynamic(
  world: World,
  { incarnation, pid }: Member,
  [name, key, subject]: Step,
): Promise<string> {
  const { runtime } = world;
  const simple = incarnation.kind === 'simple';
  switch (name) {
    case 'start_child': {
      const child = simple
        ? { ...world.templates.get(String(key)), id: subject as string }
        : (subject as ChildScript);
      if (!simple) replan(world, incarnation, child as ChildScript);
      const result = await DynamicSupervisor.startChild(
        runtime,
        pid,
        namelessSpec(world, incarnation, child as ChildScript),
      );
      if (result.kind === 'ignore') return simple ? '{ok,undefined}' : 'ignore';
      return showStarted(world, result, (reason) => world.show(reason));
    }
    case 'terminate_child': {
      const child = world.population.latest(keyOf(incarnation.key, subject as string))?.pid;
      return simple ? stopSimple(world, pid, child) : stopDynamic(world, pid, child);
    }
    case 'terminate_id':
    case 'restart_child':
    case 'delete_child':
      return refuse(world, pid, simple ? '{error,simple_one_for_one}' : '{error,not_found}');
    case 'which': {
      const children = await DynamicSupervisor.whichChildren(runtime, pid);
      return `[${children
        .map((child) => showPid(world, child))
        .sort()
        .join(' ')}]`;
    }
    case 'count': {
      const counts = await DynamicSupervisor.countChildren(runtime, pid);
      // OTP counts the template.
      return showCounts(simple ? { ...counts, specs: 1 } : counts);
    }
    default:
      throw new Error(`there is no step ${name} for a ${incarnation.kind} supervisor`);
  }
}

async function stopDynamic(world: World, supervisor: Pid, child: Pid | undefined): Promise<string> {
  if (child === undefined) return refuse(world, supervisor, '{error,not_found}');
  return showDone(world, await DynamicSupervisor.terminateChild(world.runtime, supervisor, child));
}

/** OTP: a dead pid is fine, as a child that has gone by itself. An id is none of a simple supervisor's words. */
async function stopSimple(world: World, supervisor: Pid, child: Pid | undefined): Promise<string> {
  if (child === undefined) return refuse(world, supervisor, '{error,simple_one_for_one}');
  const result = await DynamicSupervisor.terminateChild(world.runtime, supervisor, child);
  if (result.kind === 'ok') world.stoppedAlone.add(child);
  else if (!world.runtime.isAlive(child)) return 'ok';
  return showDone(world, result);
}

/**
 * What OTP's supervisor refuses and the runtime has no function for. The refusal comes when it is this request's turn, and not at
 * all if the supervisor ends before, so something harmless is asked in its place.
 */
async function refuse({ runtime }: World, supervisor: Pid, refusal: string): Promise<string> {
  await DynamicSupervisor.countChildren(runtime, supervisor);
  return refusal;
}

function replan(world: World, supervisor: Incarnation, { id, starts }: ChildScript): void {
  if (id !== undefined && starts !== undefined) world.plan.set(keyOf(supervisor.key, id), starts);
}

// OTP: a supervisor that refuses a child says why; one that failed to start it adds the child's record.
function isRefusal(reason: unknown): boolean {
  if (reason === 'alreadyPresent' || reason instanceof BadArgumentError) return true;
  return typeof reason === 'object' && reason !== null && 'alreadyStarted' in reason;
}

function showStarted(
  world: World,
  result: StartChildResult | Exclude<StartResult, { readonly kind: 'ignore' }>,
  showReason: (reason: unknown) => string,
): string {
  if (result.kind === 'error') return `{error,${showReason(result.reason)}}`;
  const pid = result.pid === undefined ? 'undefined' : world.show(result.pid);
  return result.extra === undefined ? `{ok,${pid}}` : `{ok,${pid},${world.show(result.extra)}}`;
}

function showDone(
  world: World,
  result: { readonly kind: 'ok' } | { readonly kind: 'error'; readonly reason: string },
): string {
  return result.kind === 'ok' ? 'ok' : `{error,${world.show(result.reason)}}`;
}

function showPid(world: World, { pid, status }: ChildDescription): string {
  if (pid !== undefined) return world.show(pid);
  return status === 'restarting' ? 'restarting' : '-';
}

function showCounts({ specs, active, supervisors, workers }: ChildCounts): string {
  return `${specs} ${active} ${supervisors} ${workers}`;
}
