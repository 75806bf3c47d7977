import type { AsyncResource } from 'node:async_hooks';
import { scopeOf } from './containment.ts';
import type { Process } from './process.ts';

/** How many processes of a thread keep the context that their code runs in. A power of two. */
export const SCOPES_KEPT = 1_024;

/** Those that do, in the order in which they have begun to. A ring: the next one takes the place of the oldest. */
const keepers: (Process | undefined)[] = new Array(SCOPES_KEPT).fill(undefined);
let next = 0;

/**
 * Makes the context for a process' code. On a new Node it is a seventh of all that an idle connection keeps, and made in less than
 * a microsecond: so it is not kept for ever. What the process has begun in it goes on in it, kept or not.
 */
export function makeScope(process: Process): AsyncResource {
  const scope = scopeOf(process);
  // One that has ended may still have something to run, and nothing is kept for it.
  if (process.alive) {
    keepers[next]?.forgetScope();
    keepers[next] = process;
    process.keepScope(scope, next);
    next = (next + 1) & (SCOPES_KEPT - 1);
  }
  return scope;
}

/** The process in this place has ended: nobody keeps it. */
export function leaveScopes(place: number): void {
  keepers[place] = undefined;
}
