import { type ExitReason, isCleanExit, isShutdown, type Self } from '@thousand-island/runtime';
import type {
  ConnectionEvent,
  ConnectionStopped,
  FileRange,
  FileSent,
  IslandEvents,
  SocketShutdown,
} from './events.ts';
import type { SendData } from './sending.ts';
import { Span } from './span.ts';
import type { SocketAddress } from './transport.ts';

/** What is told of a connection's end besides what all its events carry. */
export type ConnectionEnded = Omit<ConnectionStopped, Exclude<keyof ConnectionEvent, 'time'>>;

const IN_ORDER: ReadonlySet<unknown> = new Set(['normal', 'shutdown', 'localClosed', 'peerClosed']);

/** The `error` of a connection's stop; none if it ended in good order. Elixir: `Handler.do_socket_close/2`. */
export function errorOfEnd(reason: ExitReason): { readonly error?: ExitReason } {
  if (!isCleanExit(reason)) return { error: reason };
  const detail = isShutdown(reason) && reason !== 'shutdown' ? reason.shutdown : reason;
  return IN_ORDER.has(detail) ? {} : { error: detail as ExitReason };
}

/** Tells of one connection, from its start to its stop. There is none until somebody looks on. */
export class ConnectionSpan {
  readonly #events: IslandEvents;
  readonly #self: Self;
  readonly #common: Omit<ConnectionEvent, 'time'>;

  constructor(
    events: IslandEvents,
    self: Self,
    handler: object,
    parentSpan: Span | undefined,
    remote: SocketAddress | undefined,
  ) {
    const span = new Span('connection', self.pid, parentSpan);
    this.#events = events;
    this.#self = self;
    this.#common = { span, parentSpan, handler, connection: self.pid, remote };
  }

  start(time: number): void {
    this.#events.publish('connection:start', { ...this.#common, time });
  }

  ready(): void {
    this.#events.publish('connection:ready', this.#now());
  }

  asyncReceived(data: Buffer): void {
    this.#events.publish('connection:asyncRecv', { ...this.#now(), data });
  }

  received(data: Buffer): void {
    this.#events.publish('connection:recv', { ...this.#now(), data });
  }

  recvFailed(error: Error): void {
    this.#events.publish('connection:recvError', { ...this.#now(), error });
  }

  sent(data: SendData): void {
    this.#events.publish('connection:send', { ...this.#now(), data });
  }

  sendFailed(data: SendData, error: Error): void {
    this.#events.publish('connection:sendError', { ...this.#now(), data, error });
  }

  fileSent(file: Omit<FileSent, keyof ConnectionEvent>): void {
    this.#events.publish('connection:sendfile', { ...this.#now(), ...file });
  }

  sendfileFailed(file: FileRange, error: Error): void {
    this.#events.publish('connection:sendfileError', { ...this.#now(), ...file, error });
  }

  shutDown(way: SocketShutdown['way']): void {
    this.#events.publish('connection:socketShutdown', { ...this.#now(), way });
  }

  stop(ended: ConnectionEnded): void {
    this.#events.publish('connection:stop', { ...this.#common, ...ended });
  }

  #now(): ConnectionEvent {
    return { ...this.#common, time: this.#self.now };
  }
}
