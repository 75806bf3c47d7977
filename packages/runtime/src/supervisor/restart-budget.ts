import type { ProgramDescription } from '../process/program.ts';
import { type RestartIntensity, RestartWindow } from './restart-intensity.ts';

/** What a supervisor remembers of its restarts: one budget for all its children. */
export class RestartBudget {
  limits: RestartIntensity;
  total = 0;
  #window = new RestartWindow();

  constructor(limits: RestartIntensity) {
    this.limits = limits;
  }

  /** The times of the restarts that still count, on the runtime's clock. */
  get recent(): readonly number[] {
    return this.#window.times;
  }

  set recent(times: readonly number[]) {
    this.#window = new RestartWindow(times);
  }

  /** Counts one more restart; answers whether it may still be made. */
  spend(now: number): boolean {
    const exceeded = this.#window.isExceededBy(this.limits, now);
    if (!exceeded) this.total++;
    return !exceeded;
  }

  describe(): NonNullable<ProgramDescription['restarts']> {
    return { total: this.total, inWindow: this.recent.length, allowed: this.limits.intensity };
  }
}
