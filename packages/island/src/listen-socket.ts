import type { Resource, Self } from '@thousand-island/runtime';
import type { Socket } from './socket.ts';
import type { Span } from './span.ts';

/** An acceptor, as it waits for sockets. */
export interface Acceptor {
  readonly self: Self;
  /** Whether it takes one at the moment. If not, it waits on: others are served before it. */
  readonly admits: boolean;
  /** From now on the socket is its own: if its process ends, the socket is closed. The process is told. */
  hold(socket: Socket): void;
}

/**
 * What acceptors wait at. Node accepts as fast as clients connect and cannot be told to pause, so sockets that find no
 * acceptor free wait here, unread; beyond a bound they are refused. It outlives suspensions of the listener.
 */
export class ListenSocket implements Resource {
  /** Nobody is let in any more. */
  isClosed = false;
  /** The span of the Listener when it listened last. */
  span: Span | undefined = undefined;
  readonly #maxQueue: number;
  readonly #onRefused: () => void;
  /** All that listen for the same server, this one first: what finds no acceptor here may find one there. */
  #all: readonly ListenSocket[] = [this];
  readonly #acceptors: Acceptor[] = [];
  readonly #sockets: Socket[] = [];
  /** Those that have come while it is not known whether anybody may be let in. */
  #held: Socket[] | undefined = undefined;

  constructor(maxQueue: number, onRefused: () => void) {
    this.#maxQueue = maxQueue;
    this.#onRefused = onRefused;
  }

  /** So many for one server. */
  static some(count: number, maxQueue: number, onRefused: () => void): readonly ListenSocket[] {
    const all = Array.from({ length: count }, () => new ListenSocket(maxQueue, onRefused));
    for (const each of all) each.#all = [each, ...all.filter((other) => other !== each)];
    return all;
  }

  /** How many sockets wait for an acceptor, without those whose clients have gone. */
  get waiting(): number {
    return openOf(this.#sockets) + openOf(this.#held ?? []);
  }

  get #length(): number {
    return this.#sockets.length + (this.#held?.length ?? 0);
  }

  /** A socket has come: it goes to the acceptor that has waited longest, of its own if one takes it. */
  push(socket: Socket): void {
    const acceptor = this.#held === undefined ? this.#anyAcceptor() : undefined;
    if (acceptor !== undefined) {
      acceptor.hold(socket);
      return;
    }
    if (this.#length >= this.#maxQueue) this.#forgetClosed();
    if (this.#length < this.#maxQueue) {
      (this.#held ?? this.#sockets).push(socket);
      return;
    }
    socket.close();
    this.#onRefused();
  }

  /** Clients that have gone meanwhile take up no place of those that are there. */
  #forgetClosed(): void {
    const waiting = this.#sockets.splice(0).filter((each) => !each.isClosed);
    this.#sockets.push(...waiting);
    this.#held = this.#held?.filter((each) => !each.isClosed);
  }

  /** Those who come from now on wait, whoever is free, until it is known what becomes of them. */
  hold(): void {
    this.#held = [];
  }

  /** They may be let in after all, or are closed. Nothing happens if it does not hold. */
  letGo(mayEnter: boolean): void {
    const held = this.#held;
    this.#held = undefined;
    for (const socket of held ?? [])
      if (mayEnter) this.push(socket);
      else socket.close();
  }

  /** The acceptor waits for the next connection, which it is given to hold. OTP: `gen_tcp:accept`. */
  accept(acceptor: Acceptor): void {
    this.#acceptors.push(acceptor);
    for (const each of this.#all) if (each.#sockets.length > 0) each.handOut();
  }

  /** Hands the sockets that wait to acceptors that take them: for when one of these may have become ready to. */
  handOut(): void {
    while (this.#sockets.length > 0) {
      const acceptor = this.#anyAcceptor();
      if (acceptor === undefined) return;
      acceptor.hold(this.#sockets.shift() as Socket);
    }
  }

  /** Closes the sockets that wait; others may come. */
  dismiss(): void {
    for (const socket of this.#sockets.splice(0)) socket.close();
    for (const socket of this.#held?.splice(0) ?? []) socket.close();
  }

  #anyAcceptor(): Acceptor | undefined {
    for (const each of this.#all) {
      const acceptor = each.#nextAcceptor();
      if (acceptor !== undefined) return acceptor;
    }
    return undefined;
  }

  #nextAcceptor(): Acceptor | undefined {
    for (let index = 0; index < this.#acceptors.length; ) {
      const acceptor = this.#acceptors[index] as Acceptor;
      const { alive } = acceptor.self;
      if (alive && !acceptor.admits) {
        index++;
        continue;
      }
      // Nearly always the first: `splice` makes a list of what it takes out.
      if (index === 0) this.#acceptors.shift();
      else this.#acceptors.splice(index, 1);
      if (alive) return acceptor;
    }
    return undefined;
  }

  /** Closes the sockets that wait: nobody will come for them any more. Acceptors wait for ever from here on. */
  close(): void {
    this.isClosed = true;
    this.dismiss();
  }
}

function openOf(sockets: readonly Socket[]): number {
  let count = 0;
  for (const { isClosed } of sockets) if (!isClosed) count++;
  return count;
}
