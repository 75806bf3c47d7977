import { Writable } from 'node:stream';
import type { Environment, Exports, StopSignal } from '../../src/environment.ts';

/** A stream that keeps what is written. */
export class Screen extends Writable {
  text = '';
  #waiting: (() => void)[] = [];

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    for (const resolve of this.#waiting.splice(0)) resolve();
    done();
  }

  get lines(): string[] {
    return this.text.split('\n').slice(0, -1);
  }

  /** Resolves as soon as the text matches, to the match. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.text);
      if (match !== null) return match;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

/** The surroundings of a program under test. The test is the user: it reads the screens and sends the signals. */
export class TestEnvironment implements Environment {
  readonly stdout: Screen & { hasColors?: () => boolean } = new Screen();
  readonly stderr = new Screen();
  readonly cwd: string = __dirname;
  readonly version = '1.2.3';
  // The tests' own: what they serve finds it too.
  readonly islandFile = require.resolve('@thousand-island/island');
  readonly importModule: (url: string) => Promise<Exports>;
  readonly #listeners = new Set<(signal: StopSignal) => void>();

  /** Every module that is asked for exports this. */
  constructor(exports: Exports = {}) {
    this.importModule = async () => exports;
  }

  readonly onSignal = (listener: (signal: StopSignal) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  };

  readonly uncaught: Error[] = [];

  readonly throwUncaught = async (error: Error): Promise<void> => void this.uncaught.push(error);

  readonly #hangupListeners = new Set<() => void>();

  readonly onHangup = (listener: () => void): (() => void) => {
    this.#hangupListeners.add(listener);
    return () => void this.#hangupListeners.delete(listener);
  };

  hangUp(): void {
    for (const listener of this.#hangupListeners) listener();
  }

  signal(signal: StopSignal): void {
    for (const listener of this.#listeners) listener(signal);
  }

  get isListeningToSignals(): boolean {
    return this.#listeners.size + this.#hangupListeners.size > 0;
  }
}
