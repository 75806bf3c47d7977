import type { Writable } from 'node:stream';

/** The signals that ask the program to stop. */
export type StopSignal = 'SIGINT' | 'SIGTERM';

/** What a module exports. */
export type Exports = Readonly<Record<string, unknown>>;

/** What a program gets from the process it runs in. Tests make their own. */
export interface Environment {
  readonly stdout: Writable & { readonly hasColors?: () => boolean };
  readonly stderr: Writable;
  /** The folder that paths are relative to. */
  readonly cwd: string;
  /** The version of this package. */
  readonly version: string;
  /** Loads a module by its URL. */
  readonly importModule: (url: string) => Promise<Exports>;
  /** Calls the listener with each stop signal, which then does not end the process; answers a function that ends it. */
  readonly onSignal: (listener: (signal: StopSignal) => void) => () => void;
  /**
   * Calls the listener when the user wants files to be read again (SIGHUP, which then does not end the process); answers a
   * function that ends it.
   */
  readonly onHangup: (listener: () => void) => () => void;
}
