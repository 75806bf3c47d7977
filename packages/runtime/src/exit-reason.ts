import { isDeepStrictEqual, types } from 'node:util';
import { isInstance } from './instance.ts';

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

/**
 * Whether a value is an error, also one from another realm: Node's own are, inside a test runner. A value that cannot even be
 * asked, such as a revoked proxy, is none: any value can be thrown, and none may break who has caught it.
 */
export function isError(value: unknown): value is Error {
  return isInstance(value, Error) || types.isNativeError(value);
}

/** Whether the reason is `'shutdown'` or `{ shutdown: detail }`. Recognised by shape, never by identity. */
export function isShutdown(reason: unknown): reason is 'shutdown' | ShutdownReason {
  return reason === 'shutdown' || hasOwn(reason, 'shutdown');
}

/** Whether it is an object, and no error, with a field of its own of this name; one that cannot be asked has none. */
export function hasOwn<Field extends string>(
  reason: unknown,
  field: Field,
): reason is Record<Field, unknown> {
  if (typeof reason !== 'object' || reason === null || isError(reason)) return false;
  try {
    return Object.hasOwn(reason, field);
  } catch {
    return false;
  }
}

/** Whether a process ended as planned: `'normal'`, `'shutdown'` or `{ shutdown: detail }`. Everything else is a crash. */
export function isCleanExit(reason: unknown): boolean {
  return reason === 'normal' || isShutdown(reason);
}

/**
 * Whether two reasons say the same. OTP compares terms: two objects are one reason if they are equal. An error, which carries the
 * stack of one throw, is the same as itself alone, and so is what cannot be looked at.
 */
export function isSameReason(one: ExitReason, other: ExitReason): boolean {
  if (Object.is(one, other)) return true;
  if (isError(one) || isError(other)) return false;
  try {
    return isDeepStrictEqual(one, other);
  } catch {
    return false;
  }
}
