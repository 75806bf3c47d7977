import { type ExitReason, isCleanExit, type Self } from '@thousand-island/runtime';
import type {
  ConnectionEvent,
  ConnectionStopped,
  FileRange,
  FileSent,
  IslandEventMap,
  IslandEvents,
  SocketShutdown,
} from './events.ts';
import type { SendData } from './sending.ts';
import { shutdownDetail } from './shutdown-detail.ts';
import { Span } from './span.ts';
import type { SocketAddress } from './transport.ts';

/** What is told of a connection's end besides what all its events carry. */
export type ConnectionEnded = Omit<ConnectionStopped, Exclude<keyof ConnectionEvent, 'time'>>;

/** What is told between a connection's start and its stop. */
type Told = Exclude<
  keyof IslandEventMap & `connection:${string}`,
  'connection:start' | 'connection:stop' | 'connection:refused'
>;

const IN_ORDER: ReadonlySet<unknown> = new Set(['normal', 'shutdown', 'localClosed', 'peerClosed']);

/** The `error` of a connection's stop; none if it ended in good order. Elixir: `Handler.do_socket_close/2`. */
export function errorOfEnd(reason: ExitReason): { readonly error?: ExitReason } {
  if (!isCleanExit(reason)) return { error: reason };
  const detail = shutdownDetail(reason);
  return IN_ORDER.has(detail) ? {} : { error: detail as ExitReason };
}

/** Tells of one connection, from its start to its stop. There is none until somebody looks on. */
export class ConnectionSpan {
  readonly #events: IslandEvents;
  readonly #self: Self;
  readonly #common: Omit<ConnectionEvent, 'time'>;
  #isOver = false;

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
    this.#tell('connection:ready', {});
  }

  asyncReceived(data: Buffer): void {
    this.#tell('connection:asyncRecv', { data });
  }

  received(data: Buffer): void {
    this.#tell('connection:recv', { data });
  }

  recvFailed(error: Error): void {
    this.#tell('connection:recvError', { error });
  }

  sent(data: SendData): void {
    this.#tell('connection:send', { data });
  }

  sendFailed(data: SendData, error: Error): void {
    this.#tell('connection:sendError', { data, error });
  }

  fileSent(file: Omit<FileSent, keyof ConnectionEvent>): void {
    this.#tell('connection:sendfile', file);
  }

  sendfileFailed(range: FileRange, error: Error): void {
    this.#tell('connection:sendfileError', { ...range, error });
  }

  shutDown(way: SocketShutdown['way']): void {
    this.#tell('connection:socketShutdown', { way });
  }

  stop(ended: ConnectionEnded): void {
    this.#isOver = true;
    this.#events.publish('connection:stop', { ...this.#common, ...ended });
  }

  /** The stop is the last that is told: what waited to be sent fails after it, and because of it. */
  #tell<Event extends Told>(event: Event, more: Omit<IslandEventMap[Event], keyof ConnectionEvent>): void {
    if (this.#isOver || !this.#self.alive) return;
    const payload = { ...this.#common, time: this.#self.now, ...more };
    this.#events.publish(event, payload as unknown as IslandEventMap[Event]);
  }
}
