import { checkPid } from '../arguments.ts';
import { GenServer, startServer } from '../behaviours/gen-server.ts';
import type { Awaitable } from '../behaviours/gen-server-module.ts';
import type { StopOptions } from '../behaviours/server-ref.ts';
import { BadArgumentError, DeadProcessError, StartFailedError } from '../errors.ts';
import { type Address, checkAddress, type Via, via } from '../name.ts';
import type { Pid } from '../pid.ts';
import { processOf } from '../process/process.ts';
import { Self } from '../process/self.ts';
import { checkStartOptions, type StartOptions } from '../process/start.ts';
import { type Host, resolveHost } from '../runtime.ts';
import { type ChildOptions, type ChildSpec, specOf } from '../supervisor/child-spec.ts';
import { RegistryNames } from './registry-names.ts';
import { checkRegistryOptions, type RegistryOptions } from './registry-options.ts';
import type { Registration } from './registry-owner.ts';
import { type LockRequest, registryServer, requireTable, requireUnique } from './registry-server.ts';
import type { RegistryTable } from './registry-table.ts';

/** Who has a key, and what it has put there. */
export interface RegistryEntry<Value = unknown> {
  readonly pid: Pid;
  readonly value: Value;
}

/** An entry with its key. */
export interface RegistryRecord<Key = unknown, Value = unknown> extends RegistryEntry<Value> {
  readonly key: Key;
}

/** The answer to `register`: done, or who has the key; that can be the process itself. */
export type RegisterResult =
  | { readonly kind: 'ok' }
  | { readonly kind: 'error'; readonly reason: { readonly alreadyRegistered: Pid } };

/** The answer to `updateValue`: the value that is there now and the one before, or that the key is not the process' own. */
export type UpdateResult<Value = unknown> =
  | { readonly kind: 'ok'; readonly value: Value; readonly before: Value }
  | { readonly kind: 'error'; readonly reason: 'notRegistered' };

function tableOf(host: Host, registry: Address): RegistryTable {
  return requireTable(resolveHost(host).kernel, checkAddress(registry));
}

/** The table, for a process that is to change it in its own name. */
function ownTable(self: Self, registry: Address): RegistryTable {
  if (!(self instanceof Self)) throw BadArgumentError.of('self', 'the Self of a process', self);
  if (!self.alive) throw new DeadProcessError(`${self.pid} has ended and cannot use a registry`);
  return tableOf(self, registry);
}

function entryOf<Value>({ owner, value }: Registration): RegistryEntry<Value> {
  return { pid: owner.process.pid, value: value as Value };
}

async function start(
  host: Host,
  linked: boolean,
  options: RegistryOptions,
  startOptions: StartOptions | undefined,
): Promise<Pid> {
  resolveHost(host);
  checkStartOptions(startOptions);
  const init = checkRegistryOptions(options);
  const result = await startServer(host, linked, registryServer, init, startOptions, 'Registry');
  if (result.kind === 'ok') return result.pid;
  throw new StartFailedError('the registry', result.kind === 'error' ? result.reason : 'ignore');
}

/**
 * Who is there under which key: a process that keeps a table of names, or of topics that many listen to. Elixir: `Registry`.
 *
 * Keys can be anything, and are told apart as in a `Map`: 1 and '1' differ, NaN is NaN, an object is equal to itself alone. A
 * process has its keys until it gives them back or ends, and lost them before anybody learns of the end. It is linked to the
 * registry meanwhile: a registry that crashes takes along who is registered, unless that traps exits.
 *
 * All functions but `lock` answer at once, as they read and write the table where it lies, also while the registry is busy or
 * suspended. They throw `BadArgumentError` when no such registry runs.
 *
 * @example
 * ```ts
 * const runtime = new Runtime();
 * await Registry.start(runtime, { keys: 'unique' }, { name: 'rooms' });
 * await Agent.start(runtime, () => 'quiet', { name: Registry.via('rooms', 'lobby') });
 * await Agent.ref<string>(runtime, Registry.via('rooms', 'lobby')).get((mood) => mood); // => 'quiet'
 * ```
 */
