import * as channelExports from 'node:diagnostics_channel';
import * as eventsExports from 'node:events';
import * as fsExports from 'node:fs';
import { readdirSync } from 'node:fs';
import * as netExports from 'node:net';
import { join } from 'node:path';
import * as tlsExports from 'node:tls';
import * as testingExports from '@thousand-island/runtime/testing';
import * as pinoExports from 'pino';
import * as selfsignedExports from 'selfsigned';
import {
  examplesIn,
  guidesOf,
  type Modules,
  promisedOutput,
  run,
} from '../../../test/support/doc-examples.ts';
import * as islandExports from '../src/index.ts';
import * as islandTestingExports from '../src/testing/index.ts';

const ROOT = join(__dirname, '..');
const GUIDES = join(ROOT, '../../docs/guides');
const MODULES: Modules = {
  '@thousand-island/island': islandExports,
  '@thousand-island/island/testing': islandTestingExports,
  '@thousand-island/runtime/testing': testingExports,
  'node:diagnostics_channel': channelExports,
  'node:events': eventsExports,
  'node:fs': fsExports,
  'node:net': netExports,
  'node:tls': tlsExports,
  pino: pinoExports,
  selfsigned: selfsignedExports,
};

const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .flatMap((path) => examplesIn(join(ROOT, 'src', path), ROOT));
const readmes = ['README.md', '../../README.md'].flatMap((path) => examplesIn(join(ROOT, path), ROOT));
const guides = guidesOf('@thousand-island/island', GUIDES).flatMap((path) => examplesIn(path, ROOT));

test('the guides have examples, and each promises something', () => {
  expect(guides.length).toBeGreaterThanOrEqual(3);
  for (const { where, code } of guides)
    expect([where, code]).toEqual([where, expect.stringMatching(/\/\/ (=>|prints:)/)]);
});

test.each([...sources, ...readmes, ...guides])('the example at $where does what it says', async (example) => {
  expect(await run(example, MODULES, islandExports)).toEqual(promisedOutput(example.code));
});
