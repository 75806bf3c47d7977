import { BadArgumentError } from '../errors.ts';
import type { ExitReason } from '../exit-reason.ts';
import { type Address, checkAddress } from '../name.ts';
import { Pid } from '../pid.ts';
import { Ref } from '../ref.ts';
import { type Process, processOf } from './process.ts';
import { Monitor, type MonitorOptions } from './watch.ts';

/**
 * Where a plain message can be sent: besides an address, a reference that stands for its process. Any other reference is
 * nobody's, and what is sent to it vanishes.
 */
export type Destination = Address | Ref;

/** A reference that stands for the process that made it, until that takes it back. OTP: `alias/1`. */
export class Alias extends Ref {
  #owner: Pid | undefined;
  readonly #once: boolean;

  constructor(owner: Pid, once: boolean) {
    super();
    this.#owner = owner;
    this.#once = once;
  }

  forward(message: unknown): void {
    const owner = this.#owner;
    if (this.#once) this.#owner = undefined;
    if (owner !== undefined) processOf(owner)?.deliver(message);
  }

  /** Answers whether it stood for that process until now. */
  end(process: Process): boolean {
    if (this.#owner !== process.pid) return false;
    this.#owner = undefined;
    return true;
  }
}

/** What ends an alias that is a monitor as well; see `MonitorOptions`. */
export type AliasLife = NonNullable<MonitorOptions['alias']>;

/** A monitor whose reference is an alias of its owner: what a caller sends along, to be answered or to be told of the end. */
export class AliasMonitor extends Monitor {
  #life: AliasLife | undefined;

  constructor(owner: Process, object: Address, options: MonitorOptions) {
    super(owner, object, options);
    this.#life = options.alias;
  }

  forward(message: unknown): void {
    if (this.#life === undefined) return;
    if (this.#life === 'replyDemonitor') this.detach();
    this.owner?.deliver(message);
  }

  /** Ends the alias alone; the monitor stays. Answers whether it was an alias of that process until now. */
  end(process: Process): boolean {
    if (this.owner !== process || this.#life === undefined) return false;
    this.#life = undefined;
    return true;
  }

  override detach(): boolean {
    this.#endWithMonitor();
    return super.detach();
  }

  override down(reason: ExitReason): void {
    this.#endWithMonitor();
    super.down(reason);
  }

  #endWithMonitor(): void {
    if (this.#life !== 'explicitUnalias') this.#life = undefined;
  }
}

/** The destination itself, or an error that says what one can be. */
export function checkDestination(to: unknown): Destination {
  return to instanceof Pid || to instanceof Ref ? to : checkAddress(to);
}

/** Sends to a reference. One that is no alias, or not any more, drops the message. */
export function sendToAlias(to: Ref, message: unknown): void {
  if (to instanceof Alias || to instanceof AliasMonitor) to.forward(message);
}

/** OTP: `unalias/1`. Whether the reference was an alias of the process until now. */
export function unalias(process: Process, ref: Ref): boolean {
  if (!(ref instanceof Ref)) throw BadArgumentError.of('ref', 'the reference of an alias', ref);
  return (ref instanceof Alias || ref instanceof AliasMonitor) && ref.end(process);
}
