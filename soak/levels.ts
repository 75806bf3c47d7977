/** What there is of a server's process when nobody is connected. Sizes in bytes. */
export interface Levels {
  readonly descriptors: number;
  readonly processes: number;
  readonly timers: number;
  readonly connections: number;
  /** After a full garbage collection. */
  readonly heap: number;
  readonly arrayBuffers: number;
}

const MIB = 1 << 20;

/** What may come on top of what was there, whatever the garbage collector does: what is compiled, and caches. */
const HEAP_SLACK = 1.5 * MIB;
/** The same in a short run, in which the engine warms up until the end. */
const SHORT_HEAP_SLACK = 4 * MIB;
const LEAST_SAMPLES = 8;
const BUFFER_SLACK = 4 * MIB;

/** What is there that was not at the start. Pure. */
export function leftOver(before: Levels, now: Levels): string[] {
  const kinds = ['descriptors', 'processes', 'timers', 'connections'] as const;
  return kinds.flatMap((kind) =>
    now[kind] === before[kind] ? [] : [`${now[kind]} ${kind}, and at the start ${before[kind]}`],
  );
}

/**
 * Whether memory has grown: the least of the last third against the most of the first third, the very first left out, which
 * is taken while the engine still warms up. Pure; too few samples say nothing.
 */
export function growth(samples: readonly Levels[]): string[] {
  const warm = samples.slice(1);
  const third = Math.max(1, Math.floor(warm.length / 3));
  if (warm.length < 2) return [];
  const grown = (kind: 'heap' | 'arrayBuffers', slack: number): string[] => {
    const early = Math.max(...warm.slice(0, third).map((levels) => levels[kind]));
    const late = Math.min(...warm.slice(-third).map((levels) => levels[kind]));
    if (late <= early + slack) return [];
    return [`${kind} has grown from ${inMib(early)} to ${inMib(late)}, by more than ${inMib(slack)}`];
  };
  const heapSlack = warm.length < LEAST_SAMPLES ? SHORT_HEAP_SLACK : HEAP_SLACK;
  return [...grown('heap', heapSlack), ...grown('arrayBuffers', BUFFER_SLACK)];
}

export function inMib(bytes: number): string {
  return `${(bytes / MIB).toFixed(2)} MiB`;
}
