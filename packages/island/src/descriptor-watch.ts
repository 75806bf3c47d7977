import type { Resource, Self } from '@thousand-island/runtime';
import {
  connectionsUntilNextLook,
  type DescriptorReading,
  type Descriptors,
  reserveOf,
} from './descriptors.ts';
import type { ListenSocket } from './listen-socket.ts';
import type { Socket } from './socket.ts';

/** What a DescriptorWatch goes by. */
export interface DescriptorWatchOptions {
  /** How many descriptors are kept back; 0 looks at nothing. */
  readonly reserve: number;
  /** How long to wait before it looks again, in ms. */
  readonly backoff: number;
  readonly read: () => DescriptorReading;
  /** Only the reserve is left: told once, until there are more again. */
  readonly onShort: (descriptors: Descriptors, reserve: number) => void;
  readonly onRefused: () => void;
}

interface Guest {
  readonly socket: Socket;
  readonly listenSocket: ListenSocket;
}

/**
 * Stands between Node, which accepts, and the acceptors, and sees to it that the process does not run out of descriptors: at
 * the limit, Node closes new clients and tells nobody, and files that connections need cannot be opened.
 *
 * When only the reserve is left, clients wait here, as they would in the kernel's queue if Node could be told not to accept.
 * They may take half of the reserve; more are refused, and counted. Every `backoff` ms it looks whether descriptors are free.
 */
export class DescriptorWatch implements Resource {
  readonly #self: Self;
  readonly #options: DescriptorWatchOptions;
  #waiting: Guest[] = [];
  #last: Descriptors = { used: 0, limit: Number.POSITIVE_INFINITY };
  /** Connections to let in before it looks again. */
  #untilLook = 1;
  /** Those that came since it looked last. */
  #since = 0;
  #isShort = false;
  #isOff: boolean;

  constructor(self: Self, options: DescriptorWatchOptions) {
    this.#self = self;
    this.#options = options;
    this.#isOff = options.reserve === 0;
  }

  /** How many sockets wait for descriptors to be free. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** A socket has come: it goes on to the acceptors, waits, or is closed. */
  admit(socket: Socket, listenSocket: ListenSocket): void {
    this.#since++;
    if (!this.#isOff && !this.#isShort && --this.#untilLook <= 0) this.#look();
    if (!this.#isShort) listenSocket.push(socket);
    else if (this.#hasRoom()) this.#waiting.push({ socket, listenSocket });
    else {
      socket.close();
      this.#options.onRefused();
    }
  }

  /** Closes the sockets that wait. */
  close(): void {
    for (const { socket } of this.#waiting.splice(0)) socket.close();
  }

  get #reserve(): number {
    return reserveOf(this.#options.reserve, this.#last.limit);
  }

  /** Whether one more may wait. */
  #hasRoom(): boolean {
    const { used, limit } = this.#last;
    return limit - used - this.#since >= this.#reserve / 2;
  }

  /** How many descriptors are left above the reserve. */
  #left(): number {
    const reading = this.#options.read();
    if (reading === undefined) {
      this.#isOff = true;
      return Number.POSITIVE_INFINITY;
    }
    this.#since = 0;
    if (reading === 'exhausted') {
      const { limit } = this.#last;
      // As long as nothing could be read, nobody knows of how many there are none left.
      if (limit === Number.POSITIVE_INFINITY) return Number.NEGATIVE_INFINITY;
      this.#last = { limit, used: limit };
    } else this.#last = reading;
    return this.#last.limit - this.#last.used - this.#reserve;
  }

  #look(): void {
    const left = this.#left();
    if (left >= 0) {
      this.#untilLook = connectionsUntilNextLook(left);
      return;
    }
    this.#isShort = true;
    this.#options.onShort(this.#last, this.#reserve);
    this.#lookLater();
  }

  #lookLater(): void {
    this.#self.callAfter(this.#options.backoff, () => this.#lookAgain());
  }

  /** Lets as many in as there is place for, the one that has waited longest first. */
  #lookAgain(): void {
    this.#waiting = this.#waiting.filter(({ socket }) => !socket.isClosed);
    // Those that wait hold theirs already.
    let left = this.#left() + this.#waiting.length;
    for (; left > 0; left--) {
      const guest = this.#waiting.shift();
      if (guest === undefined) break;
      guest.listenSocket.push(guest.socket);
    }
    // A little more than is needed to go on, so that it is not told again with the next connection.
    this.#isShort = left <= 0;
    if (this.#isShort) this.#lookLater();
    else this.#untilLook = connectionsUntilNextLook(left);
  }
}
