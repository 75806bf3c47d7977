import type { Process } from '../process/process.ts';
import { Timer } from '../process/timer-queue.ts';

/** The time a callback has asked for is up. Sent to the server itself; one that is not the latest is stale. */
export class IdleTimeout extends Timer {
  readonly delayMs: number;
  readonly #process: Process;

  constructor(process: Process, delayMs: number) {
    super();
    this.#process = process;
    this.delayMs = delayMs;
  }

  fire(): void {
    this.#process.deliver(this);
  }
}
