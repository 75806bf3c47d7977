import { join } from 'node:path';
import ts from 'typescript';

const root = join(__dirname, '..');
const DOORS = [
  'runtime/src/index.ts',
  'runtime/src/testing/index.ts',
  'runtime/src/state-machine/index.ts',
  'island/src/index.ts',
  'island/src/testing/index.ts',
  'handlers/src/index.ts',
  'cli/src/index.ts',
];

const paths = DOORS.map((door) => join(root, 'packages', door));
const program = ts.createProgram(paths, {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2022,
  allowImportingTsExtensions: true,
  noEmit: true,
  customConditions: ['@thousand-island/source'],
});
const checker = program.getTypeChecker();

/** What a door shows, by its names. */
function exportsOf(door: string): ts.Symbol[] {
  const source = program.getSourceFile(join(root, 'packages', door));
  const module = source === undefined ? undefined : checker.getSymbolAtLocation(source);
  if (module === undefined) throw new Error(`${door} is no module`);
  return checker
    .getExportsOfModule(module)
    .map((each) => (each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each));
}

describe.each(DOORS)('packages/%s', (door) => {
  test('says of everything that it shows what it is', () => {
    const shown = exportsOf(door);
    expect(shown.length).toBeGreaterThan(0);
    const silent = shown.filter((each) => each.getDocumentationComment(checker).length === 0);
    expect(silent.map((each) => each.name)).toEqual([]);
  });
});
