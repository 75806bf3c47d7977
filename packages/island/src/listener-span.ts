import { type ExitReason, isCleanExit, type Pid, type Resource, type Self } from '@thousand-island/runtime';
import type { DescriptorsShort, IslandEvents, ListenerEvent } from './events.ts';
import { Span } from './span.ts';
import type { SocketAddress, Transport } from './transport.ts';

/** What a Listener tells of its server. */
interface SpanConfig {
  readonly events: IslandEvents;
  readonly handler: object;
  readonly transport: Transport;
}

/**
 * The time for which a Listener listens: from its start, or from a resumption, to the suspension or the end. Owned by the
 * Listener's process, so that the end is told of also if that is killed.
 */
export class ListenerSpan implements Resource {
  readonly span: Span;
  readonly #self: Self;
  readonly #events: IslandEvents;
  readonly #common: Omit<ListenerEvent, 'time'>;
  readonly #startedAt: number;

  private constructor(self: Self, config: SpanConfig, address: SocketAddress) {
    const { events, handler, transport } = config;
    this.span = new Span('listener', self.pid);
    this.#self = self;
    this.#events = events;
    this.#startedAt = self.now;
    const about = { server: self.parent as Pid, listener: self.pid, address, transport: transport.name };
    this.#common = { span: this.span, parentSpan: undefined, handler, ...about };
  }

  /** The server listens from now on. */
  static begin(self: Self, config: SpanConfig, address: SocketAddress): ListenerSpan {
    const listening = new ListenerSpan(self, config, address);
    self.own(listening);
    if (config.events.wants('listener:start'))
      config.events.publish('listener:start', { ...listening.#common, time: listening.#startedAt });
    return listening;
  }

  /** Accepting failed. */
  acceptError(error: Error): void {
    const event = 'acceptor:acceptError';
    if (this.#events.wants(event))
      this.#events.publish(event, { ...this.#common, time: this.#self.now, error });
  }

  /** Only the reserve of descriptors is left. */
  emfile(descriptors: Pick<DescriptorsShort, 'used' | 'limit' | 'reserve'>): void {
    const event = 'acceptor:emfile';
    if (!this.#events.wants(event)) return;
    this.#events.publish(event, { ...this.#common, time: this.#self.now, ...descriptors });
  }

  /** It listens no more. */
  end(reason: ExitReason): void {
    this.#self.disown(this);
    if (!this.#events.wants('listener:stop')) return;
    const time = this.#self.now;
    this.#events.publish('listener:stop', {
      ...this.#common,
      time,
      durationMs: time - this.#startedAt,
      ...(isCleanExit(reason) ? {} : { error: reason }),
    });
  }

  /** The Listener has ended without a word. */
  close(): void {
    this.end(this.#self.exitReason);
  }
}
