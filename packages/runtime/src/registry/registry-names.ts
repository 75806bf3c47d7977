import type { Address, NameKeeper, NameScope } from '../name.ts';
import type { Pid } from '../pid.ts';
import { processOf } from '../process/process.ts';
import { findTable, requireTable, requireUnique } from './registry-server.ts';
import type { RegistryTable } from './registry-table.ts';

/** The names that a registry of unique keys gives. A process that starts under one has the key, with this value. */
export class RegistryNames implements NameKeeper {
  /** Who has a key is a claim of its own on the process, however it came by the key and gives it back: see `RegistryOwner`. */
  readonly watches = true;
  readonly #registry: Address;
  readonly #value: unknown;

  constructor(registry: Address, value: unknown) {
    this.#registry = registry;
    this.#value = value;
  }

  /** Nobody's, while the registry does not run: who calls such a name is told `noproc`. */
  whereis(key: unknown, scope: NameScope): Pid | undefined {
    const table = findTable(scope, this.#registry);
    return table === undefined ? undefined : holderOf(table, key);
  }

  register(key: unknown, pid: Pid, scope: NameScope): boolean {
    const table = requireTable(scope, this.#registry);
    const process = processOf(pid);
    if (process === undefined || holderOf(table, key) !== undefined) return false;
    table.add(process, key, this.#value);
    return true;
  }

  unregister(key: unknown, pid: Pid, scope: NameScope): void {
    const table = findTable(scope, this.#registry);
    if (table === undefined) return;
    for (const registration of [...table.at(key)]) {
      if (registration.owner.process.pid === pid) table.remove(registration);
    }
  }

  toString(): string {
    return String(this.#registry);
  }
}

function holderOf(table: RegistryTable, key: unknown): Pid | undefined {
  requireUnique(table, 'a via name');
  for (const { owner } of table.at(key)) return owner.process.pid;
  return undefined;
}
