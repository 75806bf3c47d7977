import type { Name } from '../name.ts';
import type { Pid } from '../pid.ts';
import { countOf, members } from './few.ts';
import type { Process } from './process.ts';
import type { ProgramDescription } from './program.ts';

/** One process at one moment. OTP: `process_info/1`. */
export interface ProcessInfo {
  readonly pid: Pid;
  readonly parent: Pid | undefined;
  readonly name: Name | undefined;
  readonly label: string | undefined;
  readonly behaviour: string;
  /** `running`: in a callback or with messages to handle; `waiting`: for the next message. */
  readonly status: 'running' | 'waiting';
  readonly trapsExit: boolean;
  readonly links: readonly Pid[];
  /** Who it monitors, and who monitors it. Calls that wait for an answer are monitors too. */
  readonly monitors: readonly Pid[];
  readonly monitoredBy: readonly Pid[];
  readonly mailboxLength: number;
  readonly messagesHandled: number;
  readonly resources: number;
  readonly timers: number;
  /** On the runtime's clock, in ms. */
  readonly startedAt: number;
  readonly description: ProgramDescription | undefined;
}

/** Reads it off the process, which does not notice. @internal */
export function processInfo(process: Process): ProcessInfo {
  const { pid, parent, name, label, trapsExit, mailbox, program, startedAt } = process;
  return {
    pid,
    parent,
    name,
    label,
    behaviour: program?.behaviour ?? 'Process',
    status: process.busy || mailbox.length > 0 ? 'running' : 'waiting',
    trapsExit,
    links: Array.from(members(process.links), (linked) => linked.pid),
    monitors: Array.from(members(process.watching), (watch) => watch.target?.pid).filter(
      (target) => target !== undefined,
    ),
    monitoredBy: Array.from(members(process.watchers), (watch) => watch.owner?.pid).filter(
      (owner) => owner !== undefined,
    ),
    mailboxLength: mailbox.length,
    messagesHandled: process.handled,
    resources: countOf(process.resources),
    timers: countOf(process.timers),
    startedAt,
    description: process.kernel.guard(() => program?.describe?.()),
  };
}
