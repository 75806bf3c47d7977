/** Running another program as if it were this one: its exit code, its signals, its terminal. */
import { spawn } from 'node:child_process';

/**
 * @typedef {{ readonly code: number | null, readonly signal: NodeJS.Signals | null }} Ending
 * @typedef {object} Options
 * @property {string} cwd
 * @property {import('node:child_process').StdioOptions} [stdio]
 * @property {boolean} [ownSession] Whether the program is kept away from the terminal's own signals.
 */

const FORWARDED = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/** One Ctrl-C arrives twice: from the terminal and, a moment later, from npm. A second press comes later than this. */
const SAME_PRESS_MS = 500;

/**
 * Runs a program to its end, however it ends. Signals that come meanwhile are handed on and the program is waited for.
 * @param {string} command
 * @param {string[]} args
 * @param {Options} options
 * @returns {Promise<Ending>}
 */
export function runProgram(command, args, { cwd, stdio = 'inherit', ownSession = false }) {
  const detached = ownSession && process.platform !== 'win32';
  const child = spawn(command, args, { cwd, stdio, detached });
  // In our group, the terminal's Ctrl-C has reached the program already.
  const terminalTellsIt = !detached && process.stdin.isTTY;

  /** @type {Map<string, number>} */
  const lastAt = new Map();
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    const now = performance.now();
    const again = now - (lastAt.get(signal) ?? -Infinity) < SAME_PRESS_MS;
    lastAt.set(signal, now);
    if (!again && !(signal === 'SIGINT' && terminalTellsIt)) child.kill(signal);
  };
  for (const signal of FORWARDED) process.on(signal, forward);

  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  }).finally(() => {
    for (const signal of FORWARDED) process.off(signal, forward);
  });
}

/**
 * Ends this process the way the program ended: with its code, or of the same signal.
 * @param {Ending} ending
 */
export function endAs({ code, signal }) {
  if (signal === null) process.exitCode = code ?? 1;
  else process.kill(process.pid, signal);
}
