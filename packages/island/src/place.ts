import type { Resource } from '@thousand-island/runtime';

/** Who gives places to connections, and gets them back. */
export interface PlaceGiver {
  /** The place does not count against the limit any more; its connection goes on. */
  uncounted(): void;
  /** The connection has ended. */
  left(counted: boolean, why: string): void;
}

/** What a connection takes up as long as its process lives, which owns it. Given back once, however the process ends. */
export class Place implements Resource {
  readonly #giver: PlaceGiver;
  #state: 'counted' | 'uncounted' | 'left' = 'counted';

  constructor(giver: PlaceGiver) {
    this.#giver = giver;
  }

  /** Takes the connection out of the count. Twice is once. */
  uncount(): void {
    if (this.#state !== 'counted') return;
    this.#state = 'uncounted';
    this.#giver.uncounted();
  }

  /** The connection has ended; `why` is for the statistics. */
  leave(why: string): void {
    const state = this.#state;
    if (state === 'left') return;
    this.#state = 'left';
    this.#giver.left(state === 'counted', why);
  }

  close(): void {
    this.leave('other');
  }
}
