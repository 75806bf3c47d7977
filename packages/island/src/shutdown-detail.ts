import { type ExitReason, isShutdown } from '@thousand-island/runtime';

/** What the reason `{ shutdown: detail }` says; any other reason, and one whose detail cannot be read, says itself. */
export function shutdownDetail(reason: ExitReason): unknown {
  if (!isShutdown(reason) || reason === 'shutdown') return reason;
  try {
    return reason.shutdown;
  } catch {
    // A reason may be anything, also a proxy or a getter that throws.
    return reason;
  }
}
