import type { Process } from './process.ts';

/**
 * All live processes of a runtime, oldest first. A chain through the processes themselves: in and out cost next to nothing,
 * and a process no entry.
 */
export class ProcessTable {
  /** How many there are. */
  size = 0;
  #first: Process | undefined = undefined;
  #last: Process | undefined = undefined;

  add(process: Process): void {
    process.previous = this.#last;
    if (this.#last === undefined) this.#first = process;
    else this.#last.next = process;
    this.#last = process;
    this.size++;
  }

  /** Takes out a process that is in the table. */
  remove(process: Process): void {
    const { previous, next } = process;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    // Whoever still holds a dead process must not keep its neighbours too.
    process.previous = process.next = undefined;
    this.size--;
  }

  /** The processes that are there now. */
  values(): Process[] {
    const values: Process[] = [];
    for (let process = this.#first; process !== undefined; process = process.next) values.push(process);
    return values;
  }
}
