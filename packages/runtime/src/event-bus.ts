import { AsyncResource } from 'node:async_hooks';
import { type Channel, channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'eventemitter3';

const outside = new AsyncResource('otp.EventBus');

function rethrow(error: unknown): never {
  throw error;
}

type Listener = (payload: unknown) => void;

/**
 * Events for those who look on: loggers, metrics, inspectors. Each event also goes out on a diagnostics channel. It is not
 * a way to talk to processes, and a listener that throws does no harm: the error is thrown again where Node reports it.
 */
export class EventBus<EventMap extends object> {
  readonly #emitter = new EventEmitter<Record<string, Listener>>();
  readonly #channels: Readonly<Record<string, Channel>>;

  /** `prefix` is put before an event's name to name its channel; `names` are all events there are. */
  constructor(prefix: string, names: readonly (keyof EventMap & string)[]) {
    this.#channels = Object.fromEntries(names.map((name) => [name, channel(prefix + name)]));
  }

  /** Calls the listener with every such event; answers a function that ends it. */
  on<Event extends keyof EventMap & string>(
    event: Event,
    listener: (payload: EventMap[Event]) => void,
  ): () => void {
    this.#emitter.on(event, listener as Listener);
    return () => void this.#emitter.off(event, listener as Listener);
  }

  /** Whether anybody looks on. Ask before an event is put together: unobserved, it costs nothing. */
  wants(event: keyof EventMap & string): boolean {
    return this.#emitter.listenerCount(event) > 0 || this.#channels[event]?.hasSubscribers === true;
  }

  /** Tells everybody who looks on. */
  publish<Event extends keyof EventMap & string>(event: Event, payload: EventMap[Event]): void {
    this.#channels[event]?.publish(payload);
    try {
      this.#emitter.emit(event, payload);
    } catch (error) {
      // Outside the process that happens to run: the listener's error is none of its doing.
      outside.runInAsyncScope(() => process.nextTick(rethrow, error));
    }
  }
}
