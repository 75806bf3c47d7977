import type { Awaitable } from '../behaviours/gen-server-module.ts';
import { BadArgumentError } from '../errors.ts';
import { isThenable } from '../process/thenable.ts';

/** What a stream takes its elements from. It is pulled one by one, only when a task can be started. */
export type StreamInput<Element> = Iterable<Element> | AsyncIterable<Element>;

/** Refuses what cannot be iterated over. */
export function checkInput<Element>(input: StreamInput<Element>): StreamInput<Element> {
  const candidate: Partial<Iterable<Element> & AsyncIterable<Element>> = Object(input);
  if (
    typeof candidate[Symbol.iterator] === 'function' ||
    typeof candidate[Symbol.asyncIterator] === 'function'
  )
    return input;
  throw BadArgumentError.of('the input of a task stream', 'an iterable or an async iterable', input);
}

/** One walk through the input, which is told when nobody wants more of it. */
export class InputWalk<Element> {
  #state: 'open' | 'pulling' | 'over' = 'open';
  readonly #iterator: Iterator<Element> | AsyncIterator<Element>;

  constructor(input: StreamInput<Element>) {
    this.#iterator = Symbol.asyncIterator in input ? input[Symbol.asyncIterator]() : input[Symbol.iterator]();
  }

  /** Whether it can be asked for an element: not while one is on its way, and not after the end. */
  get open(): boolean {
    return this.#state === 'open';
  }

  /** The next element, now or later; undefined at the end. What the input throws comes out here, and is its end too. */
  next(): Awaitable<readonly [Element] | undefined> {
    this.#state = 'over';
    const result = this.#iterator.next();
    if (!isThenable(result)) return this.#took(result);
    this.#state = 'pulling';
    return result.then(
      (later) => this.#took(later),
      (error) => {
        this.#state = 'over';
        throw error;
      },
    );
  }

  /**
   * Lets the input clean up, unless it has ended by itself. One that is busy with an element is told, but not waited for: it
   * may never get to it, and what it fails with then is no concern of anybody any more.
   */
  async close(): Promise<void> {
    const state = this.#state;
    this.#state = 'over';
    if (state === 'open') await this.#iterator.return?.();
    else if (state === 'pulling') Promise.resolve(this.#iterator.return?.()).catch(() => {});
  }

  #took(result: IteratorResult<Element>): readonly [Element] | undefined {
    this.#state = result.done === true ? 'over' : 'open';
    return result.done === true ? undefined : [result.value];
  }
}
