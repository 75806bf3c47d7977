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

/**
 * What one ConnectionWorker keeps: its socket, the handler's state, and how long it will wait for the client. It is the
 * deadline of that wait itself, so that a connection has one thing less.
 */
export class ConnectionState extends Deadline implements Resource {
  readonly socket: Socket;
  readonly config: ServerConfig;
  state: unknown;
  /** What an async `init` will come to; until then nothing is called. */
  making: PromiseLike<unknown> | undefined = undefined;
  /** Set when the connection is to end, before `terminate` runs. */
  end: ConnectionEnd | undefined = undefined;
  /** Whether the handler was told that the server is being drained. */
  draining = false;
  readonly startedAt: number;
  readonly self: Self;
  #stopped = false;
  #started = false;
  #persistentMs: number;
  #timeoutMs: number;
  #silentSince: number;

  constructor(self: Self, socket: Socket, config: ServerConfig) {
    super();
    this.self = self;
    this.socket = socket;
    this.config = config;
    this.state = config.handlerOptions;
    this.startedAt = Math.ceil(self.now);
    this.#silentSince = this.startedAt;
    this.#persistentMs = config.readTimeout;
    this.#timeoutMs = config.readTimeout;
  }

  /** The connection is there: tells those who look on. */
  reportStart(): void {
    const { topics } = this.config.events;
    this.#started = true;
    // Made here for the end too: nobody knows the client's address any more then.
    if (topics['connection:start'].isWanted || topics['connection:stop'].isWanted)
      this.socket.span?.start(this.startedAt);
  }

  /** The connection is over: closes the socket and tells those who look on, once. Also called when it was killed. */
  close(reason: ExitReason = this.self.exitReason): void {
    const { socket } = this;
    if (this.#stopped) return;
    this.#stopped = true;
    this.self.clearDeadline(this);
    const isWanted = this.#started && this.config.events.topics['connection:stop'].isWanted;
    const stopped = isWanted ? this.#stop(reason) : undefined;
    socket.close();
    socket.place?.leave(this.#started || this.end?.kind === 'unready' ? exitName(reason) : 'notStarted');
    if (stopped !== undefined) socket.span?.stop(stopped);
  }

  #stop(reason: ExitReason): ConnectionEnded {
    const time = this.self.now;
    return {
      time,
      durationMs: time - this.startedAt,
      statistics: this.socket.getstat(),
      ...this.#errorOf(reason),
    };
  }

  /** A client that is silent or breaks the connection is no crash of the process, and no good order either. */
  #errorOf(reason: ExitReason): { readonly error?: ExitReason } {
    const { end } = this;
    if (end?.kind === 'timeout') return { error: 'timeout' };
    if (end?.kind === 'error') return { error: end.reason };
    return errorOfEnd(reason);
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
    const left = this.#silentSince + this.#timeoutMs - this.self.now;
    if (left > 0) this.self.setDeadline(this, left);
    else this.self.send(this.self.pid, READ_TIMEOUT);
  }

  /** A read timeout came that is none any more: looks again when it would be one. */
  lookAgain(): void {
    if (this.isSet || this.#timeoutMs === Number.POSITIVE_INFINITY) return;
    this.self.setDeadline(this, Math.max(0, this.#silentSince + this.#timeoutMs - this.self.now));
  }

  /** Whether the silence has really been too long: something may have come since the timeout was sent. */
  isSilent(): boolean {
    return this.self.now - this.#silentSince >= this.#timeoutMs;
  }
}
