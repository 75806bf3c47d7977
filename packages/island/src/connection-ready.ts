import { type Awaitable, ExitMessage, Receiver } from '@thousand-island/runtime';
import { isPromise } from './awaitable.ts';
import { type Ending, endWith, type Outcome } from './connection-end.ts';
import { type ConnectionState, DRAIN } from './connection-state.ts';
import { HandshakeError } from './errors.ts';
import type { OnFailed } from './socket-exchange.ts';

/** What is done with a connection before it can be talked over: tells one of the two when that is over, or throws. */
export type Preparing = (connection: ConnectionState, onDone: () => void, onFailed: OnFailed) => void;

type Next = (connection: ConnectionState) => Awaitable<Outcome>;

const goOn: Next = () => undefined;

/**
 * Does what is needed before a connection can be talked over, within `timeoutMs`, and then `next`. Comes to how the connection ends
 * if that fails, and otherwise to what `next` says.
 *
 * The process waits as in `receive`: it obeys when it is told to end meanwhile, whatever the client does.
 */
export function ready(
  connection: ConnectionState,
  prepare: Preparing,
  timeoutMs = connection.config.handshakeTimeout,
  next = goOn,
): PromiseLike<Outcome> {
  const preparation = new Preparation(connection, timeoutMs, next);
  preparation.start(prepare);
  return preparation;
}

const UNDER_WAY = Symbol('under way');

/**
 * Such a wait: what the process receives with, the message that it is over, and what the callback has answered, in one. Of promises
 * there would be five, and most connections over TLS do little else than this.
 */
class Preparation extends Receiver implements PromiseLike<Outcome> {
  readonly #connection: ConnectionState;
  readonly #timeoutMs: number;
  readonly #next: Next;
  #failure: Error | undefined = undefined;
  #outcome: Awaitable<Outcome> | typeof UNDER_WAY = UNDER_WAY;
  #onSettled: ((outcome: Outcome) => unknown) | null | undefined = undefined;
  #onRejected: ((thrown: unknown) => unknown) | null | undefined = undefined;

  constructor(connection: ConnectionState, timeoutMs: number, next: Next) {
    super();
    this.#connection = connection;
    this.#timeoutMs = timeoutMs;
    this.#next = next;
  }

  start(prepare: Preparing): void {
    const { self } = this.#connection;
    self.receiveWith(this, this.#timeoutMs);
    if (this.#outcome !== UNDER_WAY) return;
    const onFailed = (failure: Error): void => {
      this.#failure = failure;
      self.send(self.pid, this);
    };
    try {
      prepare(this.#connection, () => self.send(self.pid, this), onFailed);
    } catch (failure) {
      onFailed(failure as Error);
    }
  }

  matches(message: unknown): boolean {
    return message === this || message === DRAIN || isParentExit(message, this.#connection);
  }

  received(message: unknown): void {
    try {
      this.#outcome = this.#endBy(message) ?? this.#next(this.#connection);
    } catch (thrown) {
      this.#outcome = Promise.reject(thrown);
    }
    if (this.#onSettled !== undefined) this.#settle();
  }

  /** For the process, and for `await`, which ask once and make nothing of what it answers. */
  // biome-ignore lint/suspicious/noThenProperty: it is to be waited for.
  then(
    onSettled?: ((outcome: Outcome) => unknown) | null,
    onRejected?: ((thrown: unknown) => unknown) | null,
  ): never {
    this.#onSettled = onSettled;
    this.#onRejected = onRejected;
    if (this.#outcome !== UNDER_WAY) this.#settle();
    return undefined as never;
  }

  #settle(): void {
    const outcome = this.#outcome as Awaitable<Outcome>;
    if (isPromise<Outcome>(outcome)) outcome.then(this.#onSettled, this.#onRejected);
    else this.#onSettled?.(outcome);
  }

  /** How the connection ends, by what its process was told; undefined if it can go on. */
  #endBy(message: unknown): Outcome {
    const connection = this.#connection;
    if (message === this) return this.#failure && failed(connection, this.#failure);
    // Whatever the client still sends is not waited for, and its place is free.
    connection.socket.close();
    if (message === undefined) {
      const took = `the handshake took longer than ${this.#timeoutMs} ms`;
      return failed(connection, new HandshakeError('timeout', took));
    }
    return endWith(connection, { kind: 'unready' }, 'shutdown');
  }
}

function failed(connection: ConnectionState, error: Error): Ending {
  return endWith(connection, { kind: 'error', reason: error }, { shutdown: error });
}

function isParentExit(message: unknown, { self }: ConnectionState): boolean {
  return message instanceof ExitMessage && message.from !== undefined && message.from === self.parent;
}
