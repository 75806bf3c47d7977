import { including } from './few.ts';
import type { Process, Resource } from './process.ts';

/**
 * Contains the errors of a runtime's processes as long as one of these lives, and whatever that has started and leaves behind:
 * when a supervisor is killed, its children still have to come to their end.
 */
export class ContainmentHold implements Resource {
  readonly #owner: Process;
  readonly #letGo: () => void;

  /** Owned by the process from then on. */
  constructor(owner: Process) {
    this.#owner = owner;
    this.#letGo = owner.kernel.contain();
    owner.resources = including<Resource>(owner.resources, this);
  }

  close(): void {
    const { kernel, pid } = this.#owner;
    for (const process of kernel.table.values()) if (process.parent === pid) new ContainmentHold(process);
    this.#letGo();
  }
}
