import { DynamicSupervisor, type Pid, type Self } from '@thousand-island/runtime';
import { DRAIN } from './connection-state.ts';
import type { DrainReport } from './events.ts';

/**
 * Tells all connections of these ConnectionSupervisors to end, waits for them, and kills those that are left when the time
 * is up. All are told at once: the time is one for all, however many acceptors there are.
 */
export async function drain(
  self: Self,
  supervisors: readonly Pid[],
  timeoutMs: number,
): Promise<DrainReport> {
  const lists = await Promise.all(
    supervisors.map((supervisor) => DynamicSupervisor.whichChildren(self, supervisor).catch(() => [])),
  );
  const connections = lists.flat().flatMap((child) => child.pid ?? []);
  const left = new Map(connections.map((pid) => [self.monitor(pid), pid]));
  if (timeoutMs > 0) {
    for (const pid of connections) self.send(pid, DRAIN);
    await ended(self, left, timeoutMs);
  }
  const forced = left.size;
  for (const pid of left.values()) self.sendExit(pid, 'kill');
  for (const ref of left.keys()) self.demonitor(ref, { flush: true });
  return { told: timeoutMs > 0 ? connections.length : 0, finished: connections.length - forced, forced };
}

async function ended(self: Self, left: Map<object, Pid>, timeoutMs: number): Promise<void> {
  const until = self.now + timeoutMs;
  while (left.size > 0) {
    const timeout =
      until === Number.POSITIVE_INFINITY ? 'infinity' : Math.max(0, Math.ceil(until - self.now));
    const down = await self.receive<{ readonly ref: object }>({ timeout, match: isDownOf(left) });
    if (down === undefined) return;
    left.delete(down.ref);
  }
}

function isDownOf(left: Map<object, Pid>): (message: unknown) => boolean {
  return (message) => {
    return (
      typeof message === 'object' && message !== null && 'ref' in message && left.has(message.ref as object)
    );
  };
}
