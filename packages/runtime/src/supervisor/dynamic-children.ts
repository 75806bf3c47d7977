import type { Pid } from '../pid.ts';
import { ByPid } from './by-pid.ts';
import { Child } from './child.ts';
import type { ResolvedChildSpec } from './child-spec.ts';

/**
 * The children of a dynamic supervisor, by pid. A temporary child is never started again, and there is nothing to be known of
 * it but its spec, which many share: it is kept as that, and looked at as a `Child` when somebody asks.
 */
export class DynamicChildren {
  readonly #kept = new ByPid<Child | ResolvedChildSpec>();

  get size(): number {
    return this.#kept.size;
  }

  /** Keeps a child that has just been started. */
  add(pid: Pid, spec: ResolvedChildSpec, argument: unknown): void {
    if (spec.restart === 'temporary') this.#kept.set(pid, spec);
    else this.set(pid, started(pid, new Child(spec, argument)));
  }

  /** Keeps a child that is not temporary. */
  set(pid: Pid, child: Child): void {
    this.#kept.set(pid, child);
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
    return this.#kept.entries().map(([pid, kept]) => seen(pid, kept));
  }
}

function seen(pid: Pid, kept: Child | ResolvedChildSpec): Child {
  return kept instanceof Child ? kept : started(pid, new Child(kept));
}

function started(pid: Pid, child: Child): Child {
  child.run(pid);
  return child;
}
