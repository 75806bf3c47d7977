/**
 * Makes what a package is run from: one module for all that is behind its main door, and one for what only another door or a
 * program of the package needs. Node keeps far more for a module than its text, and the packages are some 260 of them: 1 MB of
 * heap, which makes the collector's work on large buffers twice as dear. V8 also knows what is constant within a module, and
 * not what comes from another one.
 *
 * All doors of a package lead to the same module, so that a class is the same class behind each of them. Comments stay
 * in the declarations, for whoever uses a package. Where in the sources an error came from, the source maps tell
 * (`node --enable-source-maps`).
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** The condition under which a package's door leads to its source. */
const SOURCE = '@thousand-island/source';
/** What is run without being installed: no bin of a package, and no door. */
const PROGRAMS = ['./src/demo.ts'];

/**
 * Writes the modules of a package below its `dist`, in place of those that were there.
 * @param {string} folder the package's
 * @returns {Promise<void>}
 */
export async function bundle(folder) {
  const { rollup } = await import('rollup');
  const { default: ts } = await import('typescript');
  const bundled = await rollup({
    input: entriesOf(folder),
    // Node's modules and other packages, those of this workspace too.
    external: (id) => !id.startsWith('.') && !id.startsWith(folder),
    plugins: [{ name: 'typescript', load: (id) => withoutTypes(ts, id) }],
    onLog: (_level, log) => {
      // The compiler's own helpers ask for it, and know what to do without.
      if (log.code !== 'THIS_IS_UNDEFINED') throw new Error(`${folder} cannot be bundled: ${log.message}`);
    },
  });
  try {
    const dir = join(folder, 'dist');
    removeModules(dir);
    await bundled.write({
      dir,
      format: 'es',
      chunkFileNames: '[name].js',
      hoistTransitiveImports: false,
      minifyInternalExports: false,
      manualChunks: { core: [join(folder, 'src/index.ts')] },
      sourcemap: true,
      sourcemapExcludeSources: true,
    });
  } finally {
    await bundled.close();
  }
}

/**
 * The modules that somebody imports or runs, by the name of the file that is to be made of each.
 * @param {string} folder
 * @returns {Record<string, string>}
 */
function entriesOf(folder) {
  const { exports = {}, bin = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const doors = Object.values(exports).flatMap((door) => door[SOURCE] ?? []);
  const bins = Object.values(bin).map((file) => file.replace('/dist/', '/src/').replace(/\.js$/, '.ts'));
  const programs = PROGRAMS.filter((file) => existsSync(join(folder, file)));
  return Object.fromEntries(
    [...doors, ...bins, ...programs].map((source) => [
      source.replace(/^\.\/src\/|\.ts$/g, ''),
      join(folder, source),
    ]),
  );
}

/**
 * @param {import('typescript')} ts
 * @param {string} file
 */
function withoutTypes(ts, file) {
  const { outputText, sourceMapText } = ts.transpileModule(readFileSync(file, 'utf8'), {
    fileName: file,
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
      removeComments: true,
      sourceMap: true,
    },
  });
  const code = latin1(outputText.replace(/\/\/# sourceMappingURL=.*\s*$/, ''));
  return { code, map: sourceMapText ?? null };
}

/**
 * V8 keeps a module's text as long as it runs, in two bytes a character if a single one is beyond Latin-1. They stand in strings
 * alone, since there are no comments: what comes behind one in its line is some columns further than the source map says.
 * @param {string} code
 */
function latin1(code) {
  return code.replace(/[^\0-\xff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * Modules whose source is gone would stay for ever.
 * @param {string} folder
 */
function removeModules(folder) {
  if (!existsSync(folder)) return;
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (/\.js(\.map)?$/.test(file)) rmSync(join(folder, file));
  }
}
