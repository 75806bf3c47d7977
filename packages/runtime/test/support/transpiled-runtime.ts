import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const PACKAGE = join(__dirname, '../..');
const COMPILER: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  verbatimModuleSyntax: true,
  rewriteRelativeImportExtensions: true,
};

/**
 * The runtime as a package that a plain Node can import, made of the present sources in a folder of its own: for programs that
 * must not run within a test runner, which has its own ideas of errors that nobody catches. No build is needed.
 */
export class TranspiledRuntime implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'transpiled-runtime-'));

  constructor() {
    const target = join(this.#folder, 'node_modules/@thousand-island/runtime');
    const sources = join(PACKAGE, 'src');
    for (const file of readdirSync(sources, { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      const to = join(target, 'dist', file.replace(/\.ts$/, '.js'));
      mkdirSync(dirname(to), { recursive: true });
      const source = readFileSync(join(sources, file), 'utf8');
      writeFileSync(to, ts.transpileModule(source, { compilerOptions: COMPILER }).outputText);
    }
    cpSync(join(PACKAGE, 'package.json'), join(target, 'package.json'));
    symlinkSync(join(PACKAGE, 'node_modules'), join(target, 'node_modules'), 'junction');
  }

  /** Puts a program where it finds the runtime; answers its path. Once: a Node that has just been started may be reading it. */
  program(path: string): string {
    const target = join(this.#folder, path.split(/[\\/]/).at(-1) as string);
    if (!existsSync(target)) cpSync(path, target);
    return target;
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
