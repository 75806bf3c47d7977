import { Runtime } from '../../src/index.ts';
import { settle, VirtualClock } from '../../src/testing/index.ts';

/**
 * A runtime whose time stands still, to be held with `await using`: at the end of the test it kills what still lives, and
 * fails the test if a process or a timer is left even then.
 */
export class TestRuntime extends Runtime implements AsyncDisposable {
  readonly clock: VirtualClock;

  constructor() {
    const clock = new VirtualClock();
    super({ clock });
    this.clock = clock;
  }

  get armedTimers(): number {
    return this.kernel.timers.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const pid of this.processes()) this.sendExit(pid, 'kill');
    await settle();
    if (this.processCount === 0 && this.armedTimers === 0) return;
    throw new Error(`${this.processCount} processes and ${this.armedTimers} timers are left`);
  }
}
