import type { IdleTimeout } from './idle-timeout.ts';
import type { Debug } from './sys-debug.ts';

/** What is true of few servers, and of these only at times. */
export interface Special {
  suspended: unknown[] | undefined;
  debug: Debug | undefined;
  idle: IdleTimeout | undefined;
}
