import type { Ref, Self } from '@thousand-island/runtime';
import { SendTimeoutError } from './errors.ts';
import type { RawSocket } from './transport.ts';
import { keepTaken } from './transports/taken.ts';

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** More than this waiting in Node, in bytes, makes `send` wait for the kernel. */
export const SEND_HIGH_WATER = 64 * 1024;

/**
 * Those who wait until the kernel has taken what was sent. One timer for all of them: it is about the client, who is to take
 * something every `timeoutMs`.
 */
export class Outbox {
  /** How long the client may take nothing, in ms. */
  timeoutMs: number;
  #raw: RawSocket;
  readonly #self: Self;
  readonly #onTimeout: (error: Error) => void;
  readonly #waiters: Waiter[] = [];
  #timer: Ref | undefined = undefined;
  #progress = 0;
  #turn: Promise<void> | undefined = undefined;
  #waitingForTurn = 0;

  constructor(raw: RawSocket, self: Self, timeoutMs: number, onTimeout: (error: Error) => void) {
    this.#raw = raw;
    this.#self = self;
    this.timeoutMs = timeoutMs;
    this.#onTimeout = onTimeout;
  }

  /** Resolves when nothing waits in Node any more; rejects when the socket has closed, or the client took nothing. */
  drained(): Promise<void> {
    if (this.#waiters.length === 0) {
      // Node says no more `drain` from the moment on that the end is asked for, also to those who wait already.
      this.#raw.on('drain', this.#onDrain).on('finish', this.#onDrain);
      keepTaken(this.#raw);
      this.#armTimer();
    }
    // Node says `drain` only to those who were told to wait; an empty write asks, and is called back behind all others.
    if (!this.#raw.writableEnded && !this.#raw.writableNeedDrain) this.#raw.write('', this.#onDrain);
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
    });
  }

  /** What waits for its turn goes out over another raw socket, which lies over the one before, and nothing overtakes it. */
  goOnWith(raw: RawSocket): void {
    this.#raw = raw;
  }

  /** Settles when a file that is being sent, and all that came behind it, has gone out; undefined if there is none. */
  get turn(): Promise<void> | undefined {
    return this.#turn;
  }

  /** How many bytes wait for that. */
  get waitingForTurn(): number {
    return this.#waitingForTurn;
  }

  /**
   * Begins what takes more than one write, or has to stand behind such, when all before it has gone out: at once if nothing
   * is before it. `bytes` is how many of it are in memory already.
   */
  inTurn<Value>(bytes: number, begin: () => Promise<Value>): Promise<Value> {
    this.#waitingForTurn += bytes;
    const start = (): Promise<Value> => {
      this.#waitingForTurn -= bytes;
      return begin();
    };
    const result = this.#turn === undefined ? start() : this.#turn.then(start);
    const over = (): void => {
      if (this.#turn === turn) this.#turn = undefined;
    };
    const turn: Promise<void> = result.then(over, over);
    this.#turn = turn;
    return result;
  }

  /** The socket has closed: nobody needs to wait any longer. The error is made only if somebody does: it has a stack. */
  fail(errorOf: () => Error): void {
    if (this.#waiters.length === 0) return;
    const error = errorOf();
    this.#finish((waiter) => waiter.reject(error));
  }

  readonly #onDrain = (): void => this.#finish((waiter) => waiter.resolve());

  #finish(tell: (waiter: Waiter) => void): void {
    if (this.#waiters.length === 0) return;
    if (this.#timer !== undefined) this.#self.cancelTimer(this.#timer);
    this.#timer = undefined;
    this.#raw.off('drain', this.#onDrain).off('finish', this.#onDrain);
    for (const waiter of this.#waiters.splice(0)) tell(waiter);
  }

  #armTimer(): void {
    if (this.timeoutMs === Number.POSITIVE_INFINITY || !this.#self.alive) return;
    this.#progress = progress(this.#raw);
    this.#timer = this.#self.callAfter(this.timeoutMs, () => {
      // A client that is slow but takes something is no dead client.
      if (progress(this.#raw) !== this.#progress) {
        this.#armTimer();
        return;
      }
      const error = new SendTimeoutError(`the client has taken nothing for ${this.timeoutMs} ms`);
      this.#onTimeout(error);
      this.fail(() => error);
    });
  }
}

/**
 * A number that changes whenever the kernel takes something. Node counts a write when all of it is done, and what is left
 * of a large one is known to its handle alone: the socket timeouts of Node look there too. Over TLS all of it is encrypted at
 * once, and what is left is known to the handle of the socket below.
 */
function progress(raw: RawSocket & WithHandle & { readonly _parent?: WithHandle | null }): number {
  const { _handle: handle } = raw._parent ?? raw;
  return raw.bytesWritten - raw.writableLength - (handle?.writeQueueSize ?? 0);
}

interface WithHandle {
  readonly _handle?: { readonly writeQueueSize?: number } | null;
}
