import type { SupervisorReport } from '../events.ts';
import type { ExitReason } from '../exit-reason.ts';
import type { Pid } from '../pid.ts';
import type { Self } from '../process/self.ts';

/** Tells those who look on what a supervisor has seen of a child. */
export function report(
  supervisor: Self,
  context: SupervisorReport['context'],
  reason: ExitReason,
  id: string | undefined,
  pid: Pid | undefined,
): void {
  const { events } = supervisor.process.kernel;
  if (!events.topics['supervisor:report'].isWanted) return;
  events.publish('supervisor:report', { supervisor: supervisor.pid, context, reason, id, pid });
}

/** Tells those who look on that a child has been started. */
export function reportProgress(supervisor: Self, id: string | undefined, pid: Pid): void {
  const { events } = supervisor.process.kernel;
  if (!events.topics['supervisor:progress'].isWanted) return;
  events.publish('supervisor:progress', { supervisor: supervisor.pid, id, pid });
}

/** Tells those who look on that a supervisor was sent something that is none of its business. */
export function reportUnhandled(supervisor: Self, message: unknown): void {
  const { events } = supervisor.process.kernel;
  const { pid } = supervisor;
  if (events.wants('message:unhandled')) events.publish('message:unhandled', { pid, to: pid, message });
}
