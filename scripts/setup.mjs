/**
 * Brings a fresh clone to where it can run: installs the dependencies, builds the packages; and nothing twice.
 *
 * Node's own modules only, since nothing is installed yet. Talks on stderr alone: stdout belongs to the program.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundle } from './bundle.mjs';
import { withLock } from './lock.mjs';
import { runProgram } from './program.mjs';

/** @typedef {import('./program.mjs').Ending} Ending */

/** A setup that did not succeed, with what to tell the user (nothing, if it was their own Ctrl-C). */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {Ending} [ending]
   */
  constructor(message, ending = { code: 1, signal: null }) {
    super(message);
    this.ending = ending;
  }
}

/**
 * Installs what the lockfile says, unless that is what was installed last.
 * @param {string} root
 */
export async function ensureInstalled(root) {
  const inputs = [
    'package.json',
    'pnpm-lock.yaml',
    'pnpm-workspace.yaml',
    ...packages(root).map((name) => `packages/${name}/package.json`),
  ];
  await once(root, 'install', `${process.platform} ${process.arch} ${hashContents(root, inputs)}`, () =>
    install(root),
  );
}

/**
 * Builds every package, unless nothing that the build reads was touched since the last one.
 * @param {string} root
 */
export async function ensureBuilt(root) {
  await ensureInstalled(root);
  const folders = [...packages(root).map((name) => `packages/${name}`), 'conformance', 'soak'];
  const inputs = [
    'scripts/bundle.mjs',
    'tsconfig.base.json',
    'tsconfig.json',
    'pnpm-lock.yaml',
    ...folders.flatMap((folder) => filesUnder(root, folder)),
  ];
  const built = folders.every((folder) => existsSync(join(root, folder, 'dist/tsconfig.tsbuildinfo')));
  if (!built) rmSync(stampFile(root, 'build'), { force: true });
  await once(root, 'build', hashTimes(root, inputs), () => build(root));
}

/** @param {string} root */
async function install(root) {
  const pnpm = pinnedPnpm(root);
  say(`installing dependencies with ${pnpm} (once) …`);
  const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx';
  // stdout of a setup step goes to our stderr.
  const ending = await runProgram(npx, ['-y', pnpm, 'install', '--frozen-lockfile'], {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
  }).catch((error) => {
    throw new SetupError(
      `npx could not be run (${error.message}): it comes with Node.js, and must be on PATH.`,
    );
  });
  fail(ending, [
    'The dependencies could not be installed: what went wrong is printed above.',
    'Without a network this cannot work the first time. After a change of a package.json, refresh the lockfile with:',
    `  npx -y ${pnpm} install --no-frozen-lockfile`,
  ]);
}

/** @param {string} root */
async function build(root) {
  say('building …');
  const ending = await runProgram(process.execPath, ['node_modules/typescript/bin/tsc', '-b'], {
    cwd: root,
    stdio: ['ignore', process.stderr, process.stderr],
  });
  fail(ending, ['The build failed: what the compiler found is printed above.']);
  for (const name of packages(root)) await bundle(join(root, 'packages', name));
}

/**
 * Does a step whose inputs are not those it last succeeded with. Of several processes one does it, the others wait.
 * @param {string} root
 * @param {string} step
 * @param {string} inputs
 * @param {() => Promise<void>} work
 */
async function once(root, step, inputs, work) {
  const stamp = stampFile(root, step);
  const isDone = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === inputs;
  if (isDone()) return;
  await withLock(join(root, '.setup.lock'), say, async () => {
    if (isDone()) return;
    rmSync(stamp, { force: true });
    await work();
    mkdirSync(dirname(stamp), { recursive: true });
    writeFileSync(stamp, inputs);
  });
}

/** Within node_modules, so that deleting that folder makes everything be done anew.
 * @param {string} root
 * @param {string} step
 */
function stampFile(root, step) {
  return join(root, 'node_modules/.cache/thousand-island', step);
}

/**
 * @param {Ending} ending
 * @param {string[]} explanation
 */
function fail(ending, explanation) {
  if (ending.signal !== null) throw new SetupError('', ending);
  if (ending.code !== 0) throw new SetupError(explanation.join('\n'));
}

/** The one place that names the version of pnpm is package.json.
 * @param {string} root
 * @returns {string}
 */
export function pinnedPnpm(root) {
  return JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).packageManager;
}

/** @param {string} root */
export function packages(root) {
  return readdirSync(join(root, 'packages')).filter((name) =>
    existsSync(join(root, 'packages', name, 'package.json')),
  );
}

/**
 * @param {string} root
 * @param {string} folder
 * @returns {string[]}
 */
function filesUnder(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return ['node_modules', 'dist', 'test'].includes(entry.name) ? [] : filesUnder(root, path);
  });
}

/**
 * @param {string} root
 * @param {string[]} files
 */
function hashContents(root, files) {
  const hash = createHash('sha256');
  for (const file of files)
    hash.update(`${file}\0`).update(existsSync(join(root, file)) ? readFileSync(join(root, file)) : '');
  return hash.digest('hex');
}

/** Sizes and times are enough to know that a file was touched, and the compiler knows the rest.
 * @param {string} root
 * @param {string[]} files
 */
function hashTimes(root, files) {
  const hash = createHash('sha256');
  for (const file of files) {
    const { size, mtimeMs } = statSync(join(root, file));
    hash.update(`${file}\0${size}\0${mtimeMs}\0`);
  }
  return hash.digest('hex');
}

/** @param {string} line */
function say(line) {
  process.stderr.write(`thousand-island: ${line}\n`);
}
