import { Timer } from './timer-queue.ts';

/**
 * A time by which something has to have happened, and which moves as long as it does: how long a client may be silent, say.
 * Whoever needs one extends this class and moves it with `self.setDeadline`, as often as it likes; no timer is made for it.
 *
 * Unlike a timer it does not end with the process: a resource that has one takes it back in its `close`.
 */
export abstract class Deadline extends Timer {
  /** Whether it is set. */
  get isSet(): boolean {
    return this.place >= 0;
  }

  /** The time has come. Called outside the mailbox: send yourself a message if there is more to do than that. */
  abstract override fire(): void;
}
