/** Compiles the Erlang peers where there is an Erlang, once for each state of their source, and says how to run one. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sourceFolder = fileURLToPath(new URL('.', import.meta.url));
const buildFolder = fileURLToPath(new URL('../.build/', import.meta.url));
const compileTimeoutMs = 60_000;
/** One scheduler, as the others have one thread; and room for a million processes. */
const flags = ['+S', '1', '+P', '4000000', '-noshell'];

let reason;

/** Why Erlang cannot take part, if so. */
export function missingErlang() {
  reason ??= whyNot();
  return reason === '' ? undefined : reason;
}

function whyNot() {
  const { error, status } = spawnSync('erlc', ['-help'], { stdio: 'ignore', timeout: compileTimeoutMs });
  // Its exit status says nothing: what counts is that it could be started.
  return error === undefined && status !== null ? '' : 'there is no erlc: install erlang-base';
}

/** The command that runs `main` of a module of this folder. */
export function erlangCommand(module, args = []) {
  return ['erl', ...flags, '-pa', compiled(module), '-s', module, 'main', ...args];
}

function compiled(module) {
  const source = join(sourceFolder, `${module}.erl`);
  const fingerprint = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12);
  const folder = join(buildFolder, `${module}-${fingerprint}`);
  if (existsSync(folder)) return folder;
  // Compiled beside its place and moved there: another bench that runs meanwhile never finds half of it.
  const draft = `${folder}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  const result = spawnSync('erlc', ['-o', draft, source], { encoding: 'utf8', timeout: compileTimeoutMs });
  if (result.status !== 0) {
    rmSync(draft, { recursive: true, force: true });
    throw new Error(`erlc failed: ${result.error?.message ?? result.stdout + result.stderr}`);
  }
  renameSync(draft, folder);
  return folder;
}
