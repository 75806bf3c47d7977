import type { NameScope, Via } from '../name.ts';
import type { Pid } from '../pid.ts';
import { excluding, members } from './few.ts';
import type { Process } from './process.ts';

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

  /** Whether it is one of this keeper's. */
  hasKeeperOf(via: Via): boolean {
    return this.#via.hasKeeperOf(via);
  }

  /** Whether it is this name. */
  isOf(via: Via): boolean {
    return this.#via.isSame(via);
  }

  /** Whether the process still has the name; a keeper that throws has not taken it back. */
  holds(): boolean {
    try {
      return this.#via.whereis(this.#scope) === this.#pid;
    } catch {
      return true;
    }
  }

  release(): void {
    this.#via.unregister(this.#pid, this.#scope);
  }
}

/** A process has given a name back: nothing is left to be released for it. No other keeper is asked about its own names. */
export function forgetClaim(process: Process, via: Via): void {
  const claims = Array.from(members(process.claims)).filter((claim) => claim instanceof ViaClaim);
  const same = claims.filter((claim) => claim.isOf(via));
  // A keeper may compare its keys in its own way: then it is asked which of them it still has given.
  const possible = same.length > 0 ? same : claims.filter((claim) => claim.hasKeeperOf(via));
  for (const claim of possible)
    if (!claim.holds()) process.extras.claims = excluding<Claim>(process.claims, claim);
}
