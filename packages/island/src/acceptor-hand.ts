import type { Resource, Self } from '@thousand-island/runtime';
import type { Gate } from './gate.ts';
import type { Acceptor } from './listen-socket.ts';
import type { Socket } from './socket.ts';

/**
 * What an AcceptorWorker has in its hand: the socket it was given last, with its place, until a process has been started that
 * owns both. One for all sockets, so that an accept makes no list of what the worker owns.
 */
export class AcceptorHand implements Acceptor, Resource {
  readonly self: Self;
  readonly #gate: Gate;
  #socket: Socket | undefined = undefined;

  constructor(self: Self, gate: Gate) {
    this.self = self;
    this.#gate = gate;
  }

  get admits(): boolean {
    return this.#gate.admits;
  }

  hold(socket: Socket): void {
    this.#socket = socket;
    socket.place = this.#gate.reserve();
  }

  release(): void {
    this.#socket = undefined;
  }

  /** The worker has ended in the middle of it. */
  close(): void {
    this.#socket?.close();
    this.#socket?.place?.leave('other');
  }
}
