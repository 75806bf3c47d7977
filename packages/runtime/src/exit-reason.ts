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

/** The reason on one line, for trees and reports: an error as `Name: message`, a string as it is. */
export function formatExitReason(reason: unknown): string {
  if (typeof reason === 'string') return reason;
  if (isError(reason)) return `${reason.name}: ${reason.message}`;
  if (isShutdown(reason) && reason !== 'shutdown') return `{shutdown, ${formatExitReason(reason.shutdown)}}`;
  return inspect(reason, { depth: 2, breakLength: Number.POSITIVE_INFINITY });
}
