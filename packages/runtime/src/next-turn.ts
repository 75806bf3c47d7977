type Callback = () => void;

/**
 * What is to be called in the next turn of Node's loop, after that turn's I/O. All who ask in one turn share one immediate, of which
 * each costs a new connection as much as one more process would.
 */
class NextTurn {
  #asked: (Callback | undefined)[] = [];
  /** For those who ask in the turn after: both lists keep their room. */
  #spare: (Callback | undefined)[] = [];
  #count = 0;

  /** Calls it then, once for each time that it was asked for, in that order. */
  ask(callback: Callback): void {
    this.#asked[this.#count++] = callback;
    if (this.#count === 1) setImmediate(this.#callAll);
  }

  readonly #callAll = (): void => {
    const called = this.#asked;
    const end = this.#count;
    this.#asked = this.#spare;
    this.#count = 0;
    let next = 0;
    try {
      while (next < end) take(called, next++)();
    } finally {
      // What one throws keeps no other from being called, if it does not end Node.
      while (next < end) this.ask(take(called, next++));
      this.#spare = called;
    }
  };
}

/** What has been called is kept no longer: a runtime may have ended with it. */
function take(called: (Callback | undefined)[], place: number): Callback {
  const callback = called[place] as Callback;
  called[place] = undefined;
  return callback;
}

/** That of this thread's loop, for all runtimes. */
export const nextTurn = new NextTurn();
