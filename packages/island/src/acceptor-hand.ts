import type { Resource, Self } from '@thousand-island/runtime';
import type { Gate } from './gate.ts';
import type { Acceptor } from './listen-socket.ts';
import type { Socket } from './socket.ts';

/**
 * What an AcceptorWorker has in its hand: the socket it was given last, with its place, until a process has been started that
 * owns both. One for all sockets, so that an accept makes no list of what the worker owns; to the worker it is the message
 * that there is something in it.
 */
export class AcceptorHand implements Acceptor, Resource {
  readonly self: Self;
  /** Undefined while it is empty. */
  socket: Socket | undefined = undefined;
  readonly #gate: Gate;

  constructor(self: Self, gate: Gate) {
    this.self = self;
    this.#gate = gate;
  }

  get admits(): boolean {
    return this.#gate.admits;
  }

  hold(socket: Socket): void {
    this.socket = socket;
    this.#gate.reserve(socket);
    this.self.sendSelfAfterIo(this);
  }

  /** The worker has ended in the middle of it. */
  close(): void {
    this.socket?.close();
    this.socket?.leave('other');
  }
}
