import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

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

/** The pages for people: those of the root, of `docs`, and the README of each folder. */
function markdownFiles(): string[] {
  const isPage = (path: string): boolean => path.endsWith('.md');
  const inFolder = (folder: string, recursive: boolean): string[] =>
    readdirSync(join(root, folder), { recursive, encoding: 'utf8' }).map((path) => join(folder, path));
  const readmes = ['bench', 'conformance', 'soak', ...inFolder('packages', false)].map((folder) =>
    join(folder, 'README.md'),
  );
  return [...inFolder('', false).filter(isPage), ...inFolder('docs', true).filter(isPage), ...readmes].sort();
}

/** What a link can lead to within a page, as GitHub makes them of its titles. */
function anchors(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
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

  test('names errors by what stands in their class, and not by what a bundler calls that', () => {
    for (const source of [runtimeErrors, islandErrors]) {
      const classes = [...source.matchAll(/^export class (\w+) extends/gm)].map(([, name]) => name);
      const names = [...source.matchAll(/^ {2}static override readonly name: string = '(\w+)'/gm)].map(
        ([, name]) => name,
      );
      expect(classes.length).toBeGreaterThan(10);
      expect(names).toEqual(classes);
    }
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

  test('says of every option that can be changed in a living server when it takes effect', () => {
    const source = read('packages/island/src/live-options.ts');
    const [, table = ''] = read('docs/guides/operations.md').split('| options | take effect |');
    const rows = table.slice(0, table.indexOf('\n\n')).match(/^\| `.*?\|/gm) ?? [];
    const told = rows.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map(([, name]) => name));
    const options = [
      ...literals(source, 'const AT_ONCE', '] as const'),
      ...literals(source, 'const SUSPENDED', '] as const'),
    ];
    expect(told.sort()).toEqual(options.sort());
  });

  test('lists every option of the command', () => {
    const help = read('packages/cli/src/help.ts');
    const [, table = ''] = read('packages/cli/src/command-line.ts').split('const OPTIONS = {');
    const flags = table.slice(0, table.indexOf('} as const')).matchAll(/^ {2}'?([\w-]+)'?: \{ type/gm);
    const names = [...flags].map(([, name]) => name as string);
    const told = [...help.matchAll(/^ {2}(?:-h, )?--([\w-]+) /gm)].map(([, name]) => name as string);
    expect(told.sort()).toEqual(names.sort());
  });
});

describe('the pages', () => {
  const pages = markdownFiles();

  test.each(pages)('%s: every link leads somewhere', (page) => {
    for (const [, target = ''] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : join(dirname(page), path);
      expect(existsSync(join(root, file)) ? undefined : target).toBeUndefined();
      if (anchor !== undefined) expect(anchors(read(file))).toContain(anchor);
    }
  });

  test.each(pages.filter((page) => page.startsWith('packages/')))(
    '%s: leads to nothing that is not in the package when it is installed',
    (page) => {
      const { files } = JSON.parse(read(join(dirname(page), 'package.json'))) as { files: string[] };
      const shipped = ['README.md', 'LICENSE', 'package.json', ...files];
      const targets = [...read(page).matchAll(/\]\(([^)\s#]+)|^\[[^\]]+\]:\s*(\S+)/gm)];
      const dead = targets
        .map(([, inline, definition]) => inline ?? definition ?? '')
        .filter((target) => !/^https?:/.test(target))
        .filter((target) => !shipped.includes(target.replace(/^\.\//, '').split('/')[0] ?? ''));
      expect(dead).toEqual([]);
    },
  );

  test('are all led to from the README, or from a page that it leads to', () => {
    const found = new Set(['README.md']);
    for (const page of found) {
      for (const [, target = ''] of read(page).matchAll(/\]\(([^)#\s]+\.md)/g))
        if (!target.startsWith('http')) found.add(join(dirname(page), target));
    }
    expect(pages.filter((page) => page.startsWith('docs/') && !found.has(page))).toEqual([]);
  });

  test.each(pages)('%s has at most 400 lines', (page) => {
    expect(read(page).split('\n').length - 1).toBeLessThanOrEqual(400);
  });
});
