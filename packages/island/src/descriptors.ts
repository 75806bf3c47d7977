import { nodeFs } from './node-modules.ts';

/** How many descriptors are open, and how many can be. */
export interface Descriptors {
  readonly used: number;
  readonly limit: number;
}

/** What `readDescriptors` answers. */
export type DescriptorReading = Descriptors | 'exhausted' | undefined;

/**
 * Reads how many descriptors this process has open and may have open, or the whole system if that is nearer to its limit:
 * EMFILE and ENFILE in one. Undefined where there is no `/proc`; `exhausted` if there was none left to read with. Costs some
 * 50 µs, and more on a Linux older than 6.2, which can only list them.
 */
export function readDescriptors(): DescriptorReading {
  try {
    const { readFileSync } = nodeFs();
    const own = { used: countOwn(), limit: parseOwnLimit(readFileSync('/proc/self/limits', 'latin1')) };
    return nearer(own, parseFileNr(readFileSync('/proc/sys/fs/file-nr', 'latin1')));
  } catch (error) {
    // To read costs a descriptor too.
    const code = (error as NodeJS.ErrnoException).code;
    return code === 'EMFILE' || code === 'ENFILE' ? 'exhausted' : undefined;
  }
}

function countOwn(): number {
  // proc(5): since Linux 6.2 the size is the number of open descriptors.
  const { readdirSync, statSync } = nodeFs();
  const { size } = statSync('/proc/self/fd');
  return size > 0 ? size : readdirSync('/proc/self/fd').length;
}

/** The soft limit, from the text of `/proc/self/limits`. It can change while a process lives: `prlimit(1)`. */
export function parseOwnLimit(text: string): number {
  const [, soft] = /^Max open files +(\d+|unlimited)/m.exec(text) ?? [];
  return soft === undefined || soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}

/** What the system has open, from the text of `/proc/sys/fs/file-nr`: allocated, free, at most. */
export function parseFileNr(text: string): Descriptors {
  const [allocated = 0, free = 0, limit = Number.POSITIVE_INFINITY] = text.trim().split(/\s+/).map(Number);
  return { used: allocated - free, limit };
}

/** The one with fewer descriptors left. */
export function nearer(one: Descriptors, other: Descriptors): Descriptors {
  return other.limit - other.used < one.limit - one.used ? other : one;
}

/** How many descriptors are kept back: what was asked for, but at most a quarter of what there can be. */
export function reserveOf(wanted: number, limit: number): number {
  return Math.min(wanted, Math.floor(limit / 4));
}

/**
 * After how many more connections to read again, when so many descriptors are left above the reserve. Each connection may
 * take three more while nobody looks (a file it reads, connections of its own); the reserve is there for the rest.
 */
export function connectionsUntilNextLook(left: number): number {
  return Math.max(1, Math.floor(left / 4));
}
