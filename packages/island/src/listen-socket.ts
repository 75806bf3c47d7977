import type { Resource, Self } from '@thousand-island/runtime';
import type { Socket } from './socket.ts';

interface Waiter {
  readonly self: Self;
  readonly resolve: (socket: Socket) => void;
}

/**
 * What acceptors wait at. Node accepts as fast as clients connect and cannot be told to pause, so sockets that find no
 * acceptor free wait here, paused; beyond a bound they are refused. It outlives suspensions of the listener.
 */
export class ListenSocket implements Resource {
  /** How many sockets were closed because too many waited. */
  refused = 0;
  /** Nobody is let in any more. */
  isClosed = false;
  readonly #maxQueue: number;
  readonly #onRefused: (refused: number) => void;
  readonly #acceptors: Waiter[] = [];
  readonly #sockets: Socket[] = [];

  constructor(maxQueue: number, onRefused: (refused: number) => void) {
    this.#maxQueue = maxQueue;
    this.#onRefused = onRefused;
  }

  /** How many sockets wait for an acceptor. */
  get waiting(): number {
    return this.#sockets.length;
  }

  /** A socket has come: it goes to the acceptor that has waited longest. */
  push(socket: Socket): void {
    for (let waiter = this.#acceptors.shift(); waiter !== undefined; waiter = this.#acceptors.shift()) {
      if (!waiter.self.alive) continue;
      hand(socket, waiter);
      return;
    }
    if (this.#sockets.length < this.#maxQueue) {
      this.#sockets.push(socket);
      return;
    }
    socket.close();
    this.#onRefused(++this.refused);
  }

  /** Waits for the next connection, for a process: from the moment it comes, that process owns it. OTP: `gen_tcp:accept`. */
  accept(self: Self): Promise<Socket> {
    return new Promise((resolve) => {
      const socket = this.#sockets.shift();
      if (socket === undefined) this.#acceptors.push({ self, resolve });
      else hand(socket, { self, resolve });
    });
  }

  /** Closes the sockets that wait: nobody will come for them any more. Acceptors wait for ever from here on. */
  close(): void {
    this.isClosed = true;
    for (const socket of this.#sockets.splice(0)) socket.close();
  }
}

// Owned before it is told of: if the acceptor is killed in between, the socket is closed.
function hand(socket: Socket, waiter: Waiter): void {
  waiter.self.own(socket);
  waiter.resolve(socket);
}
