import type { Resource, Self } from '@thousand-island/runtime';
import type { Socket } from './socket.ts';
import type { Span } from './span.ts';

/** An acceptor, as it waits for sockets. */
export interface Acceptor {
  readonly self: Self;
  /** Whether it takes one at the moment. If not, it waits on: others are served before it. */
  readonly admits: boolean;
  /** From now on the socket is its own: if its process ends, the socket is closed. */
  hold(socket: Socket): void;
}

interface Waiter {
  readonly acceptor: Acceptor;
  readonly resolve: (socket: Socket) => void;
}

/**
 * What acceptors wait at. Node accepts as fast as clients connect and cannot be told to pause, so sockets that find no
 * acceptor free wait here, paused; beyond a bound they are refused. It outlives suspensions of the listener.
 */
export class ListenSocket implements Resource {
  /** Nobody is let in any more. */
  isClosed = false;
  /** The span of the Listener when it listened last. */
  span: Span | undefined = undefined;
  readonly #maxQueue: number;
  readonly #onRefused: () => void;
  readonly #acceptors: Waiter[] = [];
  readonly #sockets: Socket[] = [];

  constructor(maxQueue: number, onRefused: () => void) {
    this.#maxQueue = maxQueue;
    this.#onRefused = onRefused;
  }

  /** How many sockets wait for an acceptor. */
  get waiting(): number {
    return this.#sockets.length;
  }

  /** A socket has come: it goes to the acceptor that has waited longest. */
  push(socket: Socket): void {
    const waiter = this.#nextAcceptor();
    if (waiter !== undefined) {
      hand(socket, waiter);
      return;
    }
    if (this.#sockets.length < this.#maxQueue) {
      this.#sockets.push(socket);
      return;
    }
    socket.close();
    this.#onRefused();
  }

  /** Waits for the next connection, for a process: from the moment it comes, that process owns it. OTP: `gen_tcp:accept`. */
  accept(acceptor: Acceptor): Promise<Socket> {
    return new Promise((resolve) => {
      this.#acceptors.push({ acceptor, resolve });
      this.handOut();
    });
  }

  /** Hands the sockets that wait to acceptors that take them: for when one of these may have become ready to. */
  handOut(): void {
    while (this.#sockets.length > 0) {
      const waiter = this.#nextAcceptor();
      if (waiter === undefined) return;
      hand(this.#sockets.shift() as Socket, waiter);
    }
  }

  /** Closes the sockets that wait; others may come. */
  dismiss(): void {
    for (const socket of this.#sockets.splice(0)) socket.close();
  }

  #nextAcceptor(): Waiter | undefined {
    for (let index = 0; index < this.#acceptors.length; ) {
      const waiter = this.#acceptors[index] as Waiter;
      const { self, admits } = waiter.acceptor;
      if (self.alive && !admits) {
        index++;
        continue;
      }
      this.#acceptors.splice(index, 1);
      if (self.alive) return waiter;
    }
    return undefined;
  }

  /** Closes the sockets that wait: nobody will come for them any more. Acceptors wait for ever from here on. */
  close(): void {
    this.isClosed = true;
    this.dismiss();
  }
}

// Owned before it is told of: if the acceptor is killed in between, the socket is closed.
function hand(socket: Socket, waiter: Waiter): void {
  waiter.acceptor.hold(socket);
  waiter.resolve(socket);
}
