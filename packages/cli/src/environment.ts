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
  /** The file of the package `@thousand-island/island` that this program serves with. */
  readonly islandFile: string;
  /** Loads a module by its URL. Rejects also when the module waits for something that can never come. */
  readonly importModule: (url: string) => Promise<Exports>;
  /**
   * Ends the program with an error as Node does when nobody catches it: with the place in the source, which of an error of syntax Node
   * alone knows. Resolves only if somebody else has caught it.
   */
  readonly throwUncaught: (error: Error) => Promise<void>;
  /** Calls the listener with each stop signal, which then does not end the process; answers a function that ends it. */
  readonly onSignal: (listener: (signal: StopSignal) => void) => () => void;
  /**
   * Calls the listener when the user wants files to be read again (SIGHUP, which then does not end the process); answers a
   * function that ends it.
   */
  readonly onHangup: (listener: () => void) => () => void;
}
