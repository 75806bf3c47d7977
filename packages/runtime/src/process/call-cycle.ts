import type { Pid } from '../pid.ts';
import { isInitialising } from './ancestry.ts';
import { members } from './few.ts';
import { type Process, processOf } from './process.ts';
import type { Watch } from './watch.ts';

/** The search is given up after so many processes: it explains a wait, and is not to become one. */
const MOST_PROCESSES = 200;

/**
 * The cycle that a call from `caller` to `target` closes: `target` waits for an answer or an `init` of somebody who waits
 * … for `caller`. The pids from `target` to `caller`, or undefined if there is none.
 *
 * A callback that waits for something else, and has only sent its call on the way, looks the same: a cycle is an explanation
 * for an answer that has not come, and no proof that it never will.
 */
export function callCycle(
  caller: Process,
  target: Process,
  isCall: (watch: Watch) => boolean,
): readonly Pid[] | undefined {
  // Nearly every call: who is at rest waits for nobody. A supervisor that starts its caller may not look busy yet.
  if (!target.busy && !isInitialising(caller)) return undefined;
  // Each waiting process with the one it waits for. A map lets its entries grow while they are walked through.
  const waitsFor = new Map<Process, Process | undefined>([[caller, undefined]]);
  for (const [process] of waitsFor) {
    if (process === target) return pathFrom(target, waitsFor);
    if (waitsFor.size > MOST_PROCESSES) return undefined;
    const starter = isInitialising(process) && process.parent !== undefined && processOf(process.parent);
    if (starter && !waitsFor.has(starter)) waitsFor.set(starter, process);
    for (const watch of members(process.watchers)) {
      const { owner } = watch;
      if (owner?.busy === true && isCall(watch) && !waitsFor.has(owner)) waitsFor.set(owner, process);
    }
  }
  return undefined;
}

function pathFrom(target: Process, waitsFor: ReadonlyMap<Process, Process | undefined>): Pid[] {
  const path: Pid[] = [];
  for (let process: Process | undefined = target; process !== undefined; process = waitsFor.get(process)) {
    path.push(process.pid);
  }
  return path;
}
