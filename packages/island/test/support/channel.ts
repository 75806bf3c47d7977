import type { EventBus } from '@thousand-island/runtime';

/** Values in the order in which they came, each for one who waits: how a test waits for what a process does. */
export class Channel<Value> {
  /** Everything that has come so far. */
  readonly seen: Value[] = [];
  readonly #waiters: ((value: Value) => void)[] = [];
  #taken = 0;

  /** A channel of an event's payloads. */
  static of<EventMap extends object, Event extends keyof EventMap & string>(
    bus: EventBus<EventMap>,
    event: Event,
  ): Channel<EventMap[Event]> {
    const channel = new Channel<EventMap[Event]>();
    bus.on(event, (payload) => channel.push(payload));
    return channel;
  }

  push(value: Value): void {
    this.seen.push(value);
    const waiter = this.#waiters.shift();
    if (waiter === undefined) return;
    this.#taken++;
    waiter(value);
  }

  /** The oldest value that nobody has taken yet; waits for it if there is none. */
  next(): Promise<Value> {
    if (this.#taken < this.seen.length) return Promise.resolve(this.seen[this.#taken++] as Value);
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  async take(count: number): Promise<Value[]> {
    const values: Value[] = [];
    while (values.length < count) values.push(await this.next());
    return values;
  }
}
