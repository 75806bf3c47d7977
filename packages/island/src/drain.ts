import { DynamicSupervisor, type Pid, type Self } from '@thousand-island/runtime';
import { DRAIN } from './connection-state.ts';
import type { DrainReport } from './events.ts';

/** How connections are drained; times in ms. */
export interface DrainPlan {
  /** How long connections have to end after the last of them was told; 0 kills them untold. */
  readonly timeoutMs: number;
  /** Over how long they are told, in batches; 0 tells all at once. */
  readonly windowMs: number;
  /** Tells one connection. */
  readonly tell: (self: Self, connection: Pid) => void;
  /** Breaks off the starts that these ConnectionSupervisors are at: until then they answer nobody. */
  readonly giveUpStarts: (supervisors: readonly Pid[]) => void;
}

/** How a drain goes while it is under way. */
export type DrainProgress = { -readonly [Count in keyof DrainReport]: DrainReport[Count] };

/** How long a connection that is just being started may take for it, or a resume that is under way, in ms. */
export const START_MS = 5_000;

/** Batches are at least so far apart, in ms: more often would only cost timers. */
const BATCH_MS = 50;

/** How many connections are told at a time, and how far apart: evenly over the window. Pure. */
export function drainBatches(
  count: number,
  windowMs: number,
): { readonly size: number; readonly everyMs: number } {
  const batches = Math.max(1, Math.min(count, Math.ceil(windowMs / BATCH_MS)));
  const size = Math.max(1, Math.ceil(count / batches));
  return { size, everyMs: windowMs / Math.max(1, Math.ceil(count / size)) };
}

/**
 * Tells all connections of these ConnectionSupervisors to end, waits for them, and kills those that are left when the time
 * is up. The time is one for all, however many acceptors there are. Counts in `progress` as it goes.
 */
export async function drain(
  self: Self,
  supervisors: readonly Pid[],
  plan: DrainPlan,
  progress: DrainProgress,
): Promise<void> {
  const connections = await connectionsOf(self, supervisors, plan);
  const left = new Map(connections.map((pid) => [self.monitor(pid), pid]));
  if (plan.timeoutMs > 0) {
    await tellAll(self, left, plan, progress);
    await ends(self, left, self.now + plan.timeoutMs, progress);
  }
  progress.forced = left.size;
  for (const pid of left.values()) self.sendExit(pid, 'kill');
  for (const ref of left.keys()) self.demonitor(ref, { flush: true });
}

async function connectionsOf(self: Self, supervisors: readonly Pid[], plan: DrainPlan): Promise<Pid[]> {
  const timer = self.callAfter(Math.min(START_MS, plan.timeoutMs), () => plan.giveUpStarts(supervisors));
  const lists = await Promise.all(
    supervisors.map((supervisor) => DynamicSupervisor.whichChildren(self, supervisor).catch(() => [])),
  );
  self.cancelTimer(timer);
  return lists.flat().flatMap((child) => child.pid ?? []);
}

/** Tells them batch by batch; one that has ended before its turn was never told. */
async function tellAll(
  self: Self,
  left: Map<object, Pid>,
  { windowMs, tell }: DrainPlan,
  progress: DrainProgress,
): Promise<void> {
  const untold = new Map(left);
  const { size, everyMs } = drainBatches(untold.size, windowMs);
  const startedAt = self.now;
  for (let batch = 1; untold.size > 0; batch++) {
    for (const [ref, pid] of [...untold].slice(0, size)) {
      untold.delete(ref);
      tell(self, pid);
      progress.told++;
    }
    if (untold.size > 0) await ends(self, left, startedAt + batch * everyMs, progress, untold);
  }
}

/** Takes note of those that end, until the time has come or all have. */
async function ends(
  self: Self,
  left: Map<object, Pid>,
  until: number,
  progress: DrainProgress,
  untold?: Map<object, Pid>,
): Promise<void> {
  while (left.size > 0) {
    const timeout =
      until === Number.POSITIVE_INFINITY ? 'infinity' : Math.max(0, Math.ceil(until - self.now));
    const down = await self.receive<{ readonly ref: object }>({ timeout, match: isDownOf(left) });
    if (down === undefined) return;
    left.delete(down.ref);
    if (untold?.delete(down.ref) !== true) progress.finished++;
  }
}

function isDownOf(left: Map<object, Pid>): (message: unknown) => boolean {
  return (message) => {
    return (
      typeof message === 'object' && message !== null && 'ref' in message && left.has(message.ref as object)
    );
  };
}

/** Tells a process that knows nothing of us, as a supervisor would. */
export function tellProcess(self: Self, connection: Pid): void {
  self.sendExit(connection, 'shutdown');
}

/** Tells a ConnectionWorker: the handler decides what it makes of it. */
export function tellWorker(self: Self, connection: Pid): void {
  self.send(connection, DRAIN);
}
