import { NoProcessError } from '../errors.ts';
import type { ExitReason } from '../exit-reason.ts';
import { formatExitReason } from '../exit-reason-text.ts';
import { type Address, checkAddress } from '../name.ts';
import type { Pid } from '../pid.ts';
import { processOf } from '../process/process.ts';
import { processInfo } from '../process/process-info.ts';
import type { ChildDescription, ProgramDescription } from '../process/program.ts';
import { type Host, resolveHost } from '../runtime.ts';
import { inspected } from '../text.ts';

/** One process, or one child that does not run, in a snapshot of a supervision tree. Safe to turn into JSON. */
export interface TreeNode {
  /** `<0.12.0>`; undefined for a child that does not run. */
  readonly pid: string | undefined;
  /** The id its supervisor knows it by; undefined for the root and for children of a dynamic supervisor. */
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly label: string | undefined;
  /** `Supervisor`, `GenServer`, `Task`, …; undefined for a child that does not run. */
  readonly behaviour: string | undefined;
  readonly module: string | undefined;
  readonly kind: 'supervisor' | 'worker';
  readonly status: 'running' | 'waiting' | 'suspended' | 'restarting' | 'notRunning';
  readonly strategy: string | undefined;
  readonly restart: string | undefined;
  /** How often its supervisor has started it again. */
  readonly restarts: number;
  readonly lastExit: { readonly at: number; readonly reason: string } | undefined;
  /** A supervisor's restarts: made in all, within the window now, allowed within it. */
  readonly budget:
    | { readonly total: number; readonly inWindow: number; readonly allowed: number }
    | undefined;
  readonly trapsExit: boolean;
  readonly links: readonly string[];
  readonly monitors: readonly string[];
  readonly mailboxLength: number;
  readonly messagesHandled: number;
  readonly resources: number;
  /** How long it has been running, in ms. */
  readonly upMs: number;
  readonly details: Readonly<Record<string, unknown>>;
  readonly children: readonly TreeNode[];
}

const NOT_RUNNING = {
  pid: undefined,
  name: undefined,
  label: undefined,
  behaviour: undefined,
  module: undefined,
  strategy: undefined,
  budget: undefined,
  trapsExit: false,
  links: [],
  monitors: [],
  mailboxLength: 0,
  messagesHandled: 0,
  resources: 0,
  upMs: 0,
  details: {},
  children: [],
} as const;

/**
 * A snapshot of a supervision tree: the process and all below it, as they are at this moment. It is read off the processes,
 * who do not notice, so that a busy or suspended supervisor can be looked at too. `NoProcessError` if there is no such
 * process.
 */
export async function tree(host: Host, root: Address): Promise<TreeNode> {
  const { kernel } = resolveHost(host);
  const process = kernel.find(checkAddress(root));
  if (process === undefined) throw new NoProcessError(`there is no process ${String(root)} to inspect`);
  return nodeOf(process.pid, undefined, kernel.clock.now(), new Set());
}

/** `above` are the processes that it stands below: a start may answer any pid, and one that is above itself is not drawn for ever. */
function nodeOf(pid: Pid, child: Known | undefined, now: number, above: Set<Pid>): TreeNode {
  const process = processOf(pid);
  if (process === undefined) return absent(child);
  const info = processInfo(process);
  const { description } = info;
  return {
    ...own(child),
    pid: String(pid),
    name: info.name === undefined ? undefined : String(info.name),
    label: info.label ?? labelIn(description),
    behaviour: info.behaviour,
    module: description?.module,
    kind: description?.children === undefined ? 'worker' : 'supervisor',
    status: description?.suspended === true ? 'suspended' : info.status,
    strategy: description?.strategy,
    budget: description?.restarts,
    trapsExit: info.trapsExit,
    links: info.links.map(String),
    monitors: info.monitors.map(String),
    mailboxLength: info.mailboxLength,
    messagesHandled: info.messagesHandled,
    resources: info.resources,
    upMs: Math.round(now - info.startedAt),
    // What a process tells of itself may be anything, and must not keep the others from being seen.
    details: process.kernel.guard(() => plainDetails(description?.details ?? {})) ?? {},
    children: above.has(pid) ? [] : childrenOf(pid, description, now, above),
  };
}

function childrenOf(
  pid: Pid,
  description: ProgramDescription | undefined,
  now: number,
  above: Set<Pid>,
): TreeNode[] {
  if (!Array.isArray(description?.children)) return [];
  const dynamic = description.strategy === 'dynamic';
  above.add(pid);
  const nodes = description.children.map((each: ChildDescription) => {
    const known = dynamic ? { ...each, id: undefined } : each;
    return each.pid === undefined ? absent(known) : nodeOf(each.pid, known, now, above);
  });
  above.delete(pid);
  return nodes;
}

function labelIn(description: ProgramDescription | undefined): string | undefined {
  return typeof description?.label === 'string' ? description.label : undefined;
}

type Known = Omit<ChildDescription, 'id'> & { readonly id: string | undefined };

function own(child: Known | undefined): Pick<TreeNode, 'id' | 'restart' | 'restarts' | 'lastExit'> {
  return {
    id: child?.id,
    restart: child?.restart,
    restarts: child?.restarts ?? 0,
    lastExit: child?.lastExit === undefined ? undefined : plainExit(child.lastExit),
  };
}

function plainExit(exit: { readonly at: number; readonly reason: ExitReason }): {
  at: number;
  reason: string;
} {
  return { at: exit.at, reason: formatExitReason(exit.reason) };
}

/** As they are, as far as JSON has a way to say them; otherwise in words. */
function plainDetails(details: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(details).map(([key, value]) => [key, isJson(value) ? value : inspected(value)]),
  );
}

function isJson(value: unknown): boolean {
  try {
    return value === undefined || JSON.stringify(value) !== undefined;
  } catch {
    return false;
  }
}

function absent(child: Known | undefined): TreeNode {
  const status = child?.status === 'restarting' ? 'restarting' : 'notRunning';
  return { ...NOT_RUNNING, ...own(child), kind: child?.type ?? 'worker', status };
}
