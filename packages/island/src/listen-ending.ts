import { ExitMessage, Receiver, type Self } from '@thousand-island/runtime';
import { giveUpHook } from './listen-hook.ts';
import type { ServerMemory } from './server-memory.ts';

/**
 * Hears, for a Server that waits for the start of its Listener, whether it is to end with its parent: the Server itself hears nothing
 * meanwhile, and a `postListen` may take any time. What is heard is obeyed when that start is over.
 */
export class ListenEnding extends Receiver {
  readonly #server: Self;
  readonly #memory: ServerMemory;
  #isOver = false;

  constructor(server: Self, memory: ServerMemory) {
    super();
    this.#server = server;
    this.#memory = memory;
  }

  matches(message: unknown): boolean {
    return (
      message instanceof ExitMessage && message.from !== undefined && message.from === this.#server.parent
    );
  }

  received(message: unknown): void {
    this.#isOver = true;
    giveUpHook(this.#server, this.#memory);
    this.#server.send(this.#server.pid, message);
  }

  /** The start is over. */
  end(): void {
    if (!this.#isOver) this.cancel();
  }
}
