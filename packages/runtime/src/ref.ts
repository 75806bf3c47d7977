import { inspect } from 'node:util';

/** A unique reference: names one monitor, one timer, one call. Compare with `===`; prints as `#Ref<7>`. */
export class Ref {
  static #last = 0;
  #id = 0;

  /** Numbered when first printed: most references never are, and a call makes one each. */
  toString(): string {
    if (this.#id === 0) this.#id = ++Ref.#last;
    return `#Ref<${this.#id}>`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
