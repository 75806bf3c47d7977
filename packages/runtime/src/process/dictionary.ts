import type { Process } from './process.ts';

/** Keeps a value for the process; answers what was kept under the key before. OTP: `put/2`. */
export function put(process: Process, key: unknown, value: unknown): unknown {
  if (!process.alive) return undefined;
  const { extras } = process;
  extras.dictionary ??= new Map();
  const before = extras.dictionary.get(key);
  extras.dictionary.set(key, value);
  return before;
}

/** Forgets a key; answers what was kept under it. OTP: `erase/1`. */
export function erase(process: Process, key: unknown): unknown {
  const before = process.dictionary?.get(key);
  if (process.dictionary !== undefined) process.extras.dictionary?.delete(key);
  return before;
}
