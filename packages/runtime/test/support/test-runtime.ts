import { TestRuntime as RuntimeForTests } from '../../src/testing/test-runtime.ts';

/**
 * A runtime whose time stands still, to be held with `await using`: at the end of the test it kills what still lives, and
 * fails the test if a process or a timer is left even then.
 */
export class TestRuntime extends RuntimeForTests {
  constructor() {
    super({ leftovers: 'end' });
  }

  get armedTimers(): number {
    return this.kernel.timers.size;
  }
}
