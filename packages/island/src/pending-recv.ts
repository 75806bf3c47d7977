import type { Ref, Self } from '@thousand-island/runtime';
import { RecvTimeoutError } from './errors.ts';

/** Is told how a `recv` has ended. */
export interface RecvObserver {
  received(data: Buffer): void;
  recvFailed(error: Error): void;
}

/** One `recv` that waits for bytes. It ends once: with them, with an error, or because its time is up. */
export class PendingRecv {
  /** How many bytes it waits for; 0 for any. */
  readonly count: number;
  readonly #self: Self;
  readonly #resolve: (data: Buffer) => void;
  readonly #reject: (error: Error) => void;
  readonly #observer: RecvObserver | undefined;
  readonly #timer: Ref | undefined;

  /** `onTimeout` is told when the time is up, and answers how many bytes have come. */
  constructor(
    self: Self,
    count: number,
    timeoutMs: number,
    onTimeout: () => number,
    resolve: (data: Buffer) => void,
    reject: (error: Error) => void,
    observer: RecvObserver | undefined,
  ) {
    this.#self = self;
    this.count = count;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#observer = observer;
    if (timeoutMs !== Number.POSITIVE_INFINITY) {
      this.#timer = self.callAfter(timeoutMs, () => {
        const came = onTimeout();
        const wanted = count === 0 ? 'nothing' : `${came} of ${count} bytes`;
        this.reject(new RecvTimeoutError(`${wanted} came within ${timeoutMs} ms`));
      });
    }
  }

  resolve(data: Buffer): void {
    this.#stopTimer();
    this.#observer?.received(data);
    this.#resolve(data);
  }

  reject(error: Error): void {
    this.#stopTimer();
    this.#observer?.recvFailed(error);
    this.#reject(error);
  }

  #stopTimer(): void {
    if (this.#timer !== undefined) this.#self.cancelTimer(this.#timer);
  }
}
