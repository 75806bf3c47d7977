import { readFileSync } from 'node:fs';
import type { Environment, StopSignal } from './environment.ts';

const STOP_SIGNALS: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];

/** The environment of this very process. */
export function processEnvironment(): Environment {
  const about = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    cwd: process.cwd(),
    version: about.version,
    importModule: (url) => import(url),
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
