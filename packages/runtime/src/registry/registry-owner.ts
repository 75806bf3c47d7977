import type { Claim } from '../process/claim.ts';
import { excluding, type Few, has, including, members } from '../process/few.ts';
import { linkProcesses, unlink } from '../process/link.ts';
import type { Process } from '../process/process.ts';

/** One key that one process has, with what it has put there. */
export interface Registration {
  readonly key: unknown;
  readonly owner: RegistryOwner;
  value: unknown;
}

/**
 * A process that has keys in a registry. As in Elixir the two are linked for as long as it has any: if the registry crashes
 * its owners end too, and register again when they are restarted, rather than live on where nobody finds them.
 */
export class RegistryOwner implements Claim {
  readonly process: Process;
  registrations: Few<Registration> = undefined;
  readonly #registry: Process;
  readonly #remove: (registration: Registration) => void;
  // A link that was there before, of a child to its parent say, is not the registry's to take away.
  readonly #wasLinked: boolean;

  constructor(process: Process, registry: Process, remove: (registration: Registration) => void) {
    this.process = process;
    this.#registry = registry;
    this.#remove = remove;
    this.#wasLinked = process === registry || has(process.links, registry);
    linkProcesses(process, registry);
    process.extras.claims = including<Claim>(process.claims, this);
  }

  /** The process has ended: its keys are free before anybody learns of it. */
  release(): void {
    for (const registration of [...members(this.registrations)]) this.#remove(registration);
  }

  /** The process has no key any more. */
  leave(): void {
    this.abandon();
    if (!this.#wasLinked) unlink(this.process, this.#registry.pid);
  }

  /** The registry has ended: there is nothing to give back any more, and the link tells of the end. */
  abandon(): void {
    this.process.extras.claims = excluding<Claim>(this.process.claims, this);
  }
}
