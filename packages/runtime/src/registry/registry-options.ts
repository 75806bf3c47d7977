import { checkOptions } from '../arguments.ts';
import { BadArgumentError } from '../errors.ts';
import { type Address, checkAddress } from '../name.ts';
import type { RegistryInit } from './registry-server.ts';
import type { RegistryKeys } from './registry-table.ts';

/** What a registry is started with. It has no partitions, as Elixir's can have: there is one thread to write to it. */
export interface RegistryOptions {
  /** Whether a key belongs to one process, or to any number. */
  readonly keys: RegistryKeys;
  /** Who is told, with a `RegistryMessage` each, of every key that is taken and lost. */
  readonly listeners?: readonly Address[];
  /** What is kept with the registry at first; see `Registry.meta`. */
  readonly meta?: Iterable<readonly [key: unknown, value: unknown]>;
}

const OPTIONS = ['keys', 'listeners', 'meta'];

export function checkRegistryOptions(options: RegistryOptions): RegistryInit {
  checkOptions('a registry', options, OPTIONS);
  const { keys, listeners = [], meta = [] } = options;
  if (keys !== 'unique' && keys !== 'duplicate')
    throw BadArgumentError.of('keys', "'unique' or 'duplicate'", keys);
  if (!Array.isArray(listeners)) throw BadArgumentError.of('listeners', 'a list of addresses', listeners);
  return { keys, listeners: listeners.map(checkAddress), meta: new Map(meta) };
}
