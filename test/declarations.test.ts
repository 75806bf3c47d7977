/** What those who use the packages compile against. */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { examplesIn } from './support/doc-examples.ts';

const root = join(__dirname, '..');
const DOORS = [
  'runtime/dist/index.d.ts',
  'runtime/dist/testing/index.d.ts',
  'runtime/dist/state-machine/index.d.ts',
  'island/dist/index.d.ts',
  'island/dist/testing/index.d.ts',
  'handlers/dist/index.d.ts',
  'cli/dist/index.d.ts',
];
const PACKAGES = ['runtime', 'island', 'handlers', 'cli'];

const files = new Map<string, string>();
/** The folders they lie in: none need be on the disk, where nothing was ever built. */
const folders = new Set<string>();
for (const name of PACKAGES) declare(join(root, 'packages', name));

/** Puts the declarations of a package among the files as a build would, from its sources. */
function declare(folder: string): void {
  const file = join(folder, 'tsconfig.json');
  const { options, fileNames } = ts.parseJsonConfigFileContent(
    ts.readConfigFile(file, ts.sys.readFile).config,
    ts.sys,
    folder,
    { composite: false, incremental: false, declarationMap: false },
  );
  delete options.tsBuildInfoFile;
  // The declarations of packages below are those that were made before.
  delete options.customConditions;
  const program = ts.createProgram(fileNames, options, hostFor(options));
  program.emit(undefined, put, undefined, true);
}

function put(path: string, text: string): void {
  files.set(path, text);
  for (let folder = dirname(path); folder !== root; folder = dirname(folder)) folders.add(folder);
}

/** Where a file of a package lies itself, that was asked for by the link that leads there. */
function own(path: string): string {
  return path.replace(/^.*\/node_modules\/@thousand-island\/(?=\w+(?:\/|$))/, `${root}/packages/`);
}

function hostFor(options: ts.CompilerOptions): ts.CompilerHost {
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile, directoryExists, realpath } = host;
  // What a build has left is not asked: it may be older than the sources, or not be there.
  const isBuilt = (path: string): boolean => /\/packages\/\w+\/dist(?:\/|$)/.test(own(path));
  host.fileExists = (path) => files.has(own(path)) || (!isBuilt(path) && fileExists(path));
  host.directoryExists = (path) =>
    folders.has(own(path)) || (!isBuilt(path) && directoryExists?.(path) === true);
  host.readFile = (path) => files.get(own(path)) ?? (isBuilt(path) ? undefined : readFile(path));
  host.realpath = (path) => (isBuilt(path) ? own(path) : (realpath?.(path) ?? path));
  host.getSourceFile = (path, version, ...rest) => {
    const text = files.get(path);
    return text === undefined
      ? getSourceFile(path, version, ...rest)
      : ts.createSourceFile(path, text, version);
  };
  return host;
}

/** As strict as a project can be. */
function programOf(paths: readonly string[]): ts.Program {
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noImplicitOverride: true,
    noImplicitReturns: true,
    noPropertyAccessFromIndexSignature: true,
    noEmit: true,
  };
  return ts.createProgram(paths, options, hostFor(options));
}

