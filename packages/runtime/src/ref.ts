import { inspect } from 'node:util';

// No name that a class below it could have for something of its own.
const NUMBER = Symbol('number');

/** A unique reference: names one monitor, one timer, one call. Compare with `===`; prints as `#Ref<7>`. */
export class Ref {
  static #last = 0;
  // Given when it is first printed: most references never are, and a call makes one each.
  declare private [NUMBER]: number | undefined;

  toString(): string {
    this[NUMBER] ??= ++Ref.#last;
    return `#Ref<${this[NUMBER]}>`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
