import { answer, type From } from '../process/call.ts';

/**
 * Who asked an event of a machine, as the event's `from`. Answer at once with the action `reply`, or keep it in the context
 * and answer later with `from.answer(value)`: in another state, in another process. Only the first answer counts, and none
 * does once the one who asked has given up or the machine has ended.
 */
export class Asker<Reply = unknown> {
  // Private, so that those who walk through a machine's context find nothing to walk into.
  readonly #from: From;

  /** Left to the machine. */
  constructor(from: From) {
    this.#from = from;
  }

  /** Answers. Only the first answer counts, and none does once the one who asked has given up or the machine has ended. */
  answer(value: Reply): void {
    answer(this.#from, value);
  }

  toString(): string {
    return 'Asker';
  }

  /** An asker does not outlive its process: what is persisted of it is its name. */
  toJSON(): string {
    return 'Asker';
  }
}
