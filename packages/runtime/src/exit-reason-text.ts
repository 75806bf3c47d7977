import { inspect } from 'node:util';
import { isError, isShutdown } from './exit-reason.ts';
import { failedStartIn } from './failed-start.ts';
import { onOneLine } from './text.ts';

const SHOWN = { depth: 2, breakLength: Number.POSITIVE_INFINITY };
/** So many reasons one in the other are put in words of their own; a reason that holds itself would have no end. */
const MAX_DEPTH = 64;

/**
 * The reason on one line, for trees and reports: an error as `Name: message`, a string as it is, and of a child that could not be
 * started, which, and why.
 */
export function formatExitReason(reason: unknown): string {
  return onOneLine(inWords(reason, MAX_DEPTH));
}

/** A start that answers nothing has failed with that: most likely the `return` was forgotten. */
function failureInWords(reason: unknown, depth: number): string {
  return reason === undefined ? 'its start answered undefined, and no pid' : inWords(reason, depth);
}

function inWords(reason: unknown, depth: number): string {
  try {
    if (depth === 0) return inspect(reason, SHOWN);
    const failed = failedStartIn(reason);
    if (failed !== undefined)
      return `child '${String(failed.failedToStartChild)}' could not be started: ${failureInWords(failed.reason, depth - 1)}`;
    if (isShutdown(reason) && reason !== 'shutdown')
      return `{shutdown, ${inWords(reason.shutdown, depth - 1)}}`;
    if (typeof reason === 'string') return reason;
    return isError(reason) ? `${reason.name}: ${reason.message}` : inspect(reason, SHOWN);
  } catch {
    // Its own getters and methods may throw.
    return 'a reason that cannot be shown';
  }
}
