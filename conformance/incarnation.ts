import type { Pid } from '@thousand-island/runtime';

/** What a process of the tree is. The supervisors that stop their children all at once are told apart by their rules. */
export type Kind = 'worker' | 'supervisor' | 'simple' | 'dynamic';

/** One attempt to start what a key names: `/a#2` is the second one. */
export interface Incarnation {
  readonly key: string;
  readonly attempt: number;
  readonly kind: Kind;
  /** The supervisor that started it; undefined for the root. */
  readonly parent: Incarnation | undefined;
}

/** An incarnation and its process. */
export interface Member {
  readonly incarnation: Incarnation;
  readonly pid: Pid;
}

export function nameOf({ key, attempt }: Incarnation): string {
  return `${key}#${attempt}`;
}

/** Who is who in the tree: counts the attempts, and knows the process of each and the latest of each key. */
export class Population {
  readonly #attempts = new Map<string, number>();
  readonly #byPid = new Map<Pid, Incarnation>();
  readonly #latest = new Map<string, Member>();

  attempt(key: string, kind: Kind, parent: Incarnation | undefined): Incarnation {
    const attempt = (this.#attempts.get(key) ?? 0) + 1;
    this.#attempts.set(key, attempt);
    return { key, attempt, kind, parent };
  }

  /** The attempt has come to a process. Told twice, it stays as it was. */
  arrive(incarnation: Incarnation, pid: Pid): void {
    if (this.#byPid.has(pid)) return;
    this.#byPid.set(pid, incarnation);
    this.#latest.set(incarnation.key, { incarnation, pid });
  }

  of(pid: Pid): Incarnation | undefined {
    return this.#byPid.get(pid);
  }

  latest(key: string): Member | undefined {
    return this.#latest.get(key);
  }

  members(): Member[] {
    return Array.from(this.#byPid, ([pid, incarnation]) => ({ incarnation, pid }));
  }

  /** The process' name in traces. */
  nameOf(pid: Pid): string {
    const incarnation = this.#byPid.get(pid);
    return incarnation === undefined ? '<pid>' : nameOf(incarnation);
  }
}
