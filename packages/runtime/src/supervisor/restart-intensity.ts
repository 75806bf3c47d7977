/** How many restarts a supervisor may make in how long before it gives up. OTP: "Tuning the intensity and period". */
export interface RestartIntensity {
  /** So many are allowed; one more is too many. */
  readonly intensity: number;
  readonly periodMs: number;
}

/**
 * The restarts that still count, oldest first. The window slides: a restart counts while `now - then <= period`. Each is put
 * in and taken out once, however many there are. Pure but for itself; `now` comes from the caller's clock.
 */
export class RestartWindow {
  #times: number[];
  // Those before are over; they are dropped together, when they are half of all.
  #from = 0;

  constructor(times: readonly number[] = []) {
    this.#times = [...times];
  }

  /** When the restarts were that still counted at the last one. */
  get times(): number[] {
    return this.#times.slice(this.#from);
  }

  /** Counts one more restart; answers whether it is one too many. */
  isExceededBy(limits: RestartIntensity, now: number): boolean {
    const times = this.#times;
    times.push(now);
    while (now - (times[this.#from] as number) > limits.periodMs) this.#from++;
    if (this.#from * 2 > times.length) {
      this.#times = times.slice(this.#from);
      this.#from = 0;
    }
    return this.#times.length - this.#from > limits.intensity;
  }
}
