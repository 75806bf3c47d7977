import type { Ref, Self } from '@thousand-island/runtime';
import { RecvTimeoutError } from './errors.ts';

/** One `recv` that waits for bytes. It ends once: with them, with an error, or because its time is up. */
export class PendingRecv {
  /** How many bytes it waits for; 0 for any. */
  readonly count: number;
  readonly #self: Self;
  readonly #resolve: (data: Buffer) => void;
  readonly #reject: (error: Error) => void;
  readonly #timer: Ref | undefined;

  /** `onTimeout` is told when the time is up, and answers how many bytes have come. */
  constructor(
    self: Self,
    count: number,
    timeoutMs: number,
    onTimeout: () => number,
    resolve: (data: Buffer) => void,
    reject: (error: Error) => void,
  ) {
    this.#self = self;
    this.count = count;
    this.#resolve = resolve;
    this.#reject = reject;
    if (timeoutMs !== Number.POSITIVE_INFINITY) {
      this.#timer = self.callAfter(timeoutMs, () => {
        const came = onTimeout();
        const wanted = count === 0 ? 'nothing' : `${came} of ${count} bytes`;
        reject(new RecvTimeoutError(`${wanted} came within ${timeoutMs} ms`));
      });
    }
  }

  resolve(data: Buffer): void {
    this.#stopTimer();
    this.#resolve(data);
  }

  reject(error: Error): void {
    this.#stopTimer();
    this.#reject(error);
  }

  #stopTimer(): void {
    if (this.#timer !== undefined) this.#self.cancelTimer(this.#timer);
  }
}
