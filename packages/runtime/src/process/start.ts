import { DeadProcessError } from '../errors.ts';
import type { ExitReason } from '../exit-reason.ts';
import { checkProcessName, type ProcessName, Via } from '../name.ts';
import type { Pid } from '../pid.ts';
import { endProcess } from './exit.ts';
import type { Kernel } from './kernel.ts';
import { unlink } from './link.ts';
import { ExitMessage } from './message.ts';
import { type Process, reasonOfThrow } from './process.ts';
import type { Program } from './program.ts';
import type { Self } from './self.ts';
import { createProcess } from './spawn.ts';
import { isThenable } from './thenable.ts';
import { EndWatch } from './watch.ts';

/** How a start went. `ignore` is no failure: the process had nothing to do and ended `'normal'`. */
export type StartResult =
  | { readonly kind: 'ok'; readonly pid: Pid; readonly extra?: unknown }
  | { readonly kind: 'ignore' }
  | { readonly kind: 'error'; readonly reason: ExitReason };

/** What a program's own initialisation came to. */
export type InitOutcome =
  | { readonly kind: 'ok' }
  | { readonly kind: 'ignore' }
  | { readonly kind: 'stop'; readonly reason: ExitReason }
  /** Its name belongs to another process; nothing has run. */
  | { readonly kind: 'taken'; readonly by: Pid | undefined };

/** A program that must be initialised before its starter may go on. */
export interface Startable extends Program {
  init(): InitOutcome | PromiseLike<InitOutcome>;
}

/** How a process is to be started. */
export interface StartOptions {
  /** The name to register; a start under a name that is taken answers `{ alreadyStarted: pid }` and runs no `init`. */
  readonly name?: ProcessName;
  /** How long `init` may take, in ms, before the process is killed and the start fails with `'timeout'`. */
  readonly timeout?: number | 'infinity';
  /** What the process is for, in trees and reports. */
  readonly label?: string;
}

/** The outcome of an `init` that went well. */
export const INIT_OK: InitOutcome = { kind: 'ok' };

/**
 * Starts a process and waits until it is initialised, as `proc_lib:start_link` does.
 *
 * The starter waits anyway, so a synchronous `init` runs at once on its stack, and the result comes without a promise. A
 * process that fails to start is quite gone when the result is there: its name is free, and a starter that traps exits
 * finds no exit message of it (OTP 26); one that does not trap exits dies with it.
 */
export function startProcess(
  kernel: Kernel,
  parent: Process | undefined,
  linked: boolean,
  timeoutMs: number,
  options: StartOptions,
  makeProgram: (self: Self, process: Process) => Startable,
): StartResult | Promise<StartResult> {
  if (parent !== undefined && !parent.alive)
    throw new DeadProcessError(`${parent.pid} has ended and cannot start a process`);
  const holder = options.name === undefined ? undefined : kernel.find(checkProcessName(options.name));
  if (holder !== undefined) return { kind: 'error', reason: { alreadyStarted: holder.pid } };

  const process = createProcess(kernel, parent, linked, makeProgram);
  process.busy = true;
  const outcome = runInit(process, options);
  if (!isThenable(outcome)) return settle(process, parent, outcome);
  return new Promise((resolve) => {
    // Whatever comes first: the outcome, the death of the process, the end of its time.
    const watch = new EndWatch(undefined, (ended) => {
      if (!ended.ended) {
        // OTP: unlinked first, so that the starter survives also when it does not trap exits.
        if (parent !== undefined) unlink(parent, process.pid);
        resolve(settle(process, parent, { kind: 'stop', reason: 'timeout' }, 'killed'));
        return;
      }
      consumeExit(process, parent);
      resolve({ kind: 'error', reason: ended.reason });
    });
    watch.attach(process);
    if (timeoutMs !== Number.POSITIVE_INFINITY) kernel.timers.arm(watch, timeoutMs, true);
    const finish = (result: InitOutcome): void => {
      if (!watch.detach()) return;
      kernel.timers.cancel(watch);
      resolve(settle(process, parent, result));
    };
    outcome.then(finish, (thrown) => finish({ kind: 'stop', reason: reasonOfThrow(thrown) }));
  });
}

function runInit(process: Process, { name, label }: StartOptions): InitOutcome | PromiseLike<InitOutcome> {
  try {
    const shown = label ?? (name instanceof Via ? String(name) : undefined);
    if (shown !== undefined) process.extras.label = shown;
    return process.within(initOf, process, name);
  } catch (thrown) {
    return { kind: 'stop', reason: reasonOfThrow(thrown) };
  }
}

function initOf(process: Process, name: ProcessName | undefined): InitOutcome | PromiseLike<InitOutcome> {
  const { kernel } = process;
  if (!(name instanceof Via)) {
    if (name !== undefined) kernel.register(name, process.pid);
  } else if (!kernel.claim(name, process)) {
    return { kind: 'taken', by: kernel.whereis(name) };
  }
  return (process.program as Startable).init();
}

function settle(
  process: Process,
  parent: Process | undefined,
  outcome: InitOutcome,
  exitReason?: ExitReason,
): StartResult {
  if (!process.alive) {
    consumeExit(process, parent);
    return { kind: 'error', reason: process.exitReason };
  }
  if (outcome.kind === 'ok') {
    process.busy = false;
    if (!process.scheduled && process.isReady()) process.kernel.scheduler.requestSoon(process);
    return { kind: 'ok', pid: process.pid };
  }
  if (parent?.trapsExit === true) unlink(parent, process.pid);
  if (outcome.kind !== 'stop') {
    endProcess(process, 'normal', false);
    return outcome.kind === 'ignore' ? outcome : { kind: 'error', reason: { alreadyStarted: outcome.by } };
  }
  endProcess(process, exitReason ?? outcome.reason, false);
  return { kind: 'error', reason: outcome.reason };
}

function consumeExit(process: Process, parent: Process | undefined): void {
  parent?.take((message) => message instanceof ExitMessage && message.from === process.pid);
}
