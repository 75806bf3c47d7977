import { Gate, type GateKeeper } from './gate.ts';
import type { LiveConfig } from './live-config.ts';
import { Tally } from './tally.ts';

/** The gates of all acceptors of one server, and what they count together. */
export class Gates implements GateKeeper {
  readonly config: LiveConfig;
  /** Set while the server as a whole is being drained, or going. */
  isClosed = false;
  /** Set when the Server has ended: nobody comes any more. */
  isOver = false;
  /** The connections that count against the limit, and all there are. */
  active = 0;
  all = 0;
  /** Why connections have ended, and why clients were not let in. */
  readonly exits = new Tally();
  readonly refusals = new Tally();
  /** Called when there may be room where there was none. */
  onRoom: () => void = () => {};
  /** Called when a gate that is one too many has become empty. */
  onRetired: () => void = () => {};
  readonly #gates = new Map<string, Gate>();
  readonly #watchers = new Set<() => void>();

  constructor(config: LiveConfig) {
    this.config = config;
    config.onChange(() => this.onRoom());
  }

  get isFull(): boolean {
    return this.active >= this.config.current.maxTotalConnections;
  }

  /** The gate of an acceptor: the one that it had before, if it is being restarted. */
  gate(id: string): Gate {
    const gate = this.#gates.get(id) ?? new Gate(id, this);
    this.#gates.set(id, gate);
    return gate;
  }

  find(id: string): Gate | undefined {
    return this.#gates.get(id);
  }

  remove(id: string): void {
    this.#gates.delete(id);
  }

  /** Forgets the gates of acceptors that are there no more. */
  keep(ids: readonly string[]): void {
    for (const id of this.#gates.keys()) if (!ids.includes(id)) this.#gates.delete(id);
  }

  /** All gates, in the order of their acceptors. */
  list(): readonly Gate[] {
    return [...this.#gates.values()];
  }

  /** Opens or closes one gate. */
  setOpen(gate: Gate, isOpen: boolean): void {
    gate.isOpen = isOpen;
    if (isOpen) this.onRoom();
  }

  /** Says that an acceptor is one too many, or is needed after all. */
  setRetired(gate: Gate, isRetired: boolean): void {
    gate.isRetired = isRetired;
    if (!isRetired) this.onRoom();
  }

  /** Opens or closes the server as a whole. */
  setClosed(isClosed: boolean): void {
    this.isClosed = isClosed;
    if (!isClosed) this.onRoom();
  }

  /** The Server has ended, however that came. */
  end(): void {
    this.isOver = true;
    this.#changed();
  }

  /** Calls the function whenever a connection has come or gone, or the Server has, until the answer is called. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  entered(): void {
    this.active++;
    this.all++;
    this.#changed();
  }

  uncounted(): void {
    this.active--;
    this.onRoom();
  }

  left(counted: boolean, why: string | undefined): void {
    if (counted) this.active--;
    this.all--;
    if (why !== undefined) this.exits.add(why);
    this.#changed();
    this.onRoom();
  }

  #changed(): void {
    if (this.#watchers.size === 0) return;
    for (const watcher of [...this.#watchers]) watcher();
  }
}
