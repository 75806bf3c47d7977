import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Logger, ThousandIsland, tls } from '@thousand-island/island';
import { Runtime, Supervisor } from '@thousand-island/runtime';
import type { Environment, Exports } from './environment.ts';
import { Output } from './output.ts';

const ISLAND = '@thousand-island/island';
const RUNTIME = '@thousand-island/runtime';

/**
 * What serves a handler. All of it is of one copy of the packages, and of that which the handler imports: what one copy makes, a result
 * or a pid, another does not know.
 */
export interface Packages {
  readonly Logger: typeof Logger;
  readonly Runtime: typeof Runtime;
  readonly Supervisor: typeof Supervisor;
  readonly ThousandIsland: typeof ThousandIsland;
  readonly tls: typeof tls;
}

/** Those that this command was installed with. */
export const OWN_PACKAGES: Packages = { Logger, Runtime, Supervisor, ThousandIsland, tls };

/**
 * Those that the module at this URL is given when it imports them, and this command's own if it is given none. Says so on stderr if this
 * command cannot serve with the module's, and goes on with its own: not every handler makes anything.
 */
export async function packagesFor(url: string, module: string, environment: Environment): Promise<Packages> {
  const { islandFile, stderr, version } = environment;
  if (!url.startsWith('file:')) return OWN_PACKAGES;
  const place = createRequire(url);
  const island = resolved(place, ISLAND);
  if (island === undefined || island === islandFile) return OWN_PACKAGES;
  const found = versionOf(place);
  const packages = isLike(found, version) ? await load(island, environment) : undefined;
  if (packages !== undefined) return packages;
  await new Output(stderr).line(
    `island: '${module}' has a copy of ${ISLAND} of its own, ${named(island, found)}, and is served with ${named(islandFile, version)}:
what the one makes, such as close(), the other does not know. 'npx island' in its folder runs the command of its project`,
  );
  return OWN_PACKAGES;
}

/** The copy in this file, with the runtime that it is built on; undefined if it has not all that is needed. */
async function load(island: string, { importModule }: Environment): Promise<Packages | undefined> {
  const runtime = resolved(createRequire(island), RUNTIME);
  if (runtime === undefined) return undefined;
  try {
    const found: Exports = { ...(await importFile(runtime)), ...(await importFile(island)) };
    const isWhole = Object.keys(OWN_PACKAGES).every((name) => Object.hasOwn(found, name));
    return isWhole ? (found as unknown as Packages) : undefined;
  } catch {
    // What is wrong with it, the module that imports it will say.
    return undefined;
  }

  function importFile(file: string): Promise<Exports> {
    return importModule(pathToFileURL(file).href);
  }
}

function resolved(place: NodeJS.Require, specifier: string): string | undefined {
  try {
    return place.resolve(specifier);
  } catch {
    return undefined;
  }
}

function versionOf(place: NodeJS.Require): string | undefined {
  const file = resolved(place, `${ISLAND}/package.json`);
  const version: unknown = file === undefined ? undefined : JSON.parse(readFileSync(file, 'utf8')).version;
  return typeof version === 'string' ? version : undefined;
}

/** Whether the one can stand in for the other, as `^` has it. */
function isLike(one: string | undefined, other: string): boolean {
  return one !== undefined && significant(one) === significant(other);
}

function significant(version: string): string | undefined {
  return /^(?:0\.\d+|[1-9]\d*)(?=\.)/.exec(version)?.[0];
}

function named(file: string, version: string | undefined): string {
  return version === undefined ? file : `${file} (${version})`;
}
