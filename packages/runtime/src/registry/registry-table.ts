import type { Address } from '../name.ts';
import type { Pid } from '../pid.ts';
import { countOf, excluding, type Few, including, members } from '../process/few.ts';
import type { Process } from '../process/process.ts';
import { RegistryLocks } from './registry-locks.ts';
import { RegistryMessage } from './registry-message.ts';
import { type Registration, RegistryOwner } from './registry-owner.ts';

/** Whether a key of a registry belongs to one process, or to any number. */
export type RegistryKeys = 'unique' | 'duplicate';

/**
 * The keys of one registry and who has them: what Elixir keeps in ETS tables. Whoever has a key is alive, since the end of a
 * process takes its keys in the same step. Keys are told apart as in a `Map`.
 */
export class RegistryTable {
  readonly keys: RegistryKeys;
  readonly meta: Map<unknown, unknown>;
  readonly locks = new RegistryLocks();
  /** How many registrations there are. */
  size = 0;
  readonly #process: Process;
  readonly #listeners: readonly Address[];
  readonly #byKey = new Map<unknown, Few<Registration>>();
  readonly #owners = new Map<Process, RegistryOwner>();

  constructor(
    process: Process,
    keys: RegistryKeys,
    listeners: readonly Address[],
    meta: ReadonlyMap<unknown, unknown>,
  ) {
    this.#process = process;
    this.keys = keys;
    this.#listeners = listeners;
    this.meta = new Map(meta);
  }

  /** The registry's own. */
  get pid(): Pid {
    return this.#process.pid;
  }

  /** The registrations under a key, oldest first. */
  at(key: unknown): Iterable<Registration> {
    return members(this.#byKey.get(key));
  }

  /** The registrations of a process, oldest first. */
  of(process: Process | undefined): Iterable<Registration> {
    return process === undefined ? [] : members(this.#owners.get(process)?.registrations);
  }

  /** What a process has under a key: found among what there is less of, the key's registrations or the process'. */
  own(process: Process | undefined, key: unknown): Registration[] {
    const owner = process === undefined ? undefined : this.#owners.get(process);
    const atKey = this.#byKey.get(key);
    if (owner === undefined || atKey === undefined) return [];
    const fewer = countOf(atKey) < countOf(owner.registrations) ? atKey : owner.registrations;
    const isOwn = (found: Registration): boolean => found.owner === owner && sameKey(found.key, key);
    return Array.from(members(fewer)).filter(isOwn);
  }

  *all(): Iterable<Registration> {
    for (const atKey of this.#byKey.values()) yield* members(atKey);
  }

  /** Gives a key to a live process. Whether it may have it is for the caller to ask. */
  add(process: Process, key: unknown, value: unknown): void {
    const owner = this.#owners.get(process) ?? new RegistryOwner(process, this.#process, this.remove);
    this.#owners.set(process, owner);
    const registration: Registration = { key, owner, value };
    owner.registrations = including(owner.registrations, registration);
    this.#byKey.set(key, including(this.#byKey.get(key), registration));
    this.size++;
    this.#tell('register', registration);
  }

  /** The registry has ended. */
  abandon(): void {
    for (const owner of this.#owners.values()) owner.abandon();
  }

  /** Takes a registration out; with its last one, a process is the registry's no longer. */
  readonly remove = (registration: Registration): void => {
    const { key, owner } = registration;
    const atKey = excluding(this.#byKey.get(key), registration);
    if (countOf(atKey) === 0) this.#byKey.delete(key);
    else this.#byKey.set(key, atKey);
    owner.registrations = excluding(owner.registrations, registration);
    if (countOf(owner.registrations) === 0) {
      this.#owners.delete(owner.process);
      owner.leave();
    }
    this.size--;
    this.#tell('unregister', registration);
  };

  #tell(type: 'register' | 'unregister', { key, owner, value }: Registration): void {
    if (this.#listeners.length === 0) return;
    const { kernel, name, pid } = this.#process;
    const told = type === 'register' ? value : undefined;
    const message = new RegistryMessage(type, name ?? pid, key, owner.process.pid, told);
    // A listener that is not there, or not yet, is told nothing; one whose name cannot be looked up does no harm.
    for (const listener of this.#listeners) kernel.guard(() => kernel.find(listener))?.deliver(message);
  }
}

function sameKey(one: unknown, other: unknown): boolean {
  return one === other || Object.is(one, other);
}
