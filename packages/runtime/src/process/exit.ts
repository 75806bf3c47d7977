import { type ExitReason, isCleanExit } from '../exit-reason.ts';
import type { Pid } from '../pid.ts';
import { isTraced, ownerOfContext } from './containment.ts';
import type { Extras } from './extras.ts';
import { each, excluding } from './few.ts';
import type { Kernel } from './kernel.ts';
import { ExitMessage } from './message.ts';
import type { Process, Resource } from './process.ts';
import type { Timer } from './timer-queue.ts';
import type { Watch } from './watch.ts';

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
  if (kernel.releasing) {
    kernel.ended ??= [];
    kernel.ended.push(process);
    return;
  }
  kernel.releasing = true;
  try {
    release(process);
    const { ended } = kernel;
    if (ended !== undefined)
      for (let index = 0; index < ended.length; index++) release(ended[index] as Process);
  } finally {
    kernel.releasing = false;
    kernel.ended = undefined;
  }
}

/** Gives back what the process held and tells those who asked. */
function release(process: Process): void {
  const { links, watchers, watching, resources, rareExtras } = process;
  process.abandon();
  process.program = undefined;
  process.links = process.watchers = process.watching = process.resources = undefined;
  if (rareExtras !== undefined) releaseExtras(process, rareExtras);
  if (watching !== undefined) each(watching, giveUp, process);
  if (resources !== undefined) each(resources, close, process);
  if (rareExtras?.abort !== undefined) abort(process, rareExtras.abort);
  if (links !== undefined) each(links, tellLinked, process);
  if (watchers !== undefined) each(watchers, tellWatcher, process);
}

function releaseExtras({ kernel }: Process, extras: Extras): void {
  const { timers } = extras;
  extras.receiver?.cancel();
  extras.timers = extras.dictionary = undefined;
  if (timers !== undefined) each(timers, cancel, kernel);
}

function cancel(timer: Timer, kernel: Kernel): void {
  if (!kernel.timers.cancel(timer)) timer.cancelElsewhere();
}

function giveUp(watch: Watch, { kernel }: Process): void {
  if (!kernel.timers.cancel(watch)) watch.cancelElsewhere();
  watch.detach();
}

function close(resource: Resource, process: Process): void {
  guardInScope(process, () => resource.close());
}

function abort(process: Process, controller: AbortController): void {
  guardInScope(process, () => controller.abort(process.exitReason));
}

/** What it starts is the doing of the process that has ended, and not of the one that happens to have ended it. */
function guardInScope(process: Process, code: () => void): void {
  const { kernel } = process;
  const isElsewhere = isTraced() && ownerOfContext() !== process;
  kernel.guard(isElsewhere ? () => process.scope.runInAsyncScope(code) : code);
}

function tellLinked(linked: Process, process: Process): void {
  linked.links = excluding(linked.links, process);
  if (linked.alive) signalLinkedExit(linked, process.pid, process.exitReason);
}

function tellWatcher(watch: Watch, process: Process): void {
  watch.target = undefined;
  watch.forget();
  process.kernel.timers.cancel(watch);
  // An owner that has died of this very end is not to go on, though its own release is still to come.
  if (watch.owner !== undefined && !watch.owner.alive) return;
  try {
    watch.down(process.exitReason);
  } catch (error) {
    // Whatever one who is told makes of it, the others are told too.
    process.kernel.events.publish('callback:failed', { error });
  }
}
