/**
 * The table of the servers: for each the command that runs it, and why it cannot be run here, if so. A server prints one
 * line of JSON with its port once it listens, and ends with the bench.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { erlangCommand, missingErlang } from '../erlang/build.mjs';

const islandIndex = fileURLToPath(new URL('../../packages/island/dist/index.js', import.meta.url));

export const servers = {
  island: islandServer('island-echo.mjs'),
  uncontained: islandServer('island-echo.mjs', 'uncontained'),
  islandTls: islandServer('island-tls-echo.mjs'),
  islandFlood: islandServer('island-storm.mjs', 'flood'),
  islandCrowd: islandServer('island-storm.mjs', 'crowd'),
  floor: nodeServer('../bounds/net-floor.mjs'),
  ownChunks: nodeServer('../bounds/net-own-chunks.mjs'),
  tlsFloor: nodeServer('../bounds/tls-floor.mjs'),
  tlsProcessFloor: nodeServer('../bounds/tls-process-floor.mjs'),
  net: nodeServer('net-echo.mjs'),
  netQuiet: nodeServer('net-quiet.mjs'),
  tls: nodeServer('tls-echo.mjs'),
  erlang: { command: () => erlangCommand('erlang_echo'), missing: missingErlang },
};

/** Why there is no TLS transport to measure, if so: then there is nothing to fail, either. */
export async function withoutTls() {
  const island = await import('@thousand-island/island');
  return 'tls' in island ? undefined : '@thousand-island/island has no TLS transport (`tls`) yet';
}

function nodeServer(file, ...args) {
  const script = fileURLToPath(new URL(file, import.meta.url));
  return { command: () => [process.execPath, '--expose-gc', script, ...args], missing: () => undefined };
}

function islandServer(file, ...args) {
  return { ...nodeServer(file, ...args), missing: missingPackages };
}

/** Why ours cannot take part, if so. */
export function missingPackages() {
  if (existsSync(islandIndex)) return undefined;
  return 'the packages are not built: run `npm run build`, or `--control` for the peer against itself';
}
