import type { Pid } from '../pid.ts';
import { Child } from './child.ts';
import type { ResolvedChildSpec } from './child-spec.ts';

/**
 * The children of a dynamic supervisor, by pid. A temporary child is never started again, and there is nothing to be known of
 * it but its spec, which many share: it is kept as that, and looked at as a `Child` when somebody asks.
 */
export class DynamicChildren {
  readonly #kept = new Map<Pid, Child | ResolvedChildSpec>();

  get size(): number {
    return this.#kept.size;
  }

  set(pid: Pid, child: Child): void {
    this.#kept.set(pid, child.spec.restart === 'temporary' ? child.spec : child);
  }

  get(pid: Pid): Child | undefined {
    const kept = this.#kept.get(pid);
    return kept === undefined ? undefined : seen(pid, kept);
  }

  delete(pid: Pid): void {
    this.#kept.delete(pid);
  }

  clear(): void {
    this.#kept.clear();
  }

  /** The children that are there now, oldest first. */
  values(): Child[] {
    return Array.from(this.#kept, ([pid, kept]) => seen(pid, kept));
  }
}

function seen(pid: Pid, kept: Child | ResolvedChildSpec): Child {
  if (kept instanceof Child) return kept;
  const child = new Child(kept);
  child.run(pid);
  return child;
}