export const Registry = {
  /** Starts a registry that is nobody's child. */
  start(host: Host, options: RegistryOptions, startOptions?: StartOptions): Promise<Pid> {
    return start(host, false, options, startOptions);
  },

  /** Starts a registry linked to the process that starts it. */
  startLink(host: Host, options: RegistryOptions, startOptions?: StartOptions): Promise<Pid> {
    return start(host, true, options, startOptions);
  },

  /** The child spec of a registry. Put it before the processes that use it, so that they end first. */
  childSpec(id: string, options: RegistryOptions, childOptions: Omit<ChildOptions, 'id'> = {}): ChildSpec {
    const init = checkRegistryOptions(options);
    return specOf(id, childOptions, (parent, started) =>
      startServer(parent, true, registryServer, init, started, 'Registry'),
    );
  },

  /**
   * A name that is good wherever a name is, in `start` and as an address: the one process that has this key. A process that
   * is started under it puts `value` there. While the registry does not run the name is nobody's, and cannot be taken.
   * `BadArgumentError` when it is used and the keys are not unique.
   */
  via(registry: Address, key: unknown, value?: unknown): Via {
    return via(new RegistryNames(checkAddress(registry), value), key);
  },

  /** Gives the process a key. One of many owners, it may have a duplicate key more than once. */
  register(self: Self, registry: Address, key: unknown, value?: unknown): RegisterResult {
    const table = ownTable(self, registry);
    if (table.keys === 'unique') {
      for (const { owner } of table.at(key))
        return { kind: 'error', reason: { alreadyRegistered: owner.process.pid } };
    }
    table.add(self.process, key, value);
    return { kind: 'ok' };
  },

  /** Gives all that the process has under a key back. What others have there stays; if there is nothing, nothing happens. */
  unregister(self: Self, registry: Address, key: unknown): void {
    const table = ownTable(self, registry);
    for (const registration of table.own(self.process, key)) table.remove(registration);
  },

  /** As `unregister`, but only where the value matches. */
  unregisterMatch<Value = unknown>(
    self: Self,
    registry: Address,
    key: unknown,
    matches: (value: Value) => boolean,
  ): void {
    const table = ownTable(self, registry);
    const matching = table.own(self.process, key).filter(({ value }) => matches(value as Value));
    for (const registration of matching) table.remove(registration);
  },

  /** Replaces the value under a unique key of the process' own. For any other key the function is not called. */
  updateValue<Value = unknown>(
    self: Self,
    registry: Address,
    key: unknown,
    update: (value: Value) => Value,
  ): UpdateResult<Value> {
    const table = requireUnique(ownTable(self, registry), 'updateValue');
    const [registration] = table.own(self.process, key);
    if (registration === undefined) return { kind: 'error', reason: 'notRegistered' };
    const before = registration.value as Value;
    const value = update(before);
    registration.value = value;
    return { kind: 'ok', value, before };
  },

  /** Who has the key, oldest first: none or one, if keys are unique. All of them are alive. */
  lookup<Value = unknown>(host: Host, registry: Address, key: unknown): RegistryEntry<Value>[] {
    return Array.from(tableOf(host, registry).at(key), entryOf<Value>);
  },

  /** As `lookup`, but only the entries that match. */
  match<Value = unknown>(
    host: Host,
    registry: Address,
    key: unknown,
    matches: (value: Value, pid: Pid) => boolean,
  ): RegistryEntry<Value>[] {
    return Registry.lookup<Value>(host, registry, key).filter(({ value, pid }) => matches(value, pid));
  },

  /** All entries of all keys that match; all there are, unless said. */
  select<Key = unknown, Value = unknown>(
    host: Host,
    registry: Address,
    matches: (record: RegistryRecord<Key, Value>) => boolean = () => true,
  ): RegistryRecord<Key, Value>[] {
    const all = Array.from(tableOf(host, registry).all(), (found) => ({
      key: found.key as Key,
      ...entryOf<Value>(found),
    }));
    return all.filter(matches);
  },

  /** The keys of a process, oldest first; one that it has more than once as often. */
  keys<Key = unknown>(host: Host, registry: Address, pid: Pid): Key[] {
    return Array.from(tableOf(host, registry).of(processOf(checkPid(pid))), ({ key }) => key as Key);
  },

  /** What a process has put under a key. */
  values<Value = unknown>(host: Host, registry: Address, key: unknown, pid: Pid): Value[] {
    return tableOf(host, registry)
      .own(processOf(checkPid(pid)), key)
      .map(({ value }) => value as Value);
  },

  /** How many entries there are. */
  count(host: Host, registry: Address): number {
    return tableOf(host, registry).size;
  },

  /** Calls the function once with all entries of a key, in the caller; not at all if there are none. */
  dispatch<Value = unknown>(
    host: Host,
    registry: Address,
    key: unknown,
    code: (entries: readonly RegistryEntry<Value>[]) => void,
  ): void {
    const entries = Registry.lookup<Value>(host, registry, key);
    if (entries.length > 0) code(entries);
  },

  /** What is kept with the registry under this name, as long as it runs; undefined if nothing is. */
  meta<Value = unknown>(host: Host, registry: Address, name: unknown): Value | undefined {
    return tableOf(host, registry).meta.get(name) as Value | undefined;
  },

  /** Keeps a value under a name for all who know the registry, in place of one that was there. Elixir: `Registry.put_meta/3`. */
  putMeta(host: Host, registry: Address, name: unknown, value: unknown): void {
    tableOf(host, registry).meta.set(name, value);
  },

  /** Forgets the value under a name, if there is one. Elixir: `Registry.delete_meta/2`. */
  deleteMeta(host: Host, registry: Address, name: unknown): void {
    tableOf(host, registry).meta.delete(name);
  },

  /**
   * Runs the code while no other code that locks this key runs; different keys do not wait for each other, nor do locks have
   * to do with entries. The lock is held until the code has settled, or the process has ended. Rejects with what the code
   * throws, or with `CallExitError` when the registry ends before the lock was had. Code that locks its own key once more
   * waits for itself.
   */
  async lock<Result>(
    self: Self,
    registry: Address,
    key: unknown,
    code: () => Awaitable<Result>,
  ): Promise<Result> {
    const server = ownTable(self, registry).pid;
    const request: LockRequest = { key, pid: self.pid };
    const ticket = await self.call(server, 'lock', request, { timeout: 'infinity' });
    try {
      return await code();
    } finally {
      self.cast(server, 'unlock', ticket);
    }
  },

  /**
   * Stops the registry; resolves when it is dead. Its owners lose their keys and go on; with another reason than `'normal'`
   * they end too, unless they trap exits.
   */
  stop(host: Host, registry: Address, options: StopOptions = {}): Promise<void> {
    return GenServer.stop(host, registry, options);
  },
};
