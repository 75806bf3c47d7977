import type { Duplex } from 'node:stream';

/** What a socket calls, by the name of the event, with itself as `this`. */
export type Listeners = Readonly<Record<string, (this: never, ...values: never[]) => void>>;

/** Where Node keeps the listeners of an emitter, and of how many events it has some. */
interface Emitter extends Duplex {
  _events?: object | undefined;
  _eventsCount?: number;
}

/**
 * The listeners that all sockets of a class have, as long as no others listen: one list for all of them. A list of its own would be
 * the largest single thing that an idle connection keeps for nothing.
 *
 * Node keeps it in a property that it does not document. Where there is none, each socket has its own.
 */
export class SharedListeners {
  #nobody: object | undefined = undefined;
  #all: object | undefined = undefined;
  #listeners: Listeners = {};
  #count = 0;

  /** Takes from a new socket the listeners that Node has given it. */
  clear(socket: Duplex): void {
    if (this.#nobody !== undefined) {
      hand(socket, this.#nobody, 0);
      return;
    }
    for (const event of socket.eventNames())
      for (const listener of socket.listeners(event)) socket.off(event, listener as () => void);
    this.#nobody = (socket as Emitter)._events;
  }

  /** Has the listeners hear of the socket, beside those that have so far. The same ones for all, or there is nothing to share. */
  add(socket: Duplex, listeners: Listeners): void {
    const isAlone = this.#nobody !== undefined && (socket as Emitter)._events === this.#nobody;
    if (isAlone && this.#all !== undefined && this.#listeners === listeners) {
      hand(socket, this.#all, this.#count);
      return;
    }
    for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener as () => void);
    if (!isAlone || this.#all !== undefined) return;
    this.#all = (socket as Emitter)._events;
    this.#listeners = listeners;
    this.#count = Object.keys(listeners).length;
  }

  /** To be called before who listens to the socket changes in another way: it gets a list of its own. */
  part(socket: Duplex): void {
    const list = (socket as Emitter)._events;
    if (list === undefined || (list !== this.#nobody && list !== this.#all)) return;
    (socket as Emitter)._events = Object.assign(Object.create(Object.getPrototypeOf(list)), list);
  }
}

function hand(emitter: Emitter, list: object, count: number): void {
  emitter._events = list;
  emitter._eventsCount = count;
}
