import { AsyncResource } from 'node:async_hooks';
import { type Channel, channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'eventemitter3';
import { checkFunction } from './arguments.ts';
import { BadArgumentError } from './errors.ts';

const outside = new AsyncResource('otp.EventBus');

function rethrow(error: unknown): never {
  throw error;
}

type Listener = (payload: unknown) => void;

type Emitter = EventEmitter<Record<string, Listener>>;

/** One event of a bus. Asking it whether anybody looks on costs two property reads: what happens per message asks it. */
export class EventTopic<Payload> {
  readonly #emitter: Emitter;
  readonly #event: string;
  readonly #channel: Channel;
  #hasListeners = false;

  /** Left to its bus. */
  constructor(emitter: Emitter, event: string, channelName: string) {
    this.#emitter = emitter;
    this.#event = event;
    this.#channel = channel(channelName);
  }

  /** Whether anybody looks on. Ask before an event is put together: unobserved, it costs nothing. */
  get isWanted(): boolean {
    return this.#hasListeners || this.#channel.hasSubscribers;
  }

  /** Calls the listener with every such event; answers a function that ends it. `BadArgumentError` if it is no function. */
  on(listener: (payload: Payload) => void): () => void {
    checkFunction('a listener', listener);
    // One for each subscription: the same listener may have several, and if it throws the others are told all the same.
    const tell = (payload: unknown): void => {
      try {
        listener(payload as Payload);
      } catch (error) {
        process.nextTick(rethrow, error);
      }
    };
    this.#emitter.on(this.#event, tell);
    this.#hasListeners = true;
    return () => {
      this.#emitter.off(this.#event, tell);
      this.#hasListeners = this.#emitter.listenerCount(this.#event) > 0;
    };
  }

  /** Tells everybody who looks on, outside the process that happens to run: what they throw or start is none of its doing. */
  publish(payload: Payload): void {
    if (this.isWanted) outside.runInAsyncScope(this.#tell, this, payload);
  }

  #tell(payload: Payload): void {
    this.#channel.publish(payload);
    this.#emitter.emit(this.#event, payload);
  }
}

/** The topics of a bus by the names of their events. */
export type EventTopics<EventMap extends object> = {
  readonly [Event in keyof EventMap & string]: EventTopic<EventMap[Event]>;
};

/**
 * Events for those who look on: loggers, metrics, inspectors. Each event also goes out on a diagnostics channel. It is not
 * a way to talk to processes, and a listener runs outside of all of them: what it throws, or starts and fails,
 * goes where Node reports uncaught errors, and no other listener misses anything.
 */
export class EventBus<EventMap extends object> {
  /** Each event by itself. */
  readonly topics: EventTopics<EventMap>;

  /** `prefix` is put before an event's name to name its channel; `names` are all events there are. */
  constructor(prefix: string, names: readonly (keyof EventMap & string)[]) {
    const emitter: Emitter = new EventEmitter();
    this.topics = Object.fromEntries(
      names.map((name) => [name, new EventTopic(emitter, name, prefix + name)]),
    ) as unknown as EventTopics<EventMap>;
  }

  /**
   * Calls the listener with every such event; answers a function that ends it. `BadArgumentError` if there is no such event,
   * or the listener is no function.
   */
  on<Event extends keyof EventMap & string>(
    event: Event,
    listener: (payload: EventMap[Event]) => void,
  ): () => void {
    return this.#topic(event).on(listener);
  }

  /** Whether anybody looks on. Ask before an event is put together: unobserved, it costs nothing. */
  wants(event: keyof EventMap & string): boolean {
    return this.#topic(event).isWanted;
  }

  /** Tells everybody who looks on. */
  publish<Event extends keyof EventMap & string>(event: Event, payload: EventMap[Event]): void {
    this.#topic(event).publish(payload);
  }

  #topic<Event extends keyof EventMap & string>(event: Event): EventTopic<EventMap[Event]> {
    const topic = Object.hasOwn(this.topics, event) ? this.topics[event] : undefined;
    if (topic === undefined)
      throw BadArgumentError.of('event', `one of ${Object.keys(this.topics).join(', ')}`, event);
    return topic;
  }
}
