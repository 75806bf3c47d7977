import { inspect } from 'node:util';

/**
 * The identity of a process: what is sent to, linked, monitored. Compare with `===`.
 *
 * A pid outlives its process and then stands for nobody: sending to it does nothing. It is made by the runtime alone,
 * says which runtime it belongs to, and prints as OTP's do: `<0.12.0>`.
 */
export class Pid {
  /** The number of the runtime that the process lives in. */
  readonly runtime: number;
  /** The number of the process in its runtime; never used twice. */
  readonly id: number;
  /**
   * The process, as long as it lives. Only the process layer knows what it is and looks behind a pid: everybody else
   * talks by signals, since the process could as well be in another thread.
   * @internal
   */
  occupant: unknown;
  /** What looks like a pid is none, for the compiler too; never there at run time. */
  declare private readonly isPid: true;

  /** Left to the runtime. */
  constructor(runtime: number, id: number) {
    this.runtime = runtime;
    this.id = id;
    this.occupant = undefined;
  }

  toString(): string {
    return `<${this.runtime}.${this.id}.0>`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
