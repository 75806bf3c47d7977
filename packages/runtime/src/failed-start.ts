import { hasOwn, isError, isShutdown } from './exit-reason.ts';

/** So many supervisors one above the other are unwrapped; a reason that holds itself would have no end. */
const MAX_DEPTH = 64;

/** What a supervisor ends with that could not start a child. OTP: `{failed_to_start_child, Id, Reason}`. */
export interface FailedStart {
  readonly failedToStartChild: unknown;
  readonly reason: unknown;
}

/** The failed start that a reason tells of, be it as a `{ shutdown: … }`; undefined if it tells of none. */
export function failedStartIn(reason: unknown): FailedStart | undefined {
  if (isFailedStart(reason)) return reason;
  if (!isShutdown(reason) || reason === 'shutdown') return undefined;
  return isFailedStart(reason.shutdown) ? reason.shutdown : undefined;
}

function isFailedStart(reason: unknown): reason is FailedStart {
  return hasOwn(reason, 'failedToStartChild');
}

/** The error at the bottom of a start that has failed, through all supervisors; the reason itself if there is none. */
export function causeOfFailure(reason: unknown): unknown {
  let cause = reason;
  try {
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const failed = failedStartIn(cause);
      if (failed === undefined) break;
      cause = failed.reason;
    }
  } catch {
    // Its own getters may throw.
    return reason;
  }
  return isError(cause) ? cause : reason;
}
