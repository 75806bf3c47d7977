import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const CONDITIONS: readonly string[] = ['node', 'import', 'default'];

/**
 * The URL of what `import(specifier)` would load in a file of the folder, for a package's name or `package/subpath`;
 * undefined if there is no such package, or it has no such entry. (`import` in this very file would look around here.)
 */
export function packageEntry(specifier: string, folder: string): string | undefined {
  const require = createRequire(join(folder, 'island.js'));
  try {
    const found = require.resolve(specifier);
    return found.startsWith('/') || /^[a-z]:\\/i.test(found) ? pathToFileURL(found).href : found;
  } catch (error) {
    // The package may show its entry to `import` alone, which `require` cannot ask for.
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ERR_PACKAGE_PATH_NOT_EXPORTED' ? importEntry(specifier, require) : undefined;
  }
}

function importEntry(specifier: string, require: NodeJS.Require): string | undefined {
  const [, name = '', subpath = ''] = /^((?:@[^/]+\/)?[^/]+)(.*)$/.exec(specifier) ?? [];
  const folders = (require.resolve.paths(specifier) ?? []).map((folder) => join(folder, name));
  const folder = folders.find((candidate) => existsSync(join(candidate, 'package.json')));
  if (folder === undefined) return undefined;
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const target = targetOf(exports?.[`.${subpath}`] ?? (subpath === '' ? exports : undefined));
  return target === undefined ? undefined : pathToFileURL(join(folder, target)).href;
}

/** Follows the conditions in the order in which the package has them, as Node does. */
function targetOf(exported: unknown): string | undefined {
  if (typeof exported === 'string') return exported;
  if (typeof exported !== 'object' || exported === null) return undefined;
  for (const [condition, value] of Object.entries(exported)) {
    const target = CONDITIONS.includes(condition) ? targetOf(value) : undefined;
    if (target !== undefined) return target;
  }
  return undefined;
}
