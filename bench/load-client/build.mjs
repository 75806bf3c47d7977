/**
 * Builds the load client where there is a C compiler, once for each state of its source, and says
 * how to run it. Without a compiler the JavaScript client stands in, which is said loudly.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sourceFolder = fileURLToPath(new URL('.', import.meta.url));
const buildFolder = fileURLToPath(new URL('../.build/', import.meta.url));
const compileTimeoutMs = 60_000;

/** The command and first arguments that run a load client: `[path]`, or `[node, script]`. */
export function loadClientCommand({ tls = false, warn }) {
  const built = build(tls);
  if (built.kind === 'ok') return [built.path];
  warn(
    `NO C LOAD CLIENT (${built.reason}): the JavaScript one stands in. It costs as much as a server ` +
      'and so measures itself too: take ratios near 1.0 for nothing.',
  );
  return [process.execPath, join(sourceFolder, 'load-client.mjs')];
}

function build(tls) {
  const compiler = process.env.CC || 'cc';
  const flags = ['-std=gnu11', '-O2', ...(tls ? ['-DWITH_TLS'] : [])];
  const name = tls ? 'load-client-tls' : 'load-client';
  const path = join(buildFolder, `${name}-${fingerprint([compiler, ...flags])}`);
  if (existsSync(path)) return { kind: 'ok', path };

  mkdirSync(buildFolder, { recursive: true });
  // Compiled beside its place and moved there: another bench that runs at the same time never
  // finds half a program.
  const draft = `${path}.${process.pid}`;
  const sources = filesEndingIn('.c').map((file) => join(sourceFolder, file));
  const libraries = tls ? ['-lssl', '-lcrypto'] : [];
  const result = spawnSync(compiler, [...flags, '-o', draft, ...sources, ...libraries], {
    encoding: 'utf8',
    timeout: compileTimeoutMs,
  });
  if (result.status !== 0) return { kind: 'error', reason: whyNot(compiler, result) };
  removeOlder(new RegExp(`^${name}-[0-9a-f]+$`));
  renameSync(draft, path);
  return { kind: 'ok', path };
}

/** Names the program after its source, so that a changed line means another program. */
function fingerprint(command) {
  const hash = createHash('sha256').update(JSON.stringify([process.platform, process.arch, command]));
  for (const file of [...filesEndingIn('.c'), ...filesEndingIn('.h')]) {
    hash.update(file).update(readFileSync(join(sourceFolder, file)));
  }
  return hash.digest('hex').slice(0, 12);
}

function filesEndingIn(ending) {
  return readdirSync(sourceFolder)
    .filter((file) => file.endsWith(ending))
    .sort();
}

function removeOlder(pattern) {
  for (const file of readdirSync(buildFolder)) {
    if (pattern.test(file)) rmSync(join(buildFolder, file), { force: true });
  }
}

function whyNot(compiler, result) {
  if (result.error?.code === 'ENOENT') return `no compiler called ${compiler}`;
  if (result.error) return `${compiler}: ${result.error.message}`;
  const firstError = result.stderr.split('\n').find((line) => /error/i.test(line));
  return `${compiler} failed: ${firstError ?? result.stderr.trim()}`;
}