function complaints(program: ts.Program, path: string): string[] {
  const source = program.getSourceFile(path);
  return ts.getPreEmitDiagnostics(program, source).map(({ start = 0, messageText }) => {
    const line = source === undefined ? 0 : source.getLineAndCharacterOfPosition(start).line + 1;
    return `${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
  });
}

/** Puts a file where the packages are found from, and answers its path. */
function write(name: string, text: string): string {
  const path = join(root, 'test', name);
  put(path, text);
  return path;
}

/** What everybody knows. */
const KNOWN = ['toString', 'toJSON', 'prototype'];

/** What can be called on what a door shows, on its instances if it is a class, and has no word of documentation. */
function silentMembers(exported: ts.Symbol, checker: ts.TypeChecker): string[] {
  const shown = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  const own = shown.flags & ts.SymbolFlags.Value ? checker.getTypeOfSymbol(shown).getProperties() : [];
  const instance =
    shown.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)
      ? checker.getDeclaredTypeOfSymbol(shown).getProperties()
      : [];
  return [...own, ...instance]
    .filter(({ name, declarations = [] }) => {
      const isOurs =
        declarations.length > 0 && declarations.every((each) => files.has(each.getSourceFile().fileName));
      const isHidden = declarations.some(
        (each) => ts.getCombinedModifierFlags(each as ts.Declaration) & ts.ModifierFlags.Private,
      );
      return isOurs && !isHidden && !name.startsWith('__') && !KNOWN.includes(name);
    })
    .filter((member) => {
      const type = checker.getNonNullableType(checker.getTypeOfSymbol(member));
      return type.getCallSignatures().length > 0 && member.getDocumentationComment(checker).length === 0;
    })
    .map(({ name }) => `${shown.name}.${name}`);
}

describe('the declarations', () => {
  test('are whole by themselves', () => {
    const paths = [...files.keys()].filter((path) => path.endsWith('.d.ts'));
    expect(paths.length).toBeGreaterThan(200);
    const program = programOf(paths);
    expect(paths.flatMap((path) => complaints(program, path).map((each) => `${path}: ${each}`))).toEqual([]);
  });

  test('show nothing that is internal', () => {
    expect([...files].filter(([, text]) => text.includes('@internal')).map(([path]) => path)).toEqual([]);
  });

  test('say of everything that can be called what it does', () => {
    const paths = DOORS.map((door) => join(root, 'packages', door));
    const program = programOf(paths);
    const checker = program.getTypeChecker();
    const silent = paths.flatMap((path) => {
      const door = checker.getSymbolAtLocation(program.getSourceFile(path) as ts.SourceFile) as ts.Symbol;
      return checker.getExportsOfModule(door).flatMap((each) => silentMembers(each, checker));
    });
    expect(new Set(silent)).toEqual(new Set());
  });

  test('offer of a socket what a handler may use, and no more', () => {
    const path = write('socket.ts', "export type { Socket } from '@thousand-island/island';");
    const program = programOf([path]);
    const checker = program.getTypeChecker();
    const source = program.getSourceFile(path);
    const [exported] = checker.getExportsOfModule(
      checker.getSymbolAtLocation(source as ts.SourceFile) as ts.Symbol,
    );
    const type = checker.getDeclaredTypeOfSymbol(checker.getAliasedSymbol(exported as ts.Symbol));
    const names = type.getProperties().map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['send', 'recv', 'close']));
    for (const inside of ['reader', 'acceptor', 'enter', 'leave', 'span', 'handshake', 'finish'])
      expect(names).not.toContain(inside);
  });

  test('tell a pid from what looks like one, and what a client asks from how it is answered', () => {
    const path = write(
      'told-apart.ts',
      `import { type From, Pid } from '@thousand-island/runtime';
      declare const from: From<number>;
      // @ts-expect-error: an answer is given with self.answer.
      from.reply?.(42);
      // @ts-expect-error: pids are made by the runtime.
      export const pid: Pid = { runtime: 0, id: 1, toJSON: () => '', toString: () => '' };
      // @ts-expect-error: pids are made by the runtime.
      new Pid();`,
    );
    expect(complaints(programOf([path]), path)).toEqual([]);
  });

  test('of a server do not lead to those of XState', () => {
    const path = write('server.ts', "import '@thousand-island/island'; import '@thousand-island/handlers';");
    const loaded = programOf([path])
      .getSourceFiles()
      .map(({ fileName }) => fileName);
    expect(loaded).toContain(join(root, 'packages/island/dist/index.d.ts'));
    expect(loaded.filter((each) => each.includes('/xstate/'))).toEqual([]);
  });
});

describe('the examples of the pages', () => {
  const pages = ['.', 'docs', 'docs/guides', ...PACKAGES.map((name) => `packages/${name}`)].flatMap(
    (folder) =>
      readdirSync(join(root, folder))
        .filter((name) => name.endsWith('.md'))
        .map((name) => join(root, folder, name)),
  );
  const examples = pages
    .flatMap((page) => examplesIn(page, root))
    .map(({ where, code }) => ({
      where,
      path: write(`${where.replaceAll(/\W/g, '-')}.ts`, `${code}\nexport {};`),
    }));
  const program = programOf(examples.map(({ path }) => path));

  test.each(examples)('that at $where compiles, however strict the compiler is', ({ path }) => {
    expect(complaints(program, path)).toEqual([]);
  });
});
