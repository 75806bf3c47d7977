import { TestRuntime as RuntimeForTests } from '../../src/testing/test-runtime.ts';

/**
 * A runtime whose time stands still, to be held with `await using`: at the end of the test it kills what still lives, and
 * fails the test if a process or a timer is left even then.
 */
export class TestRuntime extends RuntimeForTests {
  constructor() {
    super({ leftovers: 'end' });
    // The scheduler's own tests measure how long it keeps Node from its sockets.
    this.kernel.scheduler.wallNow = () => performance.now();
  }

  get armedTimers(): number {
    return this.kernel.timers.size;
  }
}
