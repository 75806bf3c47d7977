import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { grown, settle } from './support/open-resources.ts';

const root = join(__dirname, '..');

interface FileResult {
  readonly name: string;
  readonly status: 'passed' | 'failed';
  readonly message: string;
}

/** Runs the fixtures with a jest of their own. Most of them fail, as they should. */
function runFixtures(): Promise<{ readonly testResults: readonly FileResult[] }> {
  const jest = join(root, 'node_modules/jest/bin/jest.js');
  const config = join(root, 'test/fixtures/leak-check/jest.config.js');
  return new Promise((resolve) => {
    execFile(process.execPath, [jest, '--config', config, '--json'], { cwd: root }, (_error, stdout) =>
      resolve(JSON.parse(stdout)),
    );
  });
}

describe('the leak check', () => {
  let results: readonly FileResult[];
  beforeAll(async () => {
    ({ testResults: results } = await runFixtures());
  }, 60_000);

  function resultOf(fixture: string): FileResult | undefined {
    return results.find(({ name }) => name.endsWith(`/${fixture}.fixture.ts`));
  }

  test('passes a file that closes what it opens', () => {
    expect(resultOf('closes-everything')).toMatchObject({ status: 'passed' });
  });

  test.each([
    ['socket', /left open: (?=.*1 × TCPServerWrap)(?=.*2 × TCPSocketWrap)/],
    ['timer', /left open: 1 × Timeout$/m],
    ['child', /left open: (?=.*1 × ProcessWrap)/],
    ['runtime', /left open: 3 × process of runtime "probe"$/m],
  ])('fails a file that leaves a %s open, and names it', (kind, message) => {
    expect(resultOf(`leaves-${kind}`)).toMatchObject({
      status: 'failed',
      message: expect.stringMatching(message),
    });
  });

  // Only Linux tells which files are open.
  (process.platform === 'linux' ? test : test.skip)(
    'fails a file that leaves a file open, and names it',
    () => {
      expect(resultOf('leaves-file')).toMatchObject({
        status: 'failed',
        message: expect.stringMatching(/left open: 1 × file .*leaves-file\.fixture\.ts$/m),
      });
    },
  );
});

describe('grown', () => {
  test('tells what there is more of, and by how much', () => {
    const before = new Map([
      ['PipeWrap', 3],
      ['Timeout', 1],
    ]);
    const now = new Map([
      ['PipeWrap', 2],
      ['Timeout', 3],
      ['TCPServerWrap', 1],
    ]);
    expect(grown(before, now)).toEqual(['2 × Timeout', '1 × TCPServerWrap']);
  });
});

describe('settle', () => {
  test('waits for what goes away by itself', async () => {
    const answers = [['1 × Timeout'], ['1 × Timeout']];
    expect(await settle(() => answers.pop() ?? [])).toEqual([]);
  });
});
