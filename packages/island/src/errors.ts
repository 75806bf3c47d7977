import { inspect } from 'node:util';

/** Every code an error of this package can carry. `docs/errors.md` lists them, and a test compares the two. */
export type IslandErrorCode =
  | 'ISLAND_BAD_OPTION'
  | 'ISLAND_HANDSHAKE_FAILED'
  | 'ISLAND_LISTEN_FAILED'
  | 'ISLAND_RECV_TIMEOUT'
  | 'ISLAND_SEND_OVERFLOW'
  | 'ISLAND_SEND_TIMEOUT'
  | 'ISLAND_SERVER_RUNNING'
  | 'ISLAND_SOCKET_BUSY'
  | 'ISLAND_SOCKET_CLOSED'
  | 'ISLAND_SOCKET_ERROR'
  | 'ISLAND_UNSUPPORTED_UPGRADE';

/** The base of this package's errors. Recognise one by `code`. */
export abstract class IslandError extends Error {
  abstract readonly code: IslandErrorCode;
  override get name(): string {
    return this.constructor.name;
  }
}

/** An option that is unknown, of the wrong type or impossible. The message names it, its value and what is allowed. */
export class BadOptionError extends IslandError {
  readonly code = 'ISLAND_BAD_OPTION';
  /** The option's name. */
  readonly option: string;

  constructor(option: string, message: string) {
    super(message);
    this.option = option;
  }

  /** Composes the message: `the option port must be a whole number from 0 to 65535, not 'http'`. */
  static of(option: string, allowed: string, value: unknown): BadOptionError {
    return new BadOptionError(
      option,
      `the option ${option} must be ${allowed}, not ${inspect(value, { depth: 1 })}`,
    );
  }
}

/** The server could not listen; `cause` is Node's error (EADDRINUSE, EACCES, …). */
export class ListenFailedError extends IslandError {
  readonly code = 'ISLAND_LISTEN_FAILED';
}

/** Why a handshake failed: what the other side did, that it took too long, or that it was gone before the end. */
export type HandshakeFailure = 'closed' | 'failed' | 'timeout';

/** A connection did not get as far as being talked over, or could not be switched to another transport. */
export class HandshakeError extends IslandError {
  readonly code = 'ISLAND_HANDSHAKE_FAILED';
  /** `cause` tells more, where there is more to tell. */
  readonly reason: HandshakeFailure;

  constructor(reason: HandshakeFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** A `recv` got nothing, or not enough, in time. What has come stays there for the next `recv`. */
export class RecvTimeoutError extends IslandError {
  readonly code = 'ISLAND_RECV_TIMEOUT';
}

/** The client reads so slowly that more waits to be sent than the option `maxSendBuffer` allows. The socket is closed. */
export class SendOverflowError extends IslandError {
  readonly code = 'ISLAND_SEND_OVERFLOW';
}

/** The client has taken nothing for `sendTimeout` ms. The socket is closed. */
export class SendTimeoutError extends IslandError {
  readonly code = 'ISLAND_SEND_TIMEOUT';
}

/** The option can be changed only while the server is suspended. */
export class ServerRunningError extends IslandError {
  readonly code = 'ISLAND_SERVER_RUNNING';
}

/** A second `recv` while one is waiting. */
export class SocketBusyError extends IslandError {
  readonly code = 'ISLAND_SOCKET_BUSY';
}

/** The socket is closed, by either side. */
export class SocketClosedError extends IslandError {
  readonly code = 'ISLAND_SOCKET_CLOSED';
}

/** The connection broke; `cause` is Node's error (ECONNRESET, EPIPE, ETIMEDOUT, …). */
export class SocketError extends IslandError {
  readonly code = 'ISLAND_SOCKET_ERROR';
}

/** A connection cannot be switched to this transport: it has no upgrade, or would be less secure than the present one. */
export class UnsupportedUpgradeError extends IslandError {
  readonly code = 'ISLAND_UNSUPPORTED_UPGRADE';
}
