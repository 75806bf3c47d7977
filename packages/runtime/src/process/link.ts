import { checkFlag, checkOptions, checkPid } from '../arguments.ts';
import { BadArgumentError, NoProcessError } from '../errors.ts';
import type { Address } from '../name.ts';
import type { Pid } from '../pid.ts';
import { Ref } from '../ref.ts';
import { type AliasLife, AliasMonitor } from './alias.ts';
import { excluding, including } from './few.ts';
import { DownMessage, ExitMessage, TaggedDownMessage } from './message.ts';
import { type Process, processOf } from './process.ts';
import { Monitor, type MonitorOptions } from './watch.ts';

const ALIAS_LIVES: readonly AliasLife[] = ['explicitUnalias', 'demonitor', 'replyDemonitor'];

/** How a monitor is taken back. */
export interface DemonitorOptions {
  /** Takes the message that tells of the end out of the mailbox too, if it waits there. */
  readonly flush?: boolean;
}

/** Links two live processes. Links are a set: linking twice is linking once, and a process is never linked to itself. */
export function linkProcesses(one: Process, other: Process): void {
  if (one === other) return;
  one.links = including(one.links, other);
  other.links = including(other.links, one);
}

/** OTP: `link/1`. A dead pid is an exit message for a process that traps exits, and an error for any other. */
export function link(process: Process, pid: Pid): void {
  const target = processOf(checkPid(pid));
  if (target !== undefined) linkProcesses(process, target);
  else if (process.trapsExit) process.deliver(new ExitMessage(pid, 'noproc'));
  else throw new NoProcessError(`${pid} has ended and cannot be linked to`);
}

/** OTP: `unlink/1`. The link is gone on both sides; what it has brought already stays in the mailbox. */
export function unlink(process: Process, pid: Pid): void {
  const target = processOf(checkPid(pid));
  if (target === undefined) return;
  process.links = excluding(process.links, target);
  target.links = excluding(target.links, process);
}

/** OTP: `monitor/3`. Each call is a monitor of its own. A process never hears of its own end. */
export function monitor(process: Process, target: Address, options?: MonitorOptions): Monitor {
  const found = process.kernel.find(target);
  const watch = makeMonitor(process, target, options);
  if (found === undefined) watch.down('noproc');
  else if (found !== process) watch.attach(found);
  return watch;
}

/** A monitor that watches nobody yet. */
function makeMonitor(process: Process, object: Address, options?: MonitorOptions): Monitor {
  checkMonitorOptions(options);
  return options?.alias === undefined
    ? new Monitor(process, object, options)
    : new AliasMonitor(process, object, options);
}

/** Refuses options that cannot be meant. */
export function checkMonitorOptions(options: MonitorOptions | undefined): void {
  if (options === undefined) return;
  const { alias } = checkOptions('a monitor', options, ['alias', 'tag']);
  if (alias === undefined || ALIAS_LIVES.includes(alias)) return;
  throw BadArgumentError.of('alias', `one of ${ALIAS_LIVES.join(', ')}`, alias);
}

/** OTP: `demonitor/2`, which answers as with `info`. Whether the monitor was active and the process' own. */
export function demonitor(process: Process, ref: Ref, options: DemonitorOptions = {}): boolean {
  if (!(ref instanceof Ref)) throw BadArgumentError.of('ref', 'the reference of a monitor', ref);
  checkFlag('flush', checkOptions('demonitor', options, ['flush']).flush);
  if (!(ref instanceof Monitor) || ref.owner !== process) return false;
  const active = ref.detach();
  if (options.flush === true) process.take((message) => isDown(message) && message.ref === ref);
  return active;
}

function isDown(message: unknown): message is DownMessage | TaggedDownMessage {
  return message instanceof DownMessage || message instanceof TaggedDownMessage;
}
