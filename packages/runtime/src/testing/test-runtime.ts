import { AssertionError } from 'node:assert';
import { Runtime } from '../runtime.ts';
import { type Leftover, leftovers } from './leftovers.ts';
import { settle } from './settle.ts';
import { VirtualClock } from './virtual-clock.ts';

/** What a look at the clock counts for, ms: a turn is some thousand messages. */
const LOOK_MS = 1 / 64;

/** How strict a test is with itself. */
export interface TestRuntimeOptions {
  /**
   * What happens at the end of the test when there is something left: `'fail'`, so that each test stops what it has started, or
   * `'end'`, which kills it and says nothing. `'fail'` unless said.
   */
  readonly leftovers?: 'fail' | 'end';
}

/** A runtime for one test; see `testRuntime`. */
export class TestRuntime extends Runtime implements AsyncDisposable {
  readonly clock: VirtualClock;
  readonly #whenLeft: 'fail' | 'end';

  constructor(options: TestRuntimeOptions = {}) {
    const clock = new VirtualClock(() => this.settle());
    super({ clock });
    this.clock = clock;
    this.#whenLeft = options.leftovers ?? 'fail';
    // How far a turn goes must not hang on how fast the machine is: the same test is to run the same way each time.
    let looks = 0;
    this.kernel.scheduler.wallNow = () => ++looks * LOOK_MS;
  }

  /** Waits until no process has anything to do; see `settle`. */
  settle(): Promise<void> {
    return settle(this);
  }

  /** What is left; see `leftovers`. */
  leftovers(): Leftover[] {
    return leftovers(this);
  }

  /**
   * Ends the test: kills what lives. Fails if something was left, unless that was allowed, and always if something is left even
   * then.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    const left = this.#whenLeft === 'fail' ? await this.#settledLeftovers() : [];
    for (const pid of this.processes()) this.sendExit(pid, 'kill');
    await this.settle();
    const stubborn = this.leftovers();
    if (stubborn.length > 0) fail('cannot be ended', stubborn);
    if (left.length > 0) fail('the test has left', left);
  }

  /** What is left when all has happened that happens of itself; of a runtime that never comes to rest, what there is now. */
  async #settledLeftovers(): Promise<Leftover[]> {
    await this.settle().catch(() => {});
    return this.leftovers();
  }
}

function fail(what: string, left: readonly Leftover[]): never {
  const lines = left.map((each) => `  ${each.kind} ${each.what}`);
  throw new AssertionError({ message: `${what}:\n${lines.join('\n')}`, actual: left, expected: [] });
}

/**
 * A runtime of its own for one test, in which time stands still: `runtime.clock.advance(ms)` lets it pass, `runtime.settle()`
 * waits until nothing is going on. Hold it with `await using`, and the test fails if it leaves a process, name or timer
 * behind; or with `leftovers: 'end'`, and what is left is killed.
 *
 * @example
 * ```ts
 * await using runtime = testRuntime();
 * const sleeper = runtime.spawn((self) => self.sleep(60_000));
 * await runtime.clock.advance(59_999);
 * runtime.isAlive(sleeper); // => true
 * await runtime.clock.advance(1);
 * runtime.isAlive(sleeper); // => false
 * ```
 */
export function testRuntime(options?: TestRuntimeOptions): TestRuntime {
  return new TestRuntime(options);
}
