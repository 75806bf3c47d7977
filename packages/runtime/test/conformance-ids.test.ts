import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareIds, idsInTables, idsInTitles } from './support/case-ids.ts';

const ROOT = join(__dirname, '../../..');

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** The ids that the tests of all packages name; those of this file are examples. */
function tested(): string[] {
  return readdirSync(join(ROOT, 'packages')).flatMap((name) => {
    const folder = join(ROOT, 'packages', name, 'test');
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.test.ts') && !path.endsWith('conformance-ids.test.ts'))
      .flatMap((path) => idsInTitles(readFileSync(join(folder, path), 'utf8')));
  });
}

function excused(): string[] {
  return idsInTables(read('docs/otp-differences.md'));
}

const listed = ['docs/otp-cases.md', 'docs/otp-cases-supervision.md'].flatMap((page) =>
  idsInTables(read(page)),
);

describe('the cases of OTP', () => {
  const { unknown, forgotten } = compareIds(listed, tested(), excused());

  test('are listed once each', () => {
    expect(listed).toHaveLength(421);
    expect(new Set(listed).size).toBe(421);
  });

  test('are the only ones that tests and excuses name', () => {
    expect(unknown).toEqual([]);
  });

  test('all have a test or an excuse', () => {
    expect(forgotten).toEqual([]);
  });

  test('have a test too where they are excused, but for what one event loop makes meaningless', () => {
    const shown = new Set(tested());
    expect(excused().filter((id) => !shown.has(id))).toEqual(['G-52', 'R-11']);
  });
});

describe('the comparison', () => {
  test('reads ids from titles, and from tables whose titles name them', () => {
    expect(idsInTitles("// [P-01]\ntest('one [P-02, P-03]', f);test(`two [P-04]`, f)")).toEqual([
      'P-02',
      'P-03',
      'P-04',
    ]);
    expect(idsInTitles("test.each([['S-07', 'x'], ['S-100', 'y']])('%s [%s]', f)")).toEqual([
      'S-07',
      'S-100',
    ]);
    expect(idsInTitles("const other = ['S-07']")).toEqual([]);
  });

  test('reads ids from the first column of tables, several in one cell too', () => {
    expect(idsInTables('| id | case |\n|---|---|\n| P-01 | see P-09 |\n| P-02, P-03 | |')).toEqual([
      'P-01',
      'P-02',
      'P-03',
    ]);
  });

  test('finds what is forgotten and what is unknown', () => {
    expect(compareIds(['P-01', 'P-02', 'P-03'], ['P-01', 'P-99'], ['P-03', 'X-01'])).toEqual({
      unknown: ['P-99', 'X-01'],
      forgotten: ['P-02'],
    });
  });
});
