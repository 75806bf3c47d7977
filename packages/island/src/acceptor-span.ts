import { type ExitReason, isCleanExit, type Resource, type Self } from '@thousand-island/runtime';
import type { AcceptorEvent, IslandEvents } from './events.ts';
import { Span } from './span.ts';

/** What an acceptor tells of its server. */
interface SpanConfig {
  readonly events: IslandEvents;
  readonly handler: object;
}

/** The life of one AcceptorWorker, whose process owns it, so that its end is told of however that comes. */
export class AcceptorSpan implements Resource {
  readonly span: Span;
  readonly #self: Self;
  readonly #config: SpanConfig;
  readonly #startedAt: number;
  #connections = 0;

  private constructor(self: Self, config: SpanConfig, parent: Span | undefined) {
    this.span = new Span('acceptor', self.pid, parent);
    this.#self = self;
    this.#config = config;
    this.#startedAt = self.now;
  }

  /** The acceptor accepts from now on. */
  static begin(self: Self, config: SpanConfig, parent: Span | undefined): AcceptorSpan {
    const acceptor = new AcceptorSpan(self, config, parent);
    self.own(acceptor);
    if (config.events.wants('acceptor:start'))
      config.events.publish('acceptor:start', acceptor.#event(acceptor.#startedAt));
    return acceptor;
  }

  /** It has accepted a connection. */
  accepted(socket: { acceptor: AcceptorSpan | undefined }): void {
    this.#connections++;
    socket.acceptor = this;
  }

  /** No process could be started for a connection that it has accepted. */
  reportSpawnError(reason: ExitReason): void {
    const { events } = this.#config;
    if (events.wants('acceptor:spawnError'))
      events.publish('acceptor:spawnError', { ...this.#event(this.#self.now), reason });
  }

  /** The acceptor has ended. */
  close(): void {
    const { events } = this.#config;
    if (!events.wants('acceptor:stop')) return;
    const time = this.#self.now;
    const reason = this.#self.exitReason;
    events.publish('acceptor:stop', {
      ...this.#event(time),
      connections: this.#connections,
      durationMs: time - this.#startedAt,
      ...(isCleanExit(reason) ? {} : { error: reason }),
    });
  }

  #event(time: number): AcceptorEvent {
    const { span } = this;
    return { span, parentSpan: span.parent, handler: this.#config.handler, acceptor: span.pid, time };
  }
}
