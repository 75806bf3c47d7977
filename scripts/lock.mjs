/** A lock between processes: a file with the holder's process id in it. */
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const PATIENCE_MS = 5 * 60_000;
const LOOK_AGAIN_MS = 200;

/**
 * Does `work` while no other process does. Waits for the other one up to five minutes, then throws.
 * @param {string} file
 * @param {(line: string) => void} say
 * @param {() => Promise<void>} work
 */
export async function withLock(file, say, work) {
  const until = Date.now() + PATIENCE_MS;
  for (let told = false; !take(file); told = true) {
    const holder = holderOf(file);
    if (holder !== undefined && !isAlive(holder)) {
      // It ended without cleaning up. The next look takes the lock.
      rmSync(file, { force: true });
      continue;
    }
    if (Date.now() > until) throw new Error(`another setup holds ${file}: remove it if none is running`);
    if (!told) say(`waiting for the setup of process ${holder ?? '(unknown)'} …`);
    await sleep(LOOK_AGAIN_MS);
  }
  try {
    await work();
  } finally {
    rmSync(file, { force: true });
  }
}

/** A link appears whole or not at all: no one ever reads a lock without its holder.
 * @param {string} file
 */
function take(file) {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

/** @param {string} file */
function holderOf(file) {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ENOENT') throw error;
    return undefined;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to another user.
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
