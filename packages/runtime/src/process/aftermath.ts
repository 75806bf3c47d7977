import { OF_THE_END } from '../errors.ts';
import { type ExitReason, isShutdown } from '../exit-reason.ts';
import type { Process } from './process.ts';

/** What a dead process has left behind has failed: that ends nobody any more, and those who look on are told. */
export function reportAftermath({ pid, kernel, exitReason }: Process, thrown: unknown): void {
  if (!isOfTheEnd(thrown, exitReason)) kernel.events.publish('callback:failed', { error: thrown, pid });
}

/** Whether it says no more than that the process has ended, or with what: that has been told. */
function isOfTheEnd(thrown: unknown, reason: ExitReason): boolean {
  if (thrown === reason) return true;
  if (isShutdown(reason) && reason !== 'shutdown' && reason.shutdown === thrown) return true;
  if (typeof thrown !== 'object' || thrown === null) return false;
  try {
    // What waits with the signal of the process gives up when that ends.
    return Reflect.get(thrown, OF_THE_END) === true || Reflect.get(thrown, 'name') === 'AbortError';
  } catch {
    // Anything can be thrown, also what cannot be looked at.
    return false;
  }
}
