import { NoCatchError } from '../errors.ts';
import { type ExitReason, isError } from '../exit-reason.ts';
import { ExitThrow, type Process, reasonOfThrow } from '../process/process.ts';
import { isResult } from './gen-server-result.ts';

/**
 * Why a server ends whose `terminate` has thrown, when it was to end with `reason`. OTP: an error or an exit replaces the reason;
 * a value that is thrown counts as returned, and so for nothing. It is told to those who look on.
 */
export function reasonAfter(process: Process, thrown: unknown, reason: ExitReason): ExitReason {
  if (thrown instanceof ExitThrow || isError(thrown)) return reasonOfThrow(thrown);
  if (!isResult(thrown))
    process.kernel.events.publish('callback:failed', { error: new NoCatchError(thrown) });
  return reason;
}
