import type { Environment, StopSignal } from './environment.ts';

/** The user's wish that a program stop: the first time in good order, the second time at once. */
export class StopSignals implements Disposable {
  readonly first: Promise<StopSignal>;
  readonly second: Promise<StopSignal>;
  readonly #off: () => void;

  constructor(environment: Environment) {
    const waiting: ((signal: StopSignal) => void)[] = [];
    this.first = new Promise((resolve) => waiting.push(resolve));
    this.second = new Promise((resolve) => waiting.push(resolve));
    this.#off = environment.onSignal((signal) => waiting.shift()?.(signal));
  }

  /** Leaves signals to Node again. */
  [Symbol.dispose](): void {
    this.#off();
  }
}

/** What a program exits with that a signal has ended: as a shell reports it. */
export function exitCodeOf(signal: StopSignal): number {
  return signal === 'SIGINT' ? 130 : 143;
}
