import { type ExitReason, isCleanExit } from '../exit-reason.ts';
import type { Pid } from '../pid.ts';
import { excluding, members } from './few.ts';
import { ExitMessage } from './message.ts';
import type { Process } from './process.ts';

/**
 * Sends an exit signal to a process. OTP, "Receiving exit signals":
 *
 * - `'kill'` ends it with `'killed'`, trapped or not;
 * - a process that traps exits gets a message instead;
 * - `'normal'` from another process is nothing, from itself it is the end;
 * - any other reason ends it.
 */
export function signalExit(target: Process, from: Pid | undefined, reason: ExitReason): void {
  if (reason === 'kill') endProcess(target, 'killed', false);
  else if (target.trapsExit) target.deliver(new ExitMessage(from, reason));
  else if (reason !== 'normal' || from === target.pid) endProcess(target, reason, false);
}

/** The exit signal of a link: `'kill'` is an ordinary reason here, since it was not sent but has happened. */
function signalLinkedExit(target: Process, from: Pid, reason: ExitReason): void {
  if (target.trapsExit) target.deliver(new ExitMessage(from, reason));
  else if (reason !== 'normal') endProcess(target, reason, false);
}

/**
 * Ends a process. The first reason wins: nothing happens to one that has ended.
 *
 * From here on the process is dead for everybody, though its code may still be on the stack or come back from an await:
 * it can act no more. Its name is free before anybody learns of its death. `ownDoing` says that its code ended it, which
 * is reported as a crash unless the reason is clean; an end by signal is reported by who sent it, if at all.
 */
export function endProcess(process: Process, reason: ExitReason, ownDoing: boolean): void {
  if (!process.alive) return;
  const { kernel } = process;
  process.alive = false;
  process.exitReason = reason;
  process.pid.occupant = undefined;
  kernel.forget(process);
  if (ownDoing && !isCleanExit(reason)) kernel.reportCrash(process, reason);
  kernel.reportExit(process, reason);
  // Deaths that follow from this one are worked off one after another: a chain of links may be any length.
  if (kernel.ended !== undefined) {
    kernel.ended.push(process);
    return;
  }
  const ended: Process[] = [];
  kernel.ended = ended;
  try {
    release(process);
    for (let index = 0; index < ended.length; index++) release(ended[index] as Process);
  } finally {
    kernel.ended = undefined;
  }
}

/** Gives back what the process held and tells those who asked. */
function release(process: Process): void {
  const { kernel, links, watchers, watching, resources, timers, abort } = process;
  const reason = process.exitReason;
  process.abandon();
  process.receiver?.cancel();
  process.program = undefined;
  process.links = process.watchers = process.watching = process.resources = undefined;
  if (timers !== undefined) process.extras.timers = undefined;
  if (process.dictionary !== undefined) process.extras.dictionary = undefined;
  if (timers !== undefined) for (const timer of members(timers)) kernel.timers.cancel(timer);
  if (watching !== undefined) {
    for (const watch of members(watching)) {
      kernel.timers.cancel(watch);
      watch.detach();
    }
  }
  if (resources !== undefined)
    for (const resource of members(resources)) kernel.guard(() => resource.close());
  if (abort !== undefined) kernel.guard(() => abort.abort(reason));
  if (links !== undefined) {
    for (const linked of members(links)) {
      linked.links = excluding(linked.links, process);
      if (linked.alive) signalLinkedExit(linked, process.pid, reason);
    }
  }
  if (watchers !== undefined) {
    for (const watch of members(watchers)) {
      watch.target = undefined;
      watch.forget();
      kernel.timers.cancel(watch);
      // An owner that has died of this very end is not to go on, though its own release is still to come.
      if (watch.owner === undefined || watch.owner.alive) watch.down(reason);
    }
  }
}
