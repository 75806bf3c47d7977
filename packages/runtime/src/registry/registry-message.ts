import type { Address } from '../name.ts';
import type { Pid } from '../pid.ts';

/**
 * Tells a listener of a registry that a process has taken a key or lost it, by giving it back or by its end. `registry` is
 * the registry's name, or its pid if it has none. Elixir: `{:register, registry, key, pid, value}` and
 * `{:unregister, registry, key, pid}`, which has no value.
 */
export class RegistryMessage {
  readonly type: 'register' | 'unregister';
  readonly registry: Address;
  readonly key: unknown;
  readonly pid: Pid;
  readonly value: unknown;

  constructor(type: 'register' | 'unregister', registry: Address, key: unknown, pid: Pid, value: unknown) {
    this.type = type;
    this.registry = registry;
    this.key = key;
    this.pid = pid;
    this.value = value;
  }
}
