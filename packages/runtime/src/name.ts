import { BadArgumentError } from './errors.ts';
import { Pid } from './pid.ts';

/** A name that one process of a runtime can be registered under. */
export type Name = string | symbol;

/** Where a message can be sent: a pid, or the name of a registered process. */
export type Address = Pid | Name;

/** The name itself, or an error that says what a name can be. */
export function checkName(name: unknown): Name {
  if (typeof name === 'symbol' || (typeof name === 'string' && name !== '')) return name;
  throw BadArgumentError.of('a name', 'a non-empty string or a symbol', name);
}

/** The address itself, or an error that says what an address can be. */
export function checkAddress(address: unknown): Address {
  if (address instanceof Pid || typeof address === 'symbol' || typeof address === 'string') return address;
  throw BadArgumentError.of('an address', 'a pid or a registered name', address);
}
