import type { NameScope, Via } from '../name.ts';
import type { Pid } from '../pid.ts';

/**
 * Something that others keep for a process, such as a name in a registry. A process that ends loses it in the same step in
 * which it loses its own name: before anybody learns of the end.
 */
export interface Claim {
  /** The process has ended. */
  release(): void;
}

/** A name that a keeper has given to a process. */
export class ViaClaim implements Claim {
  readonly #via: Via;
  readonly #pid: Pid;
  readonly #scope: NameScope;

  constructor(via: Via, pid: Pid, scope: NameScope) {
    this.#via = via;
    this.#pid = pid;
    this.#scope = scope;
  }

  /** Whether the process still has the name. */
  holds(): boolean {
    return this.#via.whereis(this.#scope) === this.#pid;
  }

  release(): void {
    this.#via.unregister(this.#pid, this.#scope);
  }
}
