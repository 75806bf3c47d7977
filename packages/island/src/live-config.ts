import type { ServerConfig } from './server-config.ts';

/**
 * A server's options as they are at the moment. A connection reads them once, when it starts, and keeps what it has read: a
 * change is for the next one, and costs the others nothing.
 */
export class LiveConfig {
  #current: ServerConfig;
  readonly #listeners = new Set<() => void>();

  constructor(config: ServerConfig) {
    this.#current = config;
  }

  get current(): ServerConfig {
    return this.#current;
  }

  change(config: ServerConfig): void {
    this.#current = config;
    for (const listener of [...this.#listeners]) listener();
  }

  /** Calls the function after each change, until the answer is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
