import { readdirSync } from 'node:fs';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Runtime } from '@thousand-island/runtime';
import type { Levels } from './levels.ts';

const COLLECTIONS = 3;

/** What a runtime has, and shows to nobody. */
interface Inside {
  readonly kernel: { readonly timers: { readonly size: number } };
}

/** What there is of this process, the garbage taken out. Needs `--expose-gc`, and Linux for the descriptors. */
export async function measure(runtime: Runtime, connections: number): Promise<Levels> {
  for (let each = 0; each < COLLECTIONS; each++) {
    globalThis.gc?.();
    // What was waiting for its end to be noticed lets go only in a turn of its own.
    await nextTurn();
    await sleep(10);
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return {
    // The listing has one of its own.
    descriptors: readdirSync('/proc/self/fd').length - 1,
    processes: runtime.processCount,
    timers: (runtime as unknown as Inside).kernel.timers.size,
    connections,
    heap: heapUsed,
    arrayBuffers,
  };
}
