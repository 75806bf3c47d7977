import { AssertionError } from 'node:assert';
import { systemClock } from '../clock.ts';
import { TimeoutError } from '../errors.ts';
import type { Name } from '../name.ts';
import type { Pid } from '../pid.ts';
import type { Self } from '../process/self.ts';
import type { Runtime } from '../runtime.ts';
import { inspected } from '../text.ts';
import { countAsTool } from './leftovers.ts';
import { settle } from './settle.ts';

/** What a probe is to be. */
export interface ProbeOptions {
  /** The name to register it under. */
  readonly name?: Name;
  /** Whether exit signals reach it as messages; `true` unless said, since a probe is to tell of an end and not to share it. */
  readonly trapExit?: boolean;
}

/** Which message is waited for, and how long. */
export interface NextOptions<Message = unknown> {
  /** The first message that it accepts; any message unless said. */
  readonly match?: ((message: unknown) => message is Message & {}) | ((message: unknown) => boolean);
  /** In ms of real time, whatever the runtime's clock says: a net for a test that would wait for ever. 1,000 unless said. */
  readonly timeout?: number;
}

/** An order to act, which is not recorded. */
class Act {
  readonly carryOut: (self: Self) => void;
  constructor(carryOut: (self: Self) => void) {
    this.carryOut = carryOut;
  }
}

interface Waiting {
  readonly match: (message: unknown) => boolean;
  readonly take: (message: unknown) => void;
  readonly fail: (thrown: unknown) => void;
}

const anything = (): boolean => true;

/** A process in the test's hand; see `probe`. */
export class Probe {
  readonly pid: Pid;
  /** All it has received, oldest first, whether taken by `next` or not. */
  readonly messages: unknown[] = [];
  readonly #runtime: Runtime;
  readonly #untaken: unknown[] = [];
  #waiting: Waiting[] = [];

  /** Left to `probe`. */
  constructor(runtime: Runtime, { name, trapExit = true }: ProbeOptions) {
    this.#runtime = runtime;
    this.pid = runtime.spawn({
      receive: (message, self) => {
        if (message instanceof Act) message.carryOut(self);
        else this.#record(message);
      },
    });
    countAsTool(this.pid);
    if (name !== undefined) runtime.register(name, this.pid);
    runtime.send(
      this.pid,
      new Act((self) => {
        self.setLabel('probe');
        self.trapExit(trapExit);
      }),
    );
  }

  /**
   * The oldest message that matches and was not taken yet; waits for one if there is none. Rejects with `TimeoutError`, which
   * says what came instead, and with what `match` throws.
   */
  next<Message>(
    options: NextOptions<Message> & { match: (message: unknown) => message is Message & {} },
  ): Promise<Message>;
  next<Message = unknown>(options?: NextOptions): Promise<Message>;
  next({ match = anything, timeout = 1_000 }: NextOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const found = this.#untaken.findIndex(match);
      if (found !== -1) {
        resolve(this.#untaken.splice(found, 1)[0]);
        return;
      }
      const waiting: Waiting = {
        match,
        take: (message) => {
          alarm.cancel();
          resolve(message);
        },
        fail: (thrown) => {
          alarm.cancel();
          reject(thrown);
        },
      };
      const alarm = systemClock.setAlarm(
        () => {
          this.#waiting = this.#waiting.filter((each) => each !== waiting);
          reject(
            new TimeoutError(`the probe has waited ${timeout} ms for a message in vain; ${this.#seen()}`),
          );
        },
        timeout,
        true,
      );
      this.#waiting.push(waiting);
    });
  }

  /** Waits until nothing is going on in the runtime, and fails if a message has come that nobody has taken. */
  async expectNothing({
    match = anything,
  }: {
    readonly match?: (message: unknown) => boolean;
  } = {}): Promise<void> {
    await settle(this.#runtime);
    const actual = this.#untaken.filter(match);
    if (actual.length === 0) return;
    throw new AssertionError({
      message: `the probe has received ${inspected(actual, { depth: 2 })}`,
      actual,
      expected: [],
    });
  }

  /** Runs code in the probe's name: to link, monitor, send, call. What it throws is the test's, and does the probe no harm. */
  do<Result>(code: (self: Self) => Result): Promise<Awaited<Result>> {
    return new Promise((resolve, reject) => {
      const carryOut = (self: Self): void => {
        try {
          Promise.resolve(code(self)).then(resolve, reject);
        } catch (error) {
          reject(error);
        }
      };
      this.#runtime.send(this.pid, new Act(carryOut));
    });
  }

  #record(message: unknown): void {
    this.messages.push(message);
    const waiting = this.#waiting.find((each) => this.#accepts(each, message));
    if (waiting === undefined) {
      this.#untaken.push(message);
      return;
    }
    this.#waiting = this.#waiting.filter((each) => each !== waiting);
    waiting.take(message);
  }

  /** What a match throws is the test's, and does the probe no harm: whoever waits with it is told. */
  #accepts(waiting: Waiting, message: unknown): boolean {
    try {
      return waiting.match(message);
    } catch (thrown) {
      this.#waiting = this.#waiting.filter((each) => each !== waiting);
      waiting.fail(thrown);
      return false;
    }
  }

  #seen(): string {
    if (this.#untaken.length === 0) return 'none has come';
    return `these have come and do not match: ${inspected(this.#untaken, { depth: 2 })}`;
  }
}

/**
 * A process that records what it receives, and acts when it is told to. A test gives its pid away as any other, and asks it
 * what has come. It is no leftover of the test.
 *
 * @example
 * ```ts
 * await using runtime = testRuntime();
 * const watcher = probe(runtime);
 * const worker = runtime.spawn((self) => self.sleep(10));
 * await watcher.do((self) => self.monitor(worker));
 * await watcher.expectNothing();
 * await runtime.clock.advance(10);
 * const down = await watcher.next({ match: (message) => message instanceof DownMessage });
 * down.reason; // => 'normal'
 * ```
 */
export function probe(runtime: Runtime, options: ProbeOptions = {}): Probe {
  return new Probe(runtime, options);
}
