import { BadArgumentError, NoProcessError } from '../errors.ts';
import type { Address } from '../name.ts';
import { Pid } from '../pid.ts';
import { excluding, including } from './few.ts';
import { DownMessage, ExitMessage } from './message.ts';
import { type Process, processOf } from './process.ts';
import { Monitor } from './watch.ts';

/** Links two live processes. Links are a set: linking twice is linking once, and a process is never linked to itself. */
export function linkProcesses(one: Process, other: Process): void {
  if (one === other) return;
  one.links = including(one.links, other);
  other.links = including(other.links, one);
}

/** OTP: `link/1`. A dead pid is an exit message for a process that traps exits, and an error for any other. */
export function link(process: Process, pid: Pid): void {
  if (!(pid instanceof Pid)) throw BadArgumentError.of('pid', 'a pid', pid);
  const target = processOf(pid);
  if (target !== undefined) linkProcesses(process, target);
  else if (process.trapsExit) process.deliver(new ExitMessage(pid, 'noproc'));
  else throw new NoProcessError(`${pid} has ended and cannot be linked to`);
}

/** OTP: `unlink/1`. The link is gone on both sides; what it has brought already stays in the mailbox. */
export function unlink(process: Process, pid: Pid): void {
  const target = processOf(pid);
  if (target === undefined) return;
  process.links = excluding(process.links, target);
  target.links = excluding(target.links, process);
}

/** OTP: `monitor/2`. Each call is a monitor of its own. A process never hears of its own end. */
export function monitor(process: Process, target: Address): Monitor {
  const found = process.kernel.find(target);
  const watch = new Monitor(process, target);
  if (found === undefined) process.deliver(new DownMessage(watch, target, 'noproc'));
  else if (found !== process) watch.attach(found);
  return watch;
}
