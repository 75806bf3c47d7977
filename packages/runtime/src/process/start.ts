import { checkLabel, checkOptions } from '../arguments.ts';
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
import { createProcess, install } from './spawn.ts';
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

const START_OPTIONS = ['name', 'timeout', 'label'];

/** Refuses what is no option of a start; `others` are those that a behaviour has besides. What is used at once is checked where it is used. */
export function checkStartOptions(options: StartOptions | undefined, others: readonly string[] = []): void {
  if (options === undefined) return;
  checkOptions('a start', options, [...START_OPTIONS, ...others]);
  if (options.label !== undefined) checkLabel(options.label);
}

/** The outcome of an `init` that went well. */
export const INIT_OK: InitOutcome = { kind: 'ok' };

/**
 * The first half of a start: makes the process, if its name is free, or answers why not. Who starts it makes its program and
 * goes on with `finishStart` at once.
 */
export function beginStart(
  kernel: Kernel,
  parent: Process | undefined,
  linked: boolean,
  name: ProcessName | undefined,
): Process | StartResult {
  if (parent !== undefined && !parent.alive)
    throw new DeadProcessError(`${parent.pid} has ended and cannot start a process`);
  const holder = name === undefined ? undefined : kernel.find(checkProcessName(name));
  if (holder !== undefined) return { kind: 'error', reason: { alreadyStarted: holder.pid } };
  return createProcess(kernel, parent, linked);
}

/**
 * The second half: gives the process its program and waits until that is initialised, as `proc_lib:start_link` does.
 *
 * The starter waits anyway, so a synchronous `init` runs at once on its stack, and the result comes without a promise. A
 * process that fails to start is quite gone when the result is there: its name is free, and a starter that traps exits
 * finds no exit message of it (OTP 26); one that does not trap exits dies with it.
 */
export function finishStart(
  process: Process,
  program: Startable,
  parent: Process | undefined,
  timeoutMs: number,
  options: StartOptions,
): StartResult | Promise<StartResult> {
  install(process, program);
  process.busy = true;
  const outcome = runInit(process, program, options);
  // Nearly every start, and no question that has to be asked of it.
  if (outcome === INIT_OK) return settle(process, parent, INIT_OK);
  return isThenable(outcome)
    ? settleLater(process, parent, timeoutMs, outcome)
    : settle(process, parent, outcome);
}

// A function of its own, as everywhere here where something has to wait: what closures share is made when their function
// is entered, and most starts need none.
function settleLater(
  process: Process,
  parent: Process | undefined,
  timeoutMs: number,
  outcome: PromiseLike<InitOutcome>,
): Promise<StartResult> {
  const { timers } = process.kernel;
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
    if (timeoutMs !== Number.POSITIVE_INFINITY) timers.arm(watch, timeoutMs, true);
    const finish = (result: InitOutcome): void => {
      if (!watch.detach()) return;
      timers.cancel(watch);
      resolve(settle(process, parent, result));
    };
    outcome.then(finish, (thrown) => finish({ kind: 'stop', reason: reasonOfThrow(thrown) }));
  });
}

function runInit(
  process: Process,
  program: Startable,
  { name, label }: StartOptions,
): InitOutcome | PromiseLike<InitOutcome> {
  try {
    if (name !== undefined) return runNamedInit(process, program, name, label);
    if (label !== undefined) process.extras.label = label;
    return process.within(initOf, program);
  } catch (thrown) {
    return { kind: 'stop', reason: reasonOfThrow(thrown) };
  }
}

function initOf(program: Startable): InitOutcome | PromiseLike<InitOutcome> {
  return program.init();
}

function runNamedInit(
  process: Process,
  program: Startable,
  name: ProcessName,
  label: string | undefined,
): InitOutcome | PromiseLike<InitOutcome> {
  const shown = label ?? (name instanceof Via ? String(name) : undefined);
  if (shown !== undefined) process.extras.label = shown;
  return process.within(() => {
    if (!(name instanceof Via)) process.kernel.register(name, process.pid);
    else if (!process.kernel.claim(name, process)) return { kind: 'taken', by: process.kernel.whereis(name) };
    return program.init();
  });
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
