import type { Outcome } from './scenario.ts';

/** Which outcomes the next attempts to start each child have. */
export class Plan {
  readonly #outcomes = new Map<string, readonly Outcome[]>();

  set(key: string, outcomes: readonly Outcome[]): void {
    this.#outcomes.set(key, outcomes);
  }

  /** Takes the outcome of an attempt. The first one uses the child's own list, unless a step has set another before. */
  take(key: string, attempt: number, own: readonly Outcome[]): Outcome {
    const known = this.#outcomes.get(key) ?? (attempt === 1 ? own : []);
    this.#outcomes.set(key, known.slice(1));
    return known[0] ?? 'ok';
  }
}
