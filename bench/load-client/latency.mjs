const stepsPerMs = 10_000;
const steps = 4_000_000;

/** A histogram in steps of 0.1 µs up to 0.4 s, as in latency.c: recording allocates nothing. */
export class Latency {
  #counts = new Uint32Array(steps);
  #total = 0;
  #longestMs = 0;

  record(ms) {
    this.#counts[Math.min(steps - 1, Math.floor(ms * stepsPerMs))]++;
    this.#total++;
    if (ms > this.#longestMs) this.#longestMs = ms;
  }

  get longestUs() {
    return this.#longestMs * 1_000;
  }

  /** The time in µs that the given share (0.5, 0.99) of the messages stayed under. */
  quantileUs(share) {
    const wanted = Math.floor(share * this.#total);
    let seen = 0;
    for (let step = 0; step < steps; step++) {
      seen += this.#counts[step];
      if (seen > wanted) return step / 10;
    }
    return 0;
  }
}
