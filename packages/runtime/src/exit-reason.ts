import { inspect, types } from 'node:util';

/**
 * Why a process ended: any value, as in OTP, where a few have a meaning of their own.
 *
 * - `'normal'`: it had finished. Links do not spread it to processes that do not trap exits.
 * - `'shutdown'` and `{ shutdown: detail }`: it was asked to stop, in good order.
 * - `'killed'`: it was sent the signal `'kill'`, which cannot be trapped.
 * - `'noproc'`: there was no such process to link to, monitor or call.
 * - an `Error`: its code threw it. The error carries the stack, so it stands for OTP's `{Reason, Stack}`.
 * - anything else: what the process gave to `self.exit(reason)` or another to `sendExit(pid, reason)`.
 */
export type ExitReason =
  | 'normal'
  | 'shutdown'
  | 'kill'
  | 'killed'
  | 'noproc'
  | ShutdownReason
  | Error
  | (string & {})
  | number
  | object
  | null
  | undefined;

/** An ordered stop that says more than `'shutdown'`. OTP: `{shutdown, Term}`. */
export interface ShutdownReason {
  readonly shutdown: unknown;
}

/** Whether a value is an error, also one from another realm: Node's own are, inside a test runner. */
export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** Whether the reason is `'shutdown'` or `{ shutdown: detail }`. Recognised by shape, never by identity. */
export function isShutdown(reason: unknown): reason is 'shutdown' | ShutdownReason {
  if (reason === 'shutdown') return true;
  return (
    typeof reason === 'object' && reason !== null && !isError(reason) && Object.hasOwn(reason, 'shutdown')
  );
}

/** Whether a process ended as planned: `'normal'`, `'shutdown'` or `{ shutdown: detail }`. Everything else is a crash. */
export function isCleanExit(reason: unknown): boolean {
  return reason === 'normal' || isShutdown(reason);
}

/**
 * The reason on one line, for trees and reports: an error as `Name: message`, a string as it is, and of a child that could not be
 * started, which, and why.
 */
export function formatExitReason(reason: unknown): string {
  if (isFailedStart(reason))
    return `child '${String(reason.failedToStartChild)}' could not be started: ${formatExitReason(reason.reason)}`;
  if (isShutdown(reason) && reason !== 'shutdown') {
    const { shutdown } = reason;
    return isFailedStart(shutdown) ? formatExitReason(shutdown) : `{shutdown, ${formatExitReason(shutdown)}}`;
  }
  return onOneLine(shown(reason));
}

function shown(reason: unknown): string {
  if (typeof reason === 'string') return reason;
  try {
    if (isError(reason)) return `${reason.name}: ${reason.message}`;
    return inspect(reason, { depth: 2, breakLength: Number.POSITIVE_INFINITY });
  } catch {
    // Its own getters and methods may throw.
    return 'a reason that cannot be shown';
  }
}

/** Without line ends, and without what a terminal would take for commands. */
export function onOneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about.
  return text.replace(/\s*\n\s*/g, ' ').replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}

/** What a supervisor ends with that could not start a child. OTP: `{failed_to_start_child, Id, Reason}`. */
interface FailedStart {
  readonly failedToStartChild: unknown;
  readonly reason: unknown;
}

function isFailedStart(reason: unknown): reason is FailedStart {
  return (
    typeof reason === 'object' &&
    reason !== null &&
    !isError(reason) &&
    Object.hasOwn(reason, 'failedToStartChild')
  );
}

/** The error at the bottom of a start that has failed, through all supervisors; the reason itself if there is none. */
export function causeOfFailure(reason: unknown): unknown {
  let cause = reason;
  for (;;) {
    if (isFailedStart(cause)) cause = cause.reason;
    else if (isShutdown(cause) && cause !== 'shutdown' && isFailedStart(cause.shutdown))
      cause = cause.shutdown;
    else return isError(cause) ? cause : reason;
  }
}
