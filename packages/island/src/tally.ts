import { type ExitReason, isShutdown } from '@thousand-island/runtime';

/** More names than these are counted together, so that no handler fills the memory with reasons of its own. */
const MAX_NAMES = 100;
const OTHER = 'other';

/** How often what has happened, by name. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string): void {
    const known = this.#counts.has(name) || this.#counts.size < MAX_NAMES ? name : OTHER;
    this.#counts.set(known, (this.#counts.get(known) ?? 0) + 1);
  }

  /** The counts as they are now. */
  read(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts);
  }
}

/**
 * The name that an exit reason is counted under: a word stays itself, `{ shutdown: word }` is the word, an error that ended
 * the connection in good order (a broken socket) is its code, and what the handler threw is a `crash`.
 */
export function exitName(reason: ExitReason): string {
  try {
    return nameOf(reason);
  } catch {
    // A reason may be anything, also what throws when it is looked at; its place is given back all the same.
    return isShutdown(reason) ? 'shutdown' : 'crash';
  }
}

function nameOf(reason: ExitReason): string {
  if (typeof reason === 'string') return reason;
  if (typeof reason !== 'object' || reason === null || reason instanceof Error) return 'crash';
  if (!('shutdown' in reason)) return 'crash';
  const { shutdown } = reason;
  if (typeof shutdown === 'string') return shutdown;
  if (shutdown instanceof Error) return codeOf(shutdown.cause) ?? codeOf(shutdown) ?? 'error';
  if (typeof shutdown === 'object' && shutdown !== null) return Object.keys(shutdown)[0] ?? 'shutdown';
  return 'shutdown';
}

function codeOf(error: unknown): string | undefined {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' ? code : undefined;
}
