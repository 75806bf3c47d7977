import type { LiveConfig } from './live-config.ts';
import type { PlaceGiver } from './place.ts';
import type { Socket } from './socket.ts';

/** What all gates of a server know of each other. */
export interface GateKeeper {
  readonly config: LiveConfig;
  /** Whether the server as a whole lets nobody in at the moment, however many places there are. */
  readonly isClosed: boolean;
  /** Whether the server as a whole is full. */
  readonly isFull: boolean;
  entered(): void;
  uncounted(): void;
  left(counted: boolean, why: string | undefined): void;
  /** Called when the last connection of a gate has gone that is one too many. */
  readonly onRetired: () => void;
}

/**
 * What one acceptor lets in: how many connections it has, how many it may have, and whether it accepts at all. It outlives
 * the processes of its acceptor, which are restarted around it.
 */
export class Gate implements PlaceGiver {
  /** The id of its acceptor. */
  readonly id: string;
  /** Whether the acceptor accepts; false while it is suspended or drained. */
  isOpen = true;
  /** Set when it is one acceptor too many, which goes as soon as its connections have. */
  isRetired = false;
  /** The connections that count against the limit, and all there are. */
  active = 0;
  all = 0;
  /** How many connections have started here so far, and how many of them have ended. */
  accepted = 0;
  terminated = 0;
  readonly #keeper: GateKeeper;

  constructor(id: string, keeper: GateKeeper) {
    this.id = id;
    this.#keeper = keeper;
  }

  /** Whether no connection is to be started here at all. */
  get isClosed(): boolean {
    return !this.isOpen || this.isRetired || this.#keeper.isClosed;
  }

  /** Whether there are as many connections as may be. */
  get isFull(): boolean {
    return this.active >= this.#keeper.config.current.maxConnections || this.#keeper.isFull;
  }

  /** Whether a socket may be handed to the acceptor: one that parks takes none that it has no place for. */
  get admits(): boolean {
    if (this.isClosed) return false;
    return this.#keeper.config.current.whenFull === 'retry' || !this.isFull;
  }

  /** Lets one more connection in; answers false if there is no place for it, or none is to be given. */
  tryAdmit(socket: Socket): boolean {
    if (this.isClosed || this.isFull) return false;
    this.active++;
    this.all++;
    this.accepted++;
    this.#keeper.entered();
    socket.enter(this);
    return true;
  }

  /** A socket is handed out: an acceptor that parks takes a place for it at once, so that nobody else does. */
  reserve(socket: Socket): void {
    if (this.#keeper.config.current.whenFull === 'park') this.tryAdmit(socket);
  }

  uncounted(): void {
    this.active--;
    this.#keeper.uncounted();
  }

  left(counted: boolean, why: string | undefined): void {
    if (counted) this.active--;
    this.all--;
    if (why === undefined) this.accepted--;
    else this.terminated++;
    this.#keeper.left(counted, why);
    if (this.isRetired && this.all === 0) this.#keeper.onRetired();
  }
}
