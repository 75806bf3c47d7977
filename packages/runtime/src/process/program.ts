import type { ExitReason } from '../exit-reason.ts';
import type { Pid } from '../pid.ts';

/**
 * What a process runs: a behaviour's loop, seen from below. It is given one message at a time, and the next only when it
 * is done with the last.
 */
export interface Program {
  /** The behaviour's name, for trees and reports: `GenServer`, `Supervisor`, `Task`. */
  readonly behaviour: string;

  /**
   * Handles one message. A promise says that the process is busy until it settles, and what it comes to is given to
   * `settled` or `rejected`. What is thrown ends the process.
   */
  handle(message: unknown): undefined | PromiseLike<unknown>;

  /**
   * Goes on, as the process again, with what the promise has come to that any of these has answered; a promise is waited for
   * in its turn. Not called for the dead. Without it, the process takes the next message.
   */
  settled?(value: unknown): undefined | PromiseLike<unknown>;

  /** The same for a promise that was rejected. Without it, that ends the process. */
  rejected?(thrown: unknown): undefined | PromiseLike<unknown>;

  /** Ends the process because something it has started threw. Without it, the process just ends. */
  crash?(thrown: unknown): undefined | PromiseLike<unknown>;

  /** What the process began with, for reports: `counter.init`. */
  initialCall?(): string;

  /** Messages that it has taken out of the mailbox and keeps for later, oldest first: a suspended server does. */
  readonly suspended?: readonly unknown[] | undefined;

  /** The message it was handling and the state before it, for the report of a crash. */
  crashContext?(reason: ExitReason): CrashContext;

  /** What the inspector shows beside what the process layer knows. Read at any moment, also in the middle of a callback. */
  describe?(): ProgramDescription;
}

/** A behaviour's own account of itself; every part is optional and safe to turn into JSON, but for pids. */
export interface ProgramDescription {
  readonly module?: string;
  /** What to call the process if nobody has labelled it: found out only when somebody looks. */
  readonly label?: string;
  readonly suspended?: boolean;
  readonly strategy?: string;
  readonly children?: readonly ChildDescription[];
  readonly restarts?: { readonly total: number; readonly inWindow: number; readonly allowed: number };
  readonly details?: Readonly<Record<string, unknown>>;
}

/** One child as its supervisor knows it. `pid` is undefined while it does not run. */
export interface ChildDescription {
  readonly id: string;
  readonly pid: Pid | undefined;
  readonly status: 'running' | 'restarting' | 'notRunning';
  readonly type: 'worker' | 'supervisor';
  readonly restart: string;
  readonly restarts: number;
  readonly lastExit?: { readonly at: number; readonly reason: ExitReason };
}

/** What a behaviour knows of the moment it crashed. */
export interface CrashContext {
  readonly lastMessage: unknown;
  readonly state: unknown;
  /** The reason as the report is to show it. */
  readonly reason: ExitReason;
}
