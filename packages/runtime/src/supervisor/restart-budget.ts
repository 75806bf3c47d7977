import type { ProgramDescription } from '../process/program.ts';
import { addRestart, type RestartIntensity } from './restart-intensity.ts';

/** What a supervisor remembers of its restarts: one budget for all its children. */
export class RestartBudget {
  limits: RestartIntensity;
  /** The times of the restarts that still count, on the runtime's clock. */
  recent: readonly number[] = [];
  total = 0;

  constructor(limits: RestartIntensity) {
    this.limits = limits;
  }

  /** Counts one more restart; answers whether it may still be made. */
  spend(now: number): boolean {
    const { restarts, exceeded } = addRestart(this.limits, this.recent, now);
    this.recent = restarts;
    if (!exceeded) this.total++;
    return !exceeded;
  }

  describe(): NonNullable<ProgramDescription['restarts']> {
    return { total: this.total, inWindow: this.recent.length, allowed: this.limits.intensity };
  }
}
