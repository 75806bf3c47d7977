import type { Pid } from '../pid.ts';
import type { Child } from './child.ts';

/** How many children there are: specs, running ones, and of which type, running or not. OTP: `count_children/1`. */
export interface ChildCounts {
  readonly specs: number;
  readonly active: number;
  readonly supervisors: number;
  readonly workers: number;
}

/** Counts by spec; active are those with a process that `isActive` says to be one. */
export function countChildren(children: Iterable<Child>, isActive: (pid: Pid) => boolean): ChildCounts {
  const counts = { specs: 0, active: 0, supervisors: 0, workers: 0 };
  for (const { spec, runningPid } of children) {
    counts.specs++;
    if (runningPid !== undefined && isActive(runningPid)) counts.active++;
    if (spec.type === 'supervisor') counts.supervisors++;
    else counts.workers++;
  }
  return counts;
}
