import { statSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import type { AnyHandler } from '@thousand-island/island';
import type { Environment, Exports } from './environment.ts';
import { packageEntry } from './package-entry.ts';
import { OWN_PACKAGES, type Packages, packagesFor } from './packages.ts';
import { isReadyName, READY_HANDLERS, READY_NAMES, type Servable } from './ready-handlers.ts';
import { UsageError } from './usage-error.ts';

/** A module was found, and could not be loaded: the `cause` is what it threw. */
export class ModuleFailedError extends Error {
  override readonly name = 'ModuleFailedError';
}

// Each of them makes an object a handler: the compiler knows if one is missing.
const CALLBACKS: Readonly<Record<keyof AnyHandler, true>> = {
  startConnection: true,
  init: true,
  handleConnection: true,
  handleData: true,
  handleClose: true,
  handleError: true,
  handleShutdown: true,
  handleDrain: true,
  handleTimeout: true,
  handleCall: true,
  handleCast: true,
  handleInfo: true,
  handleContinue: true,
};

/** What was found. */
export interface Found {
  readonly servable: Servable;
  /** What it is to be served with. */
  readonly packages: Packages;
}

/**
 * Finds the handler that `MODULE[#EXPORT]` means: a ready one by its name, or an export of a module, given by its path
 * from the working folder or by its package's name as seen from there. Throws `UsageError` if there is none, `ModuleFailedError` if
 * the module itself throws.
 */
export async function findHandler(reference: string, environment: Environment): Promise<Found> {
  const [module = '', exportName = 'default', ...rest] = reference.split('#');
  if (module === '' || exportName === '' || rest.length > 0) {
    throw new UsageError(`'${reference}' is not of the form MODULE or MODULE#EXPORT`);
  }
  if (isReadyName(module)) {
    if (exportName === 'default') return { servable: READY_HANDLERS[module], packages: OWN_PACKAGES };
    throw new UsageError(`${module} is a ready handler and has no exports: leave '#${exportName}' away`);
  }
  const url = find(module, environment.cwd);
  const packages = await packagesFor(url, module, environment);
  const exports = await load(url, module, environment);
  return { servable: { handler: pick(exports, module, exportName) }, packages };
}

function load(url: string, module: string, { importModule }: Environment): Promise<Exports> {
  return importModule(url).catch((cause: unknown) => {
    // What a module throws may be anything.
    const { code, message } = (cause ?? {}) as NodeJS.ErrnoException;
    if (code !== 'ERR_UNKNOWN_FILE_EXTENSION')
      throw new ModuleFailedError(`cannot load '${module}'`, { cause });
    throw new UsageError(`this Node.js (${process.version}) cannot load '${module}': ${message}`);
  });
}

/** The URL of the module. */
function find(module: string, cwd: string): string {
  const path = resolve(cwd, module);
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return pathToFileURL(path).href;
  if (isAbsolute(module) || /^\.{1,2}([/\\]|$)/.test(module)) {
    throw new UsageError(`there is no module '${module}': ${path} is no file`);
  }
  const entry = packageEntry(module, cwd);
  if (entry !== undefined) return entry;
  throw new UsageError(
    `there is no handler '${module}': it is none of the ready ones (${READY_NAMES}), no file ${path} and no package`,
  );
}

function pick(exports: Exports, module: string, exportName: string): AnyHandler {
  const isDefault = exportName === 'default';
  const which = isDefault ? 'default export' : `export ${exportName}`;
  const names = Object.keys(exports).filter((name) => ![exportName, ...NO_NAMES].includes(name));
  const others = names.length === 0 ? undefined : `there is ${names.map((name) => `#${name}`).join(', ')}`;
  if (!Object.hasOwn(exports, exportName))
    throw new UsageError(`the module '${module}' has no ${which}: ${others ?? 'it has none'}`);
  const handler = isDefault ? defaultOf(exports) : exports[exportName];
  if (!isHandler(handler)) {
    throw new UsageError(
      `the ${which} of '${module}' is ${describe(handler)}, and not a handler: an object with callbacks such as handleData` +
        (others === undefined ? '' : `; ${others}`),
    );
  }
  return handler;
}

/** What a module exports that is no handler of its own. */
const NO_NAMES = ['default', 'module.exports', '__esModule'];

/** What a compiler has made a CommonJS module of still calls its default export so: Node takes all of its exports for that. */
function defaultOf({ default: exported }: Exports): unknown {
  const isCompiled = typeof exported === 'object' && exported !== null && '__esModule' in exported;
  return isCompiled && 'default' in exported ? exported.default : exported;
}

function isHandler(value: unknown): value is AnyHandler {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.keys(CALLBACKS).some((callback) => callback in value)
  );
}

function describe(value: unknown): string {
  if (typeof value === 'function')
    return /^class\b/.test(Function.prototype.toString.call(value)) ? 'a class' : 'a function';
  if (value instanceof Promise) return 'a promise';
  return typeof value === 'object' && value !== null ? 'an object without callbacks' : inspect(value);
}
