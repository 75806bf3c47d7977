import type { Name } from '../name.ts';
import type { Claim } from './claim.ts';
import type { Few } from './few.ts';
import type { Receiver } from './receiver.ts';
import type { Timer } from './timer-queue.ts';

/** What few processes have. A process gets one with the first of it, so that the many others are small. */
export class Extras {
  name: Name | undefined = undefined;
  label: string | undefined = undefined;
  claims: Few<Claim> = undefined;
  timers: Few<Timer> = undefined;
  abort: AbortController | undefined = undefined;
  dictionary: Map<unknown, unknown> | undefined = undefined;
  receiver: Receiver | undefined = undefined;
  /** What goes on when an async callback has settled: made once for all of a process' callbacks. */
  onSettled: ((value: unknown) => void) | undefined = undefined;
  onRejected: ((thrown: unknown) => void) | undefined = undefined;
  /** Its `terminate` is waited for, though a callback has not settled yet: what that comes to frees nobody. */
  overtaken = false;
}
