/**
 * Breaks the rules of OTP one after another, each in a copy of the runtime, and replays the recorded scenarios with it. A
 * broken rule that is not noticed fails: `node conformance/mutants/run.mjs [NAME...]`.
 */
import { spawnSync } from 'node:child_process';
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
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { mutants } from './mutants.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const sources = join(root, 'packages/runtime/src');
const recordings = ['scenarios', 'processes', 'dynamic', 'corpus'];
/** A mutant that runs in circles is noticed too. */
const LONGEST_REPLAY_MS = 60_000;

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
  symlinkSync(join(root, 'packages/runtime/node_modules'), join(runtime, 'node_modules'), 'junction');
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  transpileFolder(sources, join(runtime, 'dist'));
  transpileFolder(join(root, 'conformance'), join(folder, 'conformance'));
  return { folder, runtime };
}

/**
 * The source with the mutant's edit.
 * @param {import('./mutants.mjs').Mutant} mutant
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
 */
function replay(folder) {
  for (const name of recordings) {
    const files = [`${name}.jsonl`, `${name}.expected.jsonl`].map((file) =>
      join(root, 'conformance/otp', file),
    );
    const { status, stdout, signal } = spawnSync(
      process.execPath,
      [join(folder, 'conformance/main.js'), 'replay', ...files],
      {
        encoding: 'utf8',
        timeout: LONGEST_REPLAY_MS,
      },
    );
    if (signal !== null) return `${name}: no end`;
    if (status !== 0) return `${name}: ${stdout.trim().split('\n').at(-1)}`;
  }
  return undefined;
}

const only = process.argv.slice(2);
const chosen = mutants.filter(({ name }) => only.length === 0 || only.includes(name));
// One that no longer fits is noticed before the long run.
const edited = chosen.map((mutant) => ({ mutant, source: mutate(mutant) }));
const { folder, runtime } = makeWorkshop();
let survivors = 0;
try {
  const healthy = replay(folder);
  if (healthy !== undefined) throw new Error(`without any mutant there is a difference already: ${healthy}`);
  for (const { mutant, source } of edited) {
    const target = join(runtime, 'dist', mutant.file.replace(/\.ts$/, '.js'));
    const before = readFileSync(target);
    writeFileSync(target, transpile(source));
    const noticed = replay(folder);
    writeFileSync(target, before);
    if (noticed === undefined) survivors++;
    process.stdout.write(
      `${noticed === undefined ? 'SURVIVES' : 'noticed '}  ${mutant.name.padEnd(45)} ${noticed ?? ''}\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${chosen.length} mutants, ${survivors} survive\n`);
process.exitCode = survivors === 0 && chosen.length > 0 ? 0 : 1;
