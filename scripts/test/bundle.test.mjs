import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { bundle } from '../bundle.mjs';

const MANIFEST = {
  name: 'a-package',
  type: 'module',
  bin: { 'a-program': './dist/bin.js' },
  exports: {
    '.': { '@thousand-island/source': './src/index.ts', default: './dist/index.js' },
    './side': { '@thousand-island/source': './src/side/index.ts', default: './dist/side/index.js' },
    './package.json': './package.json',
  },
};

const SOURCES = {
  'src/thing.ts': '/** A thing. */\nexport class Thing {\n  readonly what: string = "thing";\n}\n',
  'src/index.ts':
    'import { basename } from "node:path";\nexport { Thing } from "./thing.ts";\nexport const name = basename("/a/b");\n',
  'src/side/index.ts': 'import { Thing } from "../thing.ts";\nexport const one: unknown = new Thing();\n',
  'src/bin.ts':
    '#!/usr/bin/env node\n// A comment.\ninterface Nothing {}\n\nexport const nothing: Nothing = {};\nthrow new Error("here");\n',
};

/**
 * A package in a folder of its own, which goes when the test has ended.
 * @param {import('node:test').TestContext} t
 * @param {Record<string, string>} files
 */
function packageOf(t, files) {
  const folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [file, text] of Object.entries({ 'package.json': JSON.stringify(MANIFEST), ...files })) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}

test('the doors of a package show the same classes', async (t) => {
  const folder = packageOf(t, SOURCES);
  await bundle(folder);
  /** @param {string} door */
  const open = (door) => import(pathToFileURL(join(folder, 'dist', door)).href);
  const [main, side] = [await open('index.js'), await open('side/index.js')];
  assert.ok(side.one instanceof main.Thing);
  assert.equal(main.name, 'b');
});

test('there is no module but those of the doors and programs, and no comment in them', async (t) => {
  const folder = packageOf(t, {
    ...SOURCES,
    'dist/of-yesterday.js': 'gone();',
    'dist/of-yesterday.js.map': '{}',
    'dist/index.d.ts': 'declare const one: 1;',
  });
  await bundle(folder);
  const files = /** @type {string[]} */ (readdirSync(join(folder, 'dist'), { recursive: true }));
  const modules = files.filter((file) => file.endsWith('.js')).sort();
  assert.deepEqual(modules, ['bin.js', 'index.js', join('side', 'index.js')]);
  for (const file of modules) {
    assert.doesNotMatch(readFileSync(join(folder, 'dist', file), 'utf8'), /A thing|A comment/);
  }
  assert.ok(existsSync(join(folder, 'dist/index.d.ts')));
  assert.ok(!existsSync(join(folder, 'dist/of-yesterday.js.map')));
});

test('what a door and another one share, and none of them shows, stands in a module of its own', async (t) => {
  const hidden = 'import { Thing } from "../thing.ts";\nexport const what: string = new Thing().what;\n';
  const folder = packageOf(t, {
    ...SOURCES,
    'src/index.ts': 'import { Thing } from "./thing.ts";\nexport const thing: object = new Thing();\n',
    'src/side/index.ts': hidden,
  });
  await bundle(folder);
  const modules = readdirSync(join(folder, 'dist')).filter((file) => file.endsWith('.js'));
  assert.deepEqual(modules.sort(), ['bin.js', 'core.js', 'index.js']);
  const main = await import(pathToFileURL(join(folder, 'dist/index.js')).href);
  assert.deepEqual(Object.keys(main), ['thing']);
});

test('the source maps lead to the line of the source', async (t) => {
  const folder = packageOf(t, SOURCES);
  await bundle(folder);
  const args = ['--enable-source-maps', join(folder, 'dist/bin.js')];
  const { stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  assert.match(stderr, /src[/\\]bin\.ts:6:7/);
});

test('classes of one name keep it: it is read in reports and in the tree', async (t) => {
  const folder = packageOf(t, {
    ...SOURCES,
    'src/side/index.ts':
      'import { Thing as Other } from "../thing.ts";\nclass Thing extends Other {}\nexport { Thing };\n',
    'src/index.ts': 'export { Thing } from "./thing.ts";\nexport { Thing as Side } from "./side/index.ts";\n',
  });
  await bundle(folder);
  const { Thing, Side } = await import(pathToFileURL(join(folder, 'dist/index.js')).href);
  assert.notEqual(Thing, Side);
  assert.deepEqual([Thing.name, Side.name], ['Thing', 'Thing']);
});

test('what is imported and is not there is told', async (t) => {
  const folder = packageOf(t, { ...SOURCES, 'src/index.ts': 'export { No } from "./thing.ts";\n' });
  await assert.rejects(bundle(folder), /"No" is not exported by/);
});

test('a module has no character beyond Latin-1, and says the same', async (t) => {
  const source = 'export const drawn = `└─ …`;\nexport const face = "😀é";\nexport const isLine = /^─+$/;\n';
  const folder = packageOf(t, { ...SOURCES, 'src/index.ts': source });
  await bundle(folder);
  const file = join(folder, 'dist/index.js');
  const core = join(folder, 'dist/core.js');
  for (const each of [file, core].filter((path) => existsSync(path)))
    assert.doesNotMatch(readFileSync(each, 'utf8'), /[^\0-\xff]/);
  const { drawn, face, isLine } = await import(pathToFileURL(file).href);
  assert.deepEqual([drawn, face, isLine.test('──')], ['└─ …', '😀é', true]);
});
