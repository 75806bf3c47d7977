import { defineServer } from '../behaviours/gen-server-module.ts';
import { noReply } from '../behaviours/gen-server-result.ts';
import { serverState } from '../behaviours/server-state.ts';
import { BadArgumentError } from '../errors.ts';
import type { Address, NameScope } from '../name.ts';
import type { Pid } from '../pid.ts';
import type { From } from '../process/call.ts';
import { DownMessage, ExitMessage } from '../process/message.ts';
import type { LockTicket } from './registry-locks.ts';
import { type RegistryKeys, RegistryTable } from './registry-table.ts';

/** A registry's options, checked and complete. */
export interface RegistryInit {
  readonly keys: RegistryKeys;
  readonly listeners: readonly Address[];
  readonly meta: ReadonlyMap<unknown, unknown>;
}

/** The wish of a process for a lock. */
export interface LockRequest {
  readonly key: unknown;
  readonly pid: Pid;
}

/** The registry as a server. Only locks are asked of it by message: its table is read and written where it lies. */
export const registryServer = defineServer({
  name: 'Registry',
  init({ keys, listeners, meta }: RegistryInit, self) {
    // The end of an owner is none of its business: by then the table has lost the owner's keys.
    self.trapExit(true);
    const table = new RegistryTable(self.process, keys, listeners, meta);
    self.own({ close: () => table.abandon() });
    return table;
  },
  handleCall: {
    lock: ({ key, pid }: LockRequest, from: From<LockTicket>, table, self) => {
      table.locks.wait(self, key, pid, from);
      return noReply();
    },
  },
  handleCast: {
    unlock: (ticket: LockTicket, table, self) => table.locks.leave(self, ticket),
  },
  handleInfo(message, table: RegistryTable, self) {
    if (message instanceof ExitMessage) return;
    if (message instanceof DownMessage && table.locks.ended(self, message)) return;
    self.reportUnhandled(message);
  },
  describe: (table) => ({ details: { keys: table.keys, registrations: table.size } }),
});

/** The table of a running registry; undefined if there is none at this address. */
export function findTable(scope: NameScope, registry: Address): RegistryTable | undefined {
  const table = serverState(scope.whereis(registry));
  return table instanceof RegistryTable ? table : undefined;
}

/** The table of a registry that has to be there. Elixir: `unknown registry`. */
export function requireTable(scope: NameScope, registry: Address): RegistryTable {
  const table = findTable(scope, registry);
  if (table !== undefined) return table;
  throw BadArgumentError.of('a registry', 'the pid or name of a running one', registry);
}

/** The table of a registry in which a key has one owner. */
export function requireUnique(table: RegistryTable, what: string): RegistryTable {
  if (table.keys === 'unique') return table;
  throw new BadArgumentError(`${what} needs a registry of unique keys: here a key may have many owners`);
}
