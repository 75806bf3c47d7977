import { Deadline, type ExitReason, type Resource, type Self } from '@thousand-island/runtime';
import { type ConnectionEnded, errorOfEnd } from './connection-span.ts';
import type { ServerConfig } from './server-config.ts';
import type { Socket } from './socket.ts';
import { exitName } from './tally.ts';

/** How a connection ended, which decides the last callback. */
export type ConnectionEnd =
  | { readonly kind: 'close' }
  | { readonly kind: 'error'; readonly reason: ExitReason }
  | { readonly kind: 'shutdown' }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'unborn' }
  | { readonly kind: 'unready' };

/** Sent to a connection when the server is being drained. */
export const DRAIN = Symbol('drain');

/** Sent to a connection by itself when the client has been silent for too long. */
export const READ_TIMEOUT = Symbol('read timeout');

/** An `init` that is async, and what it will come to; until then nothing is called. */
export class Making {
  readonly state: PromiseLike<unknown>;
  constructor(state: PromiseLike<unknown>) {
    this.state = state;
  }
}

// What has happened to a connection, a bit each: there may be very many of them.
const STARTED = 1;
const STOPPED = 2;
/** The handler was told that the server is being drained. */
const DRAINING = 4;
/** Above these stands how many µs of a ms had gone when it began. */
const FRACTION = 3;

/**
 * What one ConnectionWorker keeps: its socket, the handler's state, and how long it will wait for the client. It is the
 * deadline of that wait itself, so that a connection has one thing less.
 */
export class ConnectionState extends Deadline implements Resource {
  readonly socket: Socket;
  readonly config: ServerConfig;
  /** The handler's; until there is one, `Making` it. */
  state: unknown;
  /** Set when the connection is to end, before `terminate` runs. */
  end: ConnectionEnd | undefined = undefined;
  /** In whole ms; a time with a fraction would be a number of its own, in a place of its own. */
  readonly #startedMs: number;
  #flags: number;
  #persistentMs: number;
  #timeoutMs: number;
  #silentSince: number;

  constructor(self: Self, socket: Socket, config: ServerConfig) {
    super();
    this.socket = socket;
    this.config = config;
    this.state = config.handlerOptions;
    const { now } = self;
    this.#startedMs = Math.floor(now);
    this.#flags = Math.floor((now - this.#startedMs) * 1_000) << FRACTION;
    this.#silentSince = Math.ceil(now);
    this.#persistentMs = config.readTimeout;
    this.#timeoutMs = config.readTimeout;
  }

  /** The process of the connection; its socket knows it. */
  get self(): Self {
    return this.socket.reader.self as Self;
  }

  /** When it began, to the µs. */
  get startedAt(): number {
    return this.#startedMs + (this.#flags >> FRACTION) / 1_000;
  }

  /** Says that the handler is told of the drain; answers false if it has been told already. */
  beginDraining(): boolean {
    if ((this.#flags & DRAINING) !== 0) return false;
    this.#flags |= DRAINING;
    return true;
  }

  /** The connection is there: tells those who look on. */
  reportStart(): void {
    const { topics } = this.config.events;
    this.#flags |= STARTED;
    // Made here for the end too: nobody knows the client's address any more then.
    if (topics['connection:start'].isWanted || topics['connection:stop'].isWanted)
      this.socket.span?.start(this.startedAt);
  }

  /** The connection is over: closes the socket and tells those who look on, once. Also called when it was killed. */
  close(reason: ExitReason = this.self.exitReason): void {
    const { socket } = this;
    if ((this.#flags & STOPPED) !== 0) return;
    this.#flags |= STOPPED;
    const started = (this.#flags & STARTED) !== 0;
    this.self.clearDeadline(this);
    const isWanted = started && this.config.events.topics['connection:stop'].isWanted;
    const stopped = isWanted ? ended(this, reason) : undefined;
    socket.close();
    socket.leave(started || this.end?.kind === 'unready' ? exitName(reason) : 'notStarted');
    if (stopped !== undefined) socket.span?.stop(stopped);
  }

  /**
   * The client is waited for from now on. A deadline that is set already is left alone, unless it would be too late: when it
   * comes, one looks whether the client was heard meanwhile, so that a busy connection moves it once in a read timeout.
   */
  awaitClient(oneShotMs: number | undefined, persistentMs: number | undefined): void {
    if (persistentMs !== undefined) this.#persistentMs = persistentMs;
    this.#timeoutMs = oneShotMs ?? this.#persistentMs;
    this.#silentSince = Math.ceil(this.self.now);
    if (this.#timeoutMs === Number.POSITIVE_INFINITY) return;
    if (!this.isSet || this.dueAt > this.#silentSince + this.#timeoutMs) {
      this.self.setDeadline(this, this.#timeoutMs);
    }
  }

  /** The deadline has come: either the client has been silent for too long, or there is some time left. */
  fire(): void {
    if (this.#timeoutMs === Number.POSITIVE_INFINITY) return;
    const left = this.silentFrom() + this.#timeoutMs - this.self.now;
    if (left > 0) this.self.setDeadline(this, left);
    else this.self.send(this.self.pid, READ_TIMEOUT);
  }

  /** A read timeout came that is none any more: looks again when it would be one. */
  lookAgain(): void {
    if (this.isSet || this.#timeoutMs === Number.POSITIVE_INFINITY) return;
    this.self.setDeadline(this, Math.max(0, this.silentFrom() + this.#timeoutMs - this.self.now));
  }

  /** Whether the silence has really been too long: something may have come since the timeout was sent. */
  isSilent(): boolean {
    return this.self.now - this.silentFrom() >= this.#timeoutMs;
  }

  /** Since when the client has been silent: a `recv` that no callback waits for hears it too. */
  private silentFrom(): number {
    return Math.max(this.#silentSince, Math.ceil(this.socket.reader.heardAt));
  }
}

// Functions, not private methods: an object of a class with private methods is a word larger for it.
function ended(connection: ConnectionState, reason: ExitReason): ConnectionEnded {
  const time = connection.self.now;
  return {
    time,
    durationMs: time - connection.startedAt,
    statistics: connection.socket.getstat(),
    ...errorOf(connection.end, reason),
  };
}

/** A client that is silent or breaks the connection is no crash of the process, and no good order either. */
function errorOf(end: ConnectionEnd | undefined, reason: ExitReason): { readonly error?: ExitReason } {
  if (end?.kind === 'timeout') return { error: 'timeout' };
  if (end?.kind === 'error') return { error: end.reason };
  return errorOfEnd(reason);
}
