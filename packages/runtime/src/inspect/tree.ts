import { NoProcessError } from '../errors.ts';
import { isError } from '../exit-reason.ts';
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
  return nodeOf(process.pid, undefined, undefined, process.kernel.clock.now(), new Set());
}

/** `above` are the processes that it stands below: a start may answer any pid, and one that is above itself is not drawn for ever. */
function nodeOf(
  pid: Pid,
  child: ChildDescription | undefined,
  id: string | undefined,
  now: number,
  above: Set<Pid>,
): TreeNode {
  const process = processOf(pid);
  if (process === undefined) return absent(child, id);
  const info = processInfo(process);
  const { description } = info;
  // One literal, in the order of the type: of what is put together bit by bit, a big tree is seconds of garbage.
  return {
    pid: String(pid),
    id,
    name: info.name === undefined ? undefined : String(info.name),
    label: info.label ?? labelIn(description),
    behaviour: info.behaviour,
    module: description?.module,
    kind: description?.children === undefined ? 'worker' : 'supervisor',
    status: description?.suspended === true ? 'suspended' : info.status,
    strategy: description?.strategy,
    restart: child?.restart,
    restarts: child?.restarts ?? 0,
    lastExit: plainExit(child),
    budget: description?.restarts,
    trapsExit: info.trapsExit,
    links: info.links.map(String),
    monitors: info.monitors.map(String),
    mailboxLength: info.mailboxLength,
    messagesHandled: info.messagesHandled,
    resources: info.resources,
    upMs: Math.round(now - info.startedAt),
    // What a process tells of itself may be anything, and must not keep the others from being seen.
    details: process.kernel.guard(() => plainDetails(description?.details)) ?? {},
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
  const isDynamic = description.strategy === 'dynamic';
  above.add(pid);
  const nodes = description.children.map((each: ChildDescription) => {
    const id = isDynamic ? undefined : each.id;
    return each.pid === undefined ? absent(each, id) : nodeOf(each.pid, each, id, now, above);
  });
  above.delete(pid);
  return nodes;
}

function labelIn(description: ProgramDescription | undefined): string | undefined {
  return typeof description?.label === 'string' ? description.label : undefined;
}

function plainExit(child: ChildDescription | undefined): TreeNode['lastExit'] {
  const exit = child?.lastExit;
  return exit && { at: exit.at, reason: formatExitReason(exit.reason) };
}

/** A copy, as far as JSON has a way to say what there is; otherwise in words. */
function plainDetails(details: Readonly<Record<string, unknown>> | undefined): TreeNode['details'] {
  if (details === undefined || details === null) return NOT_RUNNING.details;
  return Object.fromEntries(Object.entries(details).map(([key, value]) => [key, plain(value)]));
}

function plain(value: unknown): unknown {
  if (isSimple(value)) return value;
  try {
    // Of an invalid date it says null.
    return (isSaid(value) ? JSON.parse(JSON.stringify(value)) : null) ?? inspected(value);
  } catch {
    // It goes round in a circle, or its own code has thrown.
    return inspected(value);
  }
}

function isSimple(value: unknown): boolean {
  return (
    (value ?? undefined) === undefined ||
    ['string', 'boolean'].includes(typeof value) ||
    Number.isFinite(value)
  );
}

/** Whether JSON says all of it: of a `Map` or an error it would say that it is empty, and of no number that it is nothing. */
function isSaid(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return isSimple(value);
  if (ArrayBuffer.isView(value) || isError(value)) return false;
  if (typeof Reflect.get(value, 'toJSON') === 'function') return true;
  if (Array.isArray(value)) return value.every(isSaid);
  const members = Object.values(value);
  return members.length === 0 ? isPlain(value) : members.every(isSaid);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function absent(child: ChildDescription | undefined, id: string | undefined): TreeNode {
  const status = child?.status === 'restarting' ? 'restarting' : 'notRunning';
  const { type = 'worker', restart, restarts = 0 } = child ?? {};
  return { ...NOT_RUNNING, id, restart, restarts, lastExit: plainExit(child), kind: type, status };
}
