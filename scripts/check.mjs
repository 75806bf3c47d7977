/** Everything that CI checks but the tests. `npm run check -- NAME…` does only those named. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runProgram } from './program.mjs';
import { packages, pinnedPnpm } from './setup.mjs';

/** @typedef {import('./program.mjs').Ending} Ending */

const tsc = 'node_modules/typescript/bin/tsc';
const bin = 'node_modules/.bin';

/** @type {Record<string, (root: string) => Promise<Ending>>} */
const checks = {
  'types of the sources': (root) => runProgram(process.execPath, [tsc, '-b'], { cwd: root }),
  'types of the tests': (root) =>
    runProgram(process.execPath, [tsc, '-p', 'tsconfig.test.json'], { cwd: root }),
  'lint and format': (root) => runProgram(`${bin}/biome`, ['ci', '--error-on-warnings'], { cwd: root }),
  'import direction': (root) =>
    runProgram(process.execPath, ['node_modules/jest/bin/jest.js', 'test/import-direction'], { cwd: root }),
  'unused code': (root) => runProgram(`${bin}/knip`, [], { cwd: root }),
  packages: checkPackages,
};

/**
 * Runs the checks to the last one, so that one run tells everything, and fails if any failed.
 * @param {string} root
 * @param {string[]} only
 * @returns {Promise<Ending>}
 */
export async function check(root, only) {
  const failed = [];
  for (const [name, run] of Object.entries(checks)) {
    if (only.length > 0 && !only.includes(name)) continue;
    const from = performance.now();
    process.stderr.write(`── ${name}\n`);
    const ending = await run(root);
    if (ending.signal !== null) return ending;
    const seconds = ((performance.now() - from) / 1000).toFixed(1);
    process.stderr.write(`── ${name}: ${ending.code === 0 ? 'ok' : 'FAILED'} (${seconds} s)\n`);
    if (ending.code !== 0) failed.push(name);
  }
  if (failed.length > 0) process.stderr.write(`\nfailed: ${failed.join(', ')}\n`);
  return { code: failed.length === 0 ? 0 : 1, signal: null };
}

/**
 * Packs each package as it would be published, and lets publint and attw look at what a user would get.
 * @param {string} root
 * @returns {Promise<Ending>}
 */
async function checkPackages(root) {
  const folder = mkdtempSync(join(tmpdir(), 'thousand-island-pack-'));
  try {
    for (const name of packages(root)) {
      const cwd = join(root, 'packages', name);
      const to = join(folder, name);
      const packing = ['-y', pinnedPnpm(root), '--silent', 'pack', '--pack-destination', to];
      const packed = await runProgram('npx', packing, { cwd });
      if (packed.code !== 0) return packed;
      const tarball = join(to, readdirSync(to).find((file) => file.endsWith('.tgz')) ?? '');
      for (const [tool, ...args] of [
        ['publint', 'run', tarball, '--strict'],
        ['attw', tarball, '--profile', 'esm-only'],
      ]) {
        const ending = await runProgram(`${bin}/${tool}`, args, { cwd: root });
        if (ending.code !== 0) return ending;
      }
    }
    return { code: 0, signal: null };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
