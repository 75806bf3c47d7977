/**
 * The environment of every test file: fails a file that leaves something open.
 *
 * An environment and not an `afterAll` in a setup file, since that one would run *before* the test file's own
 * `afterAll` hooks: jest calls hooks in the order in which they were defined.
 *
 * @module
 */
import type { Circus } from '@jest/types';
import { TestEnvironment } from 'jest-environment-node';
import {
  grown,
  LIVE_RUNTIMES,
  liveRuntimes,
  type OpenResources,
  openResources,
  settle,
} from './open-resources.ts';

/** How many leaks a message names: a file that forgets to stop its runtimes forgets hundreds. */
const NAMED = 8;

export default class LeakCheck extends TestEnvironment {
  #before: OpenResources = new Map();

  override async setup(): Promise<void> {
    await super.setup();
    // Made on first use: they are the process's, not the test's.
    void process.stdout;
    void process.stderr;
    this.#before = openResources();
    // The runtimes that the tests make enter themselves here.
    Reflect.set(this.global, LIVE_RUNTIMES, new Set());
  }

  async handleTestEvent(event: Circus.Event, state: Circus.State): Promise<void> {
    if (event.name !== 'run_finish') return;
    const left = await settle(() => [...grown(this.#before, openResources()), ...liveRuntimes(this.global)]);
    if (left.length === 0) return;
    const more = left.length > NAMED ? `, and ${left.length - NAMED} more` : '';
    const error = new Error(`the tests of this file left open: ${left.slice(0, NAMED).join(', ')}${more}`);
    error.stack = error.message;
    state.unhandledErrors.push(error);
  }

  override async teardown(): Promise<void> {
    // A file that fails may leave Node's one place for uncaught errors taken: the next file is not to suffer for it.
    process.setUncaughtExceptionCaptureCallback(null);
    await super.teardown();
  }
}
