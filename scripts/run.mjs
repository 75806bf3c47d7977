/** The tasks behind the npm scripts. Each sets up what it needs, and then becomes its program. */
import { fileURLToPath } from 'node:url';
import { check } from './check.mjs';
import { endAs, runProgram } from './program.mjs';
import { ensureBuilt, ensureInstalled, SetupError } from './setup.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const node = process.execPath;

/** @typedef {import('./program.mjs').Ending} Ending */
/** @type {Record<string, (args: string[]) => Promise<Ending>>} */
const tasks = {
  start: (args) => serve(['packages/cli/dist/demo.js', ...args]),
  island: (args) => serve(['packages/cli/dist/bin.js', ...args]),
  bench: async (args) => {
    await ensureBuilt(root);
    return runProgram(node, ['bench/run.mjs', ...args], { cwd: root });
  },
  conformance: async (args) => {
    await ensureBuilt(root);
    // Files on the command line are the caller's.
    return runProgram(node, [`${root}conformance/dist/main.js`, ...args], { cwd: callersFolder() });
  },
  soak: async (args) => {
    await ensureBuilt(root);
    return runProgram(node, ['soak/dist/main.js', ...args], { cwd: root });
  },
  test: async (args) => {
    // No build: the tests run on the sources.
    await ensureInstalled(root);
    return runProgram(node, ['node_modules/jest/bin/jest.js', ...args], { cwd: root });
  },
  build: async () => {
    await ensureBuilt(root);
    return { code: 0, signal: null };
  },
  check: async (args) => {
    await ensureBuilt(root);
    return check(root, args);
  },
  format: async (args) => {
    await ensureInstalled(root);
    return runProgram('node_modules/.bin/biome', ['check', '--write', ...args], { cwd: root });
  },
};

/**
 * Runs a server in a session of its own: a Ctrl-C at the terminal reaches us alone (and once more from npm), and the
 * server hears of it from us, exactly once.
 *
 * The caller's folder stays the server's: a module given on the command line is found from there.
 * @param {string[]} args
 */
async function serve([script = '', ...args]) {
  await ensureBuilt(root);
  return runProgram(node, [`${root}${script}`, ...args], { cwd: callersFolder(), ownSession: true });
}

/** Where the user stands: npm itself goes to the root first. */
function callersFolder() {
  return process.env.INIT_CWD ?? process.cwd();
}

/**
 * @param {string | undefined} name
 * @param {string[]} args
 */
export async function run(name, args) {
  const task = name === undefined ? undefined : tasks[name];
  if (task === undefined) {
    process.stderr.write(`usage: node scripts/run.cjs ${Object.keys(tasks).join('|')} [arguments]\n`);
    process.exitCode = 2;
    return;
  }
  try {
    endAs(await task(args));
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    if (error.message !== '') process.stderr.write(`\n${error.message}\n`);
    endAs(error.ending);
  }
}
