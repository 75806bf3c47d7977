/**
 * Breaks the rules of OTP one after another, each in a copy of the runtime, and with it replays the recorded scenarios and
 * runs the programs of `rules.mjs`. A broken rule that is not noticed fails: `node conformance/mutants/run.mjs [NAME...]`.
 */
import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { mutants as recorded } from './mutants.mjs';
import { mutants as unrecorded } from './rule-mutants.mjs';

/** @typedef {import('./mutants.mjs').Mutant} Mutant */

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = join(root, 'packages/runtime/src');
/** A mutant that runs in circles is noticed too. */
const LONGEST_JUDGEMENT_MS = 60_000;
/** How many mutants are tried at the same time, at most. */
const MOST_WORKSHOPS = 4;

/**
 * @param {string} source
 * @returns {string}
 */
function transpile(source) {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      rewriteRelativeImportExtensions: true,
    },
  });
  return outputText;
}

/**
 * @param {string} from
 * @param {string} to
 */
function transpileFolder(from, to) {
  for (const file of /** @type {string[]} */ (readdirSync(from, { recursive: true }))) {
    if (!file.endsWith('.ts') || /(^|[\\/])dist[\\/]/.test(file)) continue;
    const target = join(to, file.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, transpile(readFileSync(join(from, file), 'utf8')));
  }
}

/** Everything that a replay needs, in a folder of its own. */
function makeWorkshop() {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-mutants-'));
  const runtime = join(folder, 'node_modules/@thousand-island/runtime');
  mkdirSync(runtime, { recursive: true });
  cpSync(join(root, 'packages/runtime/package.json'), join(runtime, 'package.json'));
  const dependencies = join(root, 'packages/runtime/node_modules');
  symlinkSync(dependencies, join(runtime, 'node_modules'), 'junction');
  symlinkSync(join(dependencies, 'xstate'), join(folder, 'node_modules/xstate'), 'junction');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  transpileFolder(sources, join(runtime, 'dist'));
  transpileFolder(join(root, 'conformance'), join(folder, 'conformance'));
  const mutantFolder = join(folder, 'conformance/mutants');
  mkdirSync(mutantFolder);
  for (const file of ['judge.mjs', 'rules.mjs'])
    writeFileSync(
      join(mutantFolder, file),
      transpile(readFileSync(join(root, 'conformance/mutants', file), 'utf8')),
    );
  return folder;
}

/**
 * The source with the mutant's edit.
 * @param {Mutant} mutant
 */
function mutate({ name, file, from, to }) {
  const parts = readFileSync(join(sources, file), 'utf8').split(from);
  if (parts.length !== 2)
    throw new Error(`${name}: its text is ${parts.length - 1} times in ${file}, and must be once`);
  return parts.join(to);
}

/**
 * What gives the mutant away, in one line; undefined if nothing does.
 * @param {string} folder
 * @returns {Promise<string | undefined>}
 */
function judge(folder) {
  return new Promise((resolve) => {
    const options = { cwd: folder, timeout: LONGEST_JUDGEMENT_MS };
    const args = ['conformance/mutants/judge.mjs', join(root, 'conformance/otp')];
    const child = execFile(process.execPath, args, options, (_error, stdout, stderr) => {
      if (child.exitCode === 0) resolve(undefined);
      else if (child.exitCode === null) resolve('no end');
      // Node's way to say that a promise is awaited which nothing will ever settle.
      else if (child.exitCode === 13) resolve('it stands still');
      else resolve(stdout.trim() || `it crashes: ${/^\w*Error.*$/m.exec(stderr)?.[0]}`);
    });
  });
}

/**
 * Tries mutants one by one in a workshop of its own, until there are none left; answers how many were not noticed.
 * @param {{ mutant: Mutant, source: string }[]} left
 */
async function tryMutants(left) {
  const folder = makeWorkshop();
  let survivors = 0;
  try {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const { mutant, source } = next;
      const target = join(
        folder,
        'node_modules/@thousand-island/runtime/dist',
        mutant.file.replace(/\.ts$/, '.js'),
      );
      const before = readFileSync(target);
      writeFileSync(target, transpile(source));
      const noticed = await judge(folder);
      writeFileSync(target, before);
      // It has broken no rule but its own code: what it names is not there any more.
      if (noticed?.includes('ReferenceError')) throw new Error(`${mutant.name} is no program: ${noticed}`);
      if (noticed === undefined) survivors++;
      const verdict = noticed === undefined ? 'SURVIVES' : 'noticed ';
      process.stdout.write(`${verdict}  ${mutant.name.padEnd(45)} ${noticed?.slice(0, 120) ?? ''}\n`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return survivors;
}

async function checkHealthy() {
  const folder = makeWorkshop();
  try {
    const healthy = await judge(folder);
    if (healthy !== undefined)
      throw new Error(`without any mutant there is a difference already: ${healthy}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const only = process.argv.slice(2);
const chosen = [...recorded, ...unrecorded].filter(({ name }) => only.length === 0 || only.includes(name));
// One that no longer fits is noticed before the long run.
const left = chosen.map((mutant) => ({ mutant, source: mutate(mutant) }));
await checkHealthy();
const workshops = Math.min(availableParallelism(), MOST_WORKSHOPS);
const survived = await Promise.all(Array.from({ length: workshops }, () => tryMutants(left)));
const survivors = survived.reduce((sum, each) => sum + each, 0);
process.stdout.write(`${chosen.length} mutants, ${survivors} survive\n`);
process.exitCode = survivors === 0 && chosen.length > 0 ? 0 : 1;
