import { inspect } from 'node:util';

/** A unique reference: names one monitor, one timer, one call. Compare with `===`; prints as `#Ref<7>`. */
export class Ref {
  static #last = 0;
  /** @internal Given when it is first printed: most references never are, and a call makes one each. */
  declare private number: number | undefined;

  toString(): string {
    this.number ??= ++Ref.#last;
    return `#Ref<${this.number}>`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
