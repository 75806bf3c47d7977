import * as events from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import * as net from 'node:net';
import { join, relative } from 'node:path';
import { formatWithOptions } from 'node:util';
import ts from 'typescript';
import * as xstateExports from 'xstate';
import * as islandExports from '../../island/src/index.ts';
import * as runtimeExports from '../src/index.ts';
import * as stateMachineExports from '../src/state-machine/index.ts';
import * as testingExports from '../src/testing/index.ts';

const ROOT = join(__dirname, '..');
const GUIDES = join(ROOT, '../../docs/guides');
/** What an example can use as it is; what else it needs, it imports. */
const SCOPE: Record<string, unknown> = { ...runtimeExports, ...testingExports };
const MODULES: Record<string, object> = {
  '@thousand-island/runtime': runtimeExports,
  '@thousand-island/runtime/state-machine': stateMachineExports,
  '@thousand-island/runtime/testing': testingExports,
  '@thousand-island/island': islandExports,
  'node:events': events,
  'node:net': net,
  xstate: xstateExports,
};
const COMPILER = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };

interface Example {
  readonly where: string;
  readonly code: string;
}

/** The source files, the README and the documents of the package, and the guides: wherever a reader may find an example. */
function documents(): string[] {
  const own = readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
    .filter((path) => /^(src\/.*\.ts|docs\/.*\.md|README\.md)$/.test(path))
    .map((path) => join(ROOT, path));
  const guides = readdirSync(GUIDES).filter((name) => name.endsWith('.md'));
  return [...own, ...guides.map((name) => join(GUIDES, name))];
}

/** The ```ts blocks of one file; those in doc comments lose the star in front of each line. */
function examplesIn(path: string): Example[] {
  const text = readFileSync(path, 'utf8');
  return Array.from(text.matchAll(/^( *(?:\* )?)```ts\n(.*?)^\1```$/gms), (match) => {
    const [, lead = '', block = ''] = match;
    const line = text.slice(0, match.index).split('\n').length;
    const code = block
      .split('\n')
      .map((each) => (each.startsWith(lead) ? each.slice(lead.length) : each.replace(/^ *\*?/, '')))
      .join('\n');
    return { where: `${relative(ROOT, path)}:${line}`, code };
  });
}

/** Turns `expression; // => value` into a check, and an import into what it stands for: the example runs in a function. */
function instrument(code: string): string {
  return code
    .replace(/^import type [^;]+;$/gm, '')
    .replace(/^import \{([^}]+)\} from '([^']+)';$/gm, (_, names: string, module: string) => {
      const values = names.split(',').filter((name) => !name.trim().startsWith('type '));
      return `const {${values.join(',').replaceAll(' as ', ': ')}} = $modules['${module}'];`;
    })
    .replace(/^( *)(const \w+ = )?(.+?);? *\/\/ => (.+)$/gm, (_, indent, binding, expression, value) =>
      binding === undefined
        ? `${indent}$equal(${expression}, ${value});`
        : `${indent}${binding}${expression}; $equal(${binding.slice(6, -3)}, ${value});`,
    );
}

function compile(code: string): string {
  // Compiled as the body of a function, since an example may await and return nothing.
  const { outputText, diagnostics } = ts.transpileModule(`async function example() {\n${code}\n}`, {
    compilerOptions: COMPILER,
    reportDiagnostics: true,
  });
  const errors = diagnostics?.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  expect(errors).toEqual([]);
  return `${outputText}\nreturn example();`;
}

/** Runs an example and answers what it printed, when everything it began has happened. */
async function run(code: string): Promise<string[]> {
  const printed: string[] = [];
  const made: runtimeExports.Runtime[] = [];
  class Runtime extends runtimeExports.Runtime {
    constructor(options?: runtimeExports.RuntimeOptions) {
      super(options);
      made.push(this);
    }
  }
  const scope = {
    ...SCOPE,
    Runtime,
    $modules: {
      ...MODULES,
      '@thousand-island/runtime': { ...runtimeExports, Runtime },
    },
    console: { log: (...values: unknown[]) => printed.push(formatWithOptions({}, ...(values as [unknown]))) },
    $equal: (actual: unknown, expected: unknown) => expect(actual).toEqual(expected),
  };
  try {
    await new Function(...Object.keys(scope), compile(instrument(code)))(...Object.values(scope));
    await testingExports.settle();
  } finally {
    for (const runtime of made) for (const pid of runtime.processes()) runtime.sendExit(pid, 'kill');
  }
  return printed;
}

const examples = documents().flatMap(examplesIn);

test('there are examples, and each promises something', () => {
  expect(examples.length).toBeGreaterThanOrEqual(3);
  for (const { where, code } of examples)
    expect([where, code]).toEqual([where, expect.stringMatching(/\/\/ (=>|prints:)/)]);
});

test.each(examples)('the example at $where does what it says', async ({ code }) => {
  const promised = Array.from(code.matchAll(/\/\/ prints: (.+)$/gm), ([, line]) => line);
  expect(await run(code)).toEqual(promised);
});
