import { TimeoutError } from '../errors.ts';
import { Runtime } from '../runtime.ts';

/** So many of Node's turns in which nothing was handled mean that nothing more comes of itself. */
const QUIET_TURNS = 3;
/** A little less than a test may take in most runners, so that this error comes first, which says more. */
const LONGEST_SETTLE_MS = 4_000;

/**
 * Waits until everything that is going on of itself has happened: messages handled, promises settled. It lets Node's loop
 * go round, and so does not wait for sockets, or for time.
 *
 * With a runtime it waits until that has nothing to do any more, however long it takes, and rejects with `TimeoutError`, which
 * names the processes at work, if that is not so within four seconds. Without one it lets the loop go round a few times.
 */
export async function settle(what: Runtime | number = 5): Promise<void> {
  if (what instanceof Runtime) return settled(what);
  for (let turn = 0; turn < what; turn++) await nextTurn();
}

async function settled(runtime: Runtime): Promise<void> {
  const { scheduler, table } = runtime.kernel;
  // Real time: a runtime that never comes to rest keeps its own clock from going on.
  const giveUpAt = performance.now() + LONGEST_SETTLE_MS;
  let handled = scheduler.messages;
  for (let quiet = 0; quiet < QUIET_TURNS; ) {
    await nextTurn();
    quiet = scheduler.length === 0 && scheduler.messages === handled ? quiet + 1 : 0;
    handled = scheduler.messages;
    if (quiet > 0 || performance.now() < giveUpAt) continue;
    const working = table.values().filter((process) => process.isReady() || process.scheduled);
    throw new TimeoutError(
      `the runtime has not come to rest within ${LONGEST_SETTLE_MS} ms: ${
        working.map(({ pid, name, label }) => `${pid} ${String(label ?? name ?? '')}`.trimEnd()).join(', ') ||
        'its processes take turns'
      }`,
    );
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
