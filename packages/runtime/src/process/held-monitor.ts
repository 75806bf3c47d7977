import type { ExitReason } from '../exit-reason.ts';
import { Monitor } from './watch.ts';

/**
 * The monitor of a process that is being started: it tells of no end until the start has succeeded, since one that fails is
 * told of by its result alone.
 */
export class HeldMonitor extends Monitor {
  #held = true;
  #ended: readonly [ExitReason] | undefined = undefined;

  override down(reason: ExitReason): void {
    if (this.#held) this.#ended = [reason];
    else super.down(reason);
  }

  /** From now on it tells of the end; at once, if that has come already. */
  letGo(): void {
    this.#held = false;
    if (this.#ended !== undefined) super.down(this.#ended[0]);
  }
}
