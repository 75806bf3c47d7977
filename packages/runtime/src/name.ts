import { inspect } from 'node:util';
import { BadArgumentError } from './errors.ts';
import { Pid } from './pid.ts';
import { inspected } from './text.ts';

/** A name that one process of a runtime can be registered under. */
export type Name = string | symbol;

/** What a process can be called by: a name of its runtime's own, or one that somebody else keeps. */
export type ProcessName = Name | Via;

/** Where a message can be sent: a pid, or the name of a registered process. */
export type Address = Pid | ProcessName;

/** Where names are looked up: a runtime, as far as a keeper of names has to know it. */
export interface NameScope {
  /** The live process with this pid or name. */
  whereis(address: Address): Pid | undefined;
}

/**
 * Keeps names of processes. Elixir: the module in `{:via, module, name}`.
 *
 * A process that ends gives its names back of itself: `unregister` is then called before anybody learns of the end. What a
 * keeper throws is thrown to who used the name.
 */
export interface NameKeeper<Key = unknown> {
  /** Says in messages whose names these are. */
  toString(): string;
  /** The process that has the name; undefined if none has. A pid whose process has ended counts as none. */
  whereis(key: Key, scope: NameScope): Pid | undefined;
  /** Gives the name to the process; answers false if another has it, who keeps it. */
  register(key: Key, pid: Pid, scope: NameScope): boolean;
  /** Takes the name from the process. If that does not have it, or no longer, that is nothing. */
  unregister(key: Key, pid: Pid, scope: NameScope): void;
  /**
   * Set by a keeper that learns of the end of a process by itself, and frees its names before anybody else does: it is not told
   * then, and the runtime does not keep for each process which names that one has.
   */
  readonly watches?: true;
}

/** A name that a keeper other than the runtime has; good wherever a name is. It is looked up each time it is used. */
export class Via {
  readonly #keeper: NameKeeper;
  readonly #key: unknown;

  /** Left to `via`. */
  constructor(keeper: NameKeeper, key: unknown) {
    this.#keeper = keeper;
    this.#key = key;
  }

  /** @internal Whether the keeper frees the name of a process that ends. */
  get isWatched(): boolean {
    return this.#keeper.watches === true;
  }

  /** @internal Whether both are names that the same keeper has. */
  hasKeeperOf(other: Via): boolean {
    return this.#keeper === other.#keeper;
  }

  /** @internal Whether both are one name. A keeper may know more names as one than can be seen from here. */
  isSame(other: Via): boolean {
    return this.hasKeeperOf(other) && (this.#key === other.#key || Object.is(this.#key, other.#key));
  }

  /** @internal */
  whereis(scope: NameScope): Pid | undefined {
    return this.#keeper.whereis(this.#key, scope);
  }

  /** @internal */
  register(pid: Pid, scope: NameScope): boolean {
    return this.#keeper.register(this.#key, pid, scope);
  }

  /** @internal */
  unregister(pid: Pid, scope: NameScope): void {
    this.#keeper.unregister(this.#key, pid, scope);
  }

  toString(): string {
    return `via(${String(this.#keeper)}, ${inspected(this.#key, { depth: 1 })})`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/** The name that the keeper has under this key. Elixir: `{:via, module, name}`. */
export function via<Key>(keeper: NameKeeper<Key>, key: Key): Via {
  for (const method of ['whereis', 'register', 'unregister'] as const) {
    if (typeof keeper?.[method] === 'function') continue;
    throw BadArgumentError.of('a keeper of names', 'an object with whereis, register and unregister', keeper);
  }
  return new Via(keeper, key);
}

/** The name itself, or an error that says what a name can be. */
export function checkName(name: unknown): Name {
  if (isName(name)) return name;
  throw BadArgumentError.of('a name', 'a non-empty string or a symbol', name);
}

/** As `checkName`, where a name that somebody else keeps will do too. */
export function checkProcessName(name: unknown): ProcessName {
  if (isName(name) || name instanceof Via) return name;
  throw BadArgumentError.of('a name', 'a non-empty string, a symbol or a via name', name);
}

function isName(name: unknown): name is Name {
  return typeof name === 'symbol' || (typeof name === 'string' && name !== '');
}

/** The address itself, or an error that says what an address can be. */
export function checkAddress(address: unknown): Address {
  if (address instanceof Pid || typeof address === 'symbol' || typeof address === 'string') return address;
  if (address instanceof Via) return address;
  throw BadArgumentError.of('an address', 'a pid or a registered name', address);
}
