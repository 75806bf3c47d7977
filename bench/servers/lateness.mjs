/** How late timers fire: the worst since it was last asked. */
export class Lateness {
  /** How far apart the timers are that are measured. */
  static everyMs = 10;

  #worstMs = 0;

  record(dueMs, nowMs) {
    this.#worstMs = Math.max(this.#worstMs, nowMs - dueMs);
  }

  take() {
    const worst = this.#worstMs;
    this.#worstMs = 0;
    return worst;
  }
}
