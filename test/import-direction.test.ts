import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { misdirectedImports, type SourceFile } from './support/import-direction.ts';
import { PACKAGES } from './support/rooms.ts';

const root = join(__dirname, '..');

function sourceFiles(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return sourceFiles(path);
    if (!entry.name.endsWith('.ts')) return [];
    const { importedFiles } = ts.preProcessFile(readFileSync(join(root, path), 'utf8'), true, true);
    return [{ path, imports: importedFiles.map((imported) => imported.fileName) }];
  });
}

const files = readdirSync(join(root, 'packages')).flatMap((name) => sourceFiles(`packages/${name}/src`));

describe('the imports of the packages', () => {
  test('never go upwards', () => {
    expect(misdirectedImports(files, PACKAGES)).toEqual([]);
  });

  test('are read from the sources', () => {
    const door = files.find(({ path }) => path === 'packages/runtime/src/index.ts');
    expect(door?.imports.length).toBeGreaterThan(0);
  });

  test('are reported when one of them is turned round', () => {
    const upward = { path: 'packages/runtime/src/pid.ts', imports: ['./runtime.ts'] };
    expect(misdirectedImports([...files, upward], PACKAGES)).toContain(
      'packages/runtime/src/pid.ts imports ./runtime.ts: the room lies higher',
    );
  });
});

describe('misdirectedImports', () => {
  const table = [
    { package: 'runtime', rooms: [['pid.ts', 'exit-*.ts'], ['process/'], ['index.ts']] },
    { package: 'island', rooms: [['socket.ts'], ['index.ts']] },
  ];

  test.each([
    ['a lower room', 'packages/runtime/src/process/mailbox.ts', '../pid.ts'],
    ['its own room', 'packages/runtime/src/process/mailbox.ts', './link.ts'],
    ['a lower package', 'packages/island/src/socket.ts', '@thousand-island/runtime'],
    ['a door of a lower package', 'packages/island/src/socket.ts', '@thousand-island/runtime/testing'],
    ['a module of others', 'packages/runtime/src/pid.ts', 'node:net'],
  ])('lets a file import %s', (_what, path, specifier) => {
    expect(misdirectedImports([{ path, imports: [specifier] }], table)).toEqual([]);
  });

  test.each([
    ['a higher room', 'packages/runtime/src/pid.ts', './process/mailbox.ts', 'the room lies higher'],
    [
      'a higher room, by a pattern',
      'packages/runtime/src/exit-reason.ts',
      './index.ts',
      'the room lies higher',
    ],
    ['a higher package', 'packages/runtime/src/pid.ts', '@thousand-island/island', 'the package lies higher'],
    [
      'a package that is none',
      'packages/island/src/socket.ts',
      '@thousand-island/mars',
      'there is no such package',
    ],
    [
      'its own package by name',
      'packages/island/src/socket.ts',
      '@thousand-island/island',
      'a package does not import itself by its name',
    ],
    [
      'another package by a path',
      'packages/island/src/socket.ts',
      '../../runtime/src/pid.ts',
      'another package is imported by its name alone',
    ],
    ['a file without a room', 'packages/runtime/src/pid.ts', './stray.ts', 'it is in no room'],
  ])('reports a file that imports %s', (_what, path, specifier, complaint) => {
    expect(misdirectedImports([{ path, imports: [specifier] }], table)).toEqual([
      `${path} imports ${specifier}: ${complaint}`,
    ]);
  });

  test('reports a file that is in no room', () => {
    expect(misdirectedImports([{ path: 'packages/runtime/src/stray.ts', imports: [] }], table)).toEqual([
      'packages/runtime/src/stray.ts is in no room: give it one in test/support/rooms.ts',
    ]);
  });
});
