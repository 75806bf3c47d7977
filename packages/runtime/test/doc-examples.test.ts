import * as asyncHooksExports from 'node:async_hooks';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as xstateExports from 'xstate';
import {
  examplesIn,
  guidesOf,
  type Modules,
  promisedOutput,
  run,
} from '../../../test/support/doc-examples.ts';
import * as runtimeExports from '../src/index.ts';
import * as stateMachineExports from '../src/state-machine/index.ts';
import * as testingExports from '../src/testing/index.ts';

const ROOT = join(__dirname, '..');
const GUIDES = join(ROOT, '../../docs/guides');
/** What an example in the code can use as it is; what else it needs, it imports. */
const SCOPE = { ...runtimeExports, ...testingExports };
const MODULES: Modules = {
  '@thousand-island/runtime/state-machine': stateMachineExports,
  '@thousand-island/runtime/testing': testingExports,
  'node:async_hooks': asyncHooksExports,
  xstate: xstateExports,
};

/** The source files, the README and the documents of the package, and the guides: wherever a reader may find an example. */
const documents = [
  ...readdirSync(ROOT, { recursive: true, encoding: 'utf8' })
    .filter((path) => /^(src\/.*\.ts|docs\/.*\.md|README\.md)$/.test(path))
    .map((path) => join(ROOT, path)),
  ...guidesOf('@thousand-island/runtime', GUIDES),
];

const examples = documents.flatMap((path) => examplesIn(path, ROOT));

test('there are examples, and each promises something', () => {
  expect(examples.length).toBeGreaterThanOrEqual(3);
  for (const { where, code } of examples)
    expect([where, code]).toEqual([where, expect.stringMatching(/\/\/ (=>|prints:)/)]);
});

test.each(examples)('the example at $where does what it says', async (example) => {
  expect(await run(example, MODULES, SCOPE)).toEqual(promisedOutput(example.code));
});
