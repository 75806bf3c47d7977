import type { Name } from '../name.ts';
import type { Pid } from '../pid.ts';
import { type Process, processOf } from './process.ts';

/**
 * Who started the process, who started that one, and so on; by their names where they have one. It ends with the first that
 * lives no more: a process does not keep the dead in memory. OTP: `$ancestors`.
 */
export function ancestorsOf(process: Process): (Pid | Name)[] {
  const ancestors: (Pid | Name)[] = [];
  for (let pid = process.parent; pid !== undefined; ) {
    const parent = processOf(pid);
    ancestors.push(parent?.name ?? pid);
    pid = parent?.parent;
  }
  return ancestors;
}

/** What the process began with: `counter.init`, or the name of its function. OTP: `proc_lib:initial_call/1`. */
export function initialCallOf(process: Process): string {
  return process.program?.initialCall?.() ?? process.program?.behaviour ?? 'Process';
}

/** Whether the process has not finished its `init`: it is busy, and no message has been handled yet. */
export function isInitialising(process: Process): boolean {
  return process.busy && process.handled === 0;
}
