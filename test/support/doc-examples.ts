/** The examples of documents, and how to run one. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { formatWithOptions } from 'node:util';
import ts from 'typescript';
import * as runtimeExports from '../../packages/runtime/src/index.ts';
import * as testingExports from '../../packages/runtime/src/testing/index.ts';

/** Highest first. */
const PACKAGES = ['@thousand-island/island', '@thousand-island/runtime'];
const COMPILER = { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 };

export interface Example {
  readonly where: string;
  readonly code: string;
  /** Whether it stands in a document, from where readers paste it as it is: it imports all that it needs. */
  readonly isWhole: boolean;
}

/** What examples can import: modules by name. */
export type Modules = Readonly<Record<string, object>>;

/** The ```ts blocks of one file, known by where it is from `root`; those in doc comments lose the star in front of each line. */
export function examplesIn(path: string, root: string): Example[] {
  const text = readFileSync(path, 'utf8');
  return Array.from(text.matchAll(/^( *(?:\* )?)```ts\n(.*?)^\1```$/gms), (match) => {
    const [, lead = '', block = ''] = match;
    const line = text.slice(0, match.index).split('\n').length;
    const code = block
      .split('\n')
      .map((each) => (each.startsWith(lead) ? each.slice(lead.length) : each.replace(/^ *\*?/, '')))
      .join('\n');
    return { where: `${relative(root, path)}:${line}`, code, isWhole: path.endsWith('.md') };
  });
}

/** The guides that are about this package: the highest one that their examples import. */
export function guidesOf(name: string, folder: string): string[] {
  return readdirSync(folder)
    .map((file) => join(folder, file))
    .filter((path) => {
      const text = readFileSync(path, 'utf8');
      return PACKAGES.find((each) => text.includes(`from '${each}`)) === name;
    });
}

/** What an example says it prints. */
export function promisedOutput(code: string): string[] {
  return Array.from(code.matchAll(/\/\/ prints: (.+)$/gm), ([, line]) => line as string);
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

/** Runs an example and answers what it printed, when everything it began has happened. `scope` it need not import, unless it is whole. */
export async function run({ code, isWhole }: Example, modules: Modules, scope: object): Promise<string[]> {
  const printed: string[] = [];
  const made: runtimeExports.Runtime[] = [];
  class Runtime extends runtimeExports.Runtime {
    constructor(options?: runtimeExports.RuntimeOptions) {
      super(options);
      made.push(this);
    }
  }
  const inScope = {
    ...(isWhole ? {} : { ...scope, Runtime }),
    $modules: { ...modules, '@thousand-island/runtime': { ...runtimeExports, Runtime } },
    console: { log: (...values: unknown[]) => printed.push(formatWithOptions({}, ...(values as [unknown]))) },
    $equal: (actual: unknown, expected: unknown) => expect(actual).toEqual(expected),
  };
  try {
    await new Function(...Object.keys(inScope), compile(instrument(code)))(...Object.values(inScope));
    await testingExports.settle();
  } finally {
    for (const runtime of made) for (const pid of runtime.processes()) runtime.sendExit(pid, 'kill');
  }
  return printed;
}
