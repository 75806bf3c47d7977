import type { Writable } from 'node:stream';

/** Lines for whoever reads them. A reader that has gone away (a broken pipe) is no reason to stop serving. */
export class Output {
  readonly #stream: Writable;

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('error', () => {});
  }

  /** Writes a line; resolves when it is out, or never will be. */
  line(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.#stream.write(`${text}\n`, () => resolve());
    });
  }
}
