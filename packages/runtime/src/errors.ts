import type { ExitReason } from './exit-reason.ts';
import { formatExitReason } from './exit-reason-text.ts';
import { causeOfFailure } from './failed-start.ts';
import type { Pid } from './pid.ts';
import { inspected } from './text.ts';

/** Every code an error of this package can carry. `docs/errors.md` lists them, and a test compares the two. */
export type OtpErrorCode =
  | 'OTP_BAD_ARGUMENT'
  | 'OTP_BAD_RETURN'
  | 'OTP_CALL_ABORTED'
  | 'OTP_CALL_CYCLE'
  | 'OTP_CALL_EXIT'
  | 'OTP_CALL_SELF'
  | 'OTP_CALL_TIMEOUT'
  | 'OTP_DEAD_PROCESS'
  | 'OTP_NAME_TAKEN'
  | 'OTP_NOCATCH'
  | 'OTP_NOPROC'
  | 'OTP_NOT_SUSPENDED'
  | 'OTP_START_FAILED'
  | 'OTP_TIMEOUT'
  | 'OTP_UNDEFINED_CALLBACK';

/**
 * What an error has that says no more than that its process, or what that had open, is gone: of what a dead process has left
 * behind, nobody needs to hear it. Shared by all copies of this package.
 */
export const OF_THE_END: unique symbol = Symbol.for('thousand-island.of-the-end');

/** The base of this package's errors. Recognise one by `code`: two copies of the package share codes, not classes. */
export abstract class OtpError extends Error {
  abstract readonly code: OtpErrorCode;
  // Each class states its name: that of its text is another one in a program that was made small.
  override get name(): string {
    return this.constructor.name;
  }
}

/** A mistake of the caller: an option, name or number that cannot be meant. The message names it and what is allowed. */
export class BadArgumentError extends OtpError {
  readonly code = 'OTP_BAD_ARGUMENT';
  static override readonly name: string = 'BadArgumentError';

  /** Composes the message: `timeout must be a whole number of ms >= 0 or 'infinity', not -1`. */
  static of(what: string, allowed: string, value: unknown): BadArgumentError {
    return new BadArgumentError(`${what} must be ${allowed}, not ${inspected(value, { depth: 1 })}`);
  }
}

/** A callback returned something that is none of its results. OTP: `{bad_return_value, Value}`. */
export class BadReturnError extends OtpError {
  readonly code = 'OTP_BAD_RETURN';
  static override readonly name: string = 'BadReturnError';
  readonly value: unknown;
  constructor(callback: string, value: unknown) {
    super(`${callback} returned ${inspected(value, { depth: 1 })}, which is none of its results`);
    this.value = value;
  }
}

/** The call was given up through its `AbortSignal`; `cause` is the signal's reason. The server still does the work. */
export class CallAbortedError extends OtpError {
  readonly code = 'OTP_CALL_ABORTED';
  static override readonly name: string = 'CallAbortedError';
}

/** The server waits, itself or through others, for who has called it. `cycle` is who waits for whom, from the server on. */
export class CallCycleError extends OtpError {
  readonly code = 'OTP_CALL_CYCLE';
  static override readonly name: string = 'CallCycleError';
  readonly cycle: readonly Pid[];
  constructor(what: string, cycle: readonly Pid[]) {
    super(`${what} waits for ever: ${describeCycle(cycle)}`);
    this.cycle = cycle;
  }
}

function describeCycle(cycle: readonly Pid[]): string {
  return `${cycle.join(' waits for ')}, which has made the call`;
}

/** The server ended before it answered. `reason` is its exit reason. OTP: `{Reason, {gen_server, call, …}}`. */
export class CallExitError extends OtpError {
  readonly code = 'OTP_CALL_EXIT';
  static override readonly name: string = 'CallExitError';
  readonly reason: ExitReason;
  constructor(what: string, reason: ExitReason) {
    super(`${what} was not answered: the server ended with ${formatExitReason(reason)}`, {
      cause: reason,
    });
    this.reason = reason;
  }
}

/** A process called itself, which could never be answered. OTP: `calling_self`. */
export class CallSelfError extends OtpError {
  readonly code = 'OTP_CALL_SELF';
  static override readonly name: string = 'CallSelfError';
  constructor(what: string) {
    super(`${what} would wait for ever: the process is calling itself`);
  }
}

/** No answer came in time. The server is unaffected, and a late answer vanishes. */
export class CallTimeoutError extends OtpError {
  readonly code = 'OTP_CALL_TIMEOUT';
  static override readonly name: string = 'CallTimeoutError';
  /** Who waits for whom, from the server to the caller, if the server waits for its caller: it could not answer. */
  readonly cycle: readonly Pid[] | undefined;
  constructor(what: string, timeoutMs: number, cycle?: readonly Pid[]) {
    const why = cycle === undefined ? '' : `: ${describeCycle(cycle)}`;
    super(`${what} was not answered within ${timeoutMs} ms${why}`);
    this.cycle = cycle;
  }
}

/** Code of a process that has ended tried to act in its name. A dead process can start, link, own and arm nothing. */
export class DeadProcessError extends OtpError {
  readonly code = 'OTP_DEAD_PROCESS';
  static override readonly name: string = 'DeadProcessError';
  /** @internal */
  get [OF_THE_END](): true {
    return true;
  }
}

/** The name belongs to another live process, or the process already has a name. OTP: `badarg` of `register/2`. */
export class NameTakenError extends OtpError {
  readonly code = 'OTP_NAME_TAKEN';
  static override readonly name: string = 'NameTakenError';
}

/** Code of a process threw a value that is not an `Error`; `value` is what it threw. OTP: `{nocatch, Value}`. */
export class NoCatchError extends OtpError {
  readonly code = 'OTP_NOCATCH';
  static override readonly name: string = 'NoCatchError';
  readonly value: unknown;
  constructor(value: unknown) {
    super(`a value that is no Error was thrown and not caught: ${inspected(value, { depth: 1 })}`);
    this.value = value;
  }
}

/** No process has this pid or name. OTP: `noproc`. */
export class NoProcessError extends OtpError {
  readonly code = 'OTP_NOPROC';
  static override readonly name: string = 'NoProcessError';
  readonly reason = 'noproc';
}

/** The server has to be suspended for this: its code is changed between two messages. OTP: `sys:change_code/4`. */
export class NotSuspendedError extends OtpError {
  readonly code = 'OTP_NOT_SUSPENDED';
  static override readonly name: string = 'NotSuspendedError';
}

/** A process could not be started; `reason` says why, as its supervisor would be told. */
export class StartFailedError extends OtpError {
  readonly code = 'OTP_START_FAILED';
  static override readonly name: string = 'StartFailedError';
  readonly reason: ExitReason;
  constructor(what: string, reason: ExitReason) {
    super(`${what} could not be started: ${formatExitReason(reason)}`, { cause: causeOfFailure(reason) });
    this.reason = reason;
  }
}

/** Something that was waited for did not come in time: a stop, a start, a message. */
export class TimeoutError extends OtpError {
  readonly code = 'OTP_TIMEOUT';
  static override readonly name: string = 'TimeoutError';
}

/** A message needed a callback that the module does not have. OTP: `undef`. */
export class UndefinedCallbackError extends OtpError {
  readonly code = 'OTP_UNDEFINED_CALLBACK';
  static override readonly name: string = 'UndefinedCallbackError';
}
