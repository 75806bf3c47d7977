/** Which spans have started and stopped: each is to do both once, in this order. */
export class SpanLedger {
  /** How many have started. */
  started = 0;
  /** How many have stopped, by why. */
  readonly ends = new Map<string, number>();
  readonly violations: string[] = [];
  readonly #states = new Map<string, 'open' | 'stopped'>();

  start(id: string): void {
    this.started++;
    const state = this.#states.get(id);
    if (state !== undefined) this.violations.push(`${id} has started again (it was ${state})`);
    this.#states.set(id, 'open');
  }

  stop(id: string, why: string): void {
    this.ends.set(why, (this.ends.get(why) ?? 0) + 1);
    const state = this.#states.get(id);
    if (state === undefined) this.violations.push(`${id} has stopped (${why}), but never started`);
    if (state === 'stopped') this.violations.push(`${id} has stopped a second time (${why})`);
    this.#states.set(id, 'stopped');
  }

  /** Those that have started and not stopped. */
  get open(): readonly string[] {
    return [...this.#states].flatMap(([id, state]) => (state === 'open' ? [id] : []));
  }
}
