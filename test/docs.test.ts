import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** The rows of all tables of a page, by what stands in the first column between backticks. */
function firstColumn(page: string): string[] {
  return [...page.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name as string);
}

/** The string literals of a type or list that starts with the given words. */
function literals(source: string, start: string, end: string): string[] {
  const from = source.indexOf(start);
  if (from === -1) throw new Error(`there is no ${start}`);
  const text = source.slice(from, source.indexOf(end, from));
  return [...text.matchAll(/'([^']+)'/g)].map(([, name]) => name as string);
}

const runtimeErrors = read('packages/runtime/src/errors.ts');
const islandErrors = read('packages/island/src/errors.ts');

describe('the reference', () => {
  test('lists every error code, and no other', () => {
    const codes = [
      ...literals(runtimeErrors, 'export type OtpErrorCode', ';'),
      ...literals(islandErrors, 'export type IslandErrorCode', ';'),
    ];
    expect([...firstColumn(read('docs/errors.md'))].sort()).toEqual(codes.sort());
  });

  test('names the class of each error code', () => {
    const page = read('docs/errors.md');
    const classes = [
      ...`${runtimeErrors}${islandErrors}`.matchAll(
        /class (\w+) extends \w+Error \{\n {2}readonly code = '(\w+)'/g,
      ),
    ];
    expect(classes.length).toBe(firstColumn(page).length);
    for (const [, name, code] of classes) expect(page).toContain(`| \`${code}\` | \`${name}\` |`);
  });

  test('lists every event, and no other', () => {
    const events = [
      ...literals(read('packages/runtime/src/events.ts'), 'const NAMES', '];'),
      ...literals(read('packages/island/src/events.ts'), 'const NAMES', '];'),
    ];
    expect([...firstColumn(read('docs/events.md'))].sort()).toEqual(events.sort());
  });

  test('lists every option of a server, and no other', () => {
    const options = literals(read('packages/island/src/server-config.ts'), 'const KNOWN', '];');
    expect([...firstColumn(read('docs/options.md'))].sort()).toEqual(options.sort());
  });
});
