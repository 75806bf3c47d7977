/** The key and certificate of both TLS servers: made once, kept in `.build`, trusted by nobody. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const buildFolder = fileURLToPath(new URL('../.build/', import.meta.url));
const path = join(buildFolder, 'certificate.json');

/** Answers `{ key, cert }`, in PEM: P-256, so that a handshake is more than one signature by RSA. */
export async function certificate() {
  if (!existsSync(path)) await make();
  return JSON.parse(readFileSync(path, 'utf8'));
}

async function make() {
  const { generate } = await import('selfsigned');
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
  });
  mkdirSync(buildFolder, { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify({ key, cert }), { mode: 0o600 });
  renameSync(draft, path);
}
