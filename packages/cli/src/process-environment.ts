import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Environment, Exports, StopSignal } from './environment.ts';

const ISLAND = '@thousand-island/island';
const STOP_SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];

// Node would end without a word, as the command itself waits for the module: nothing is left that could go on.
function importModule(url: string): Promise<Exports> {
  return new Promise((resolve, reject) => {
    const onIdle = (): void =>
      reject(new Error('it awaits, outside of all functions, what can never come: nothing else is going on'));
    process.once('beforeExit', onIdle);
    const off = (): void => void process.off('beforeExit', onIdle);
    import(url).finally(off).then(resolve, reject);
  });
}

function throwUncaught(error: Error): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(() => {
      setImmediate(resolve);
      throw error;
    });
  });
}

/** The environment of this very process. */
export function processEnvironment(): Environment {
  const about = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    cwd: process.cwd(),
    version: about.version,
    islandFile: createRequire(import.meta.url).resolve(ISLAND),
    importModule,
    throwUncaught,
    onSignal(listener) {
      for (const signal of STOP_SIGNALS) process.on(signal, listener);
      return () => {
        for (const signal of STOP_SIGNALS) process.off(signal, listener);
      };
    },
    onHangup(listener) {
      process.on('SIGHUP', listener);
      return () => process.off('SIGHUP', listener);
    },
  };
}
