/** Containment as a program sees it: in a Node of its own, since a test runner claims rejections for itself. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { TranspiledRuntime } from '../support/transpiled-runtime.ts';

const FIXTURES = join(__dirname, '../fixtures');
const LONGEST_MS = 60_000;
/** Before this version a microtask keeps no trace of who has queued it. */
const TRACES_MICROTASKS = Number(process.versions.node.split('.')[0]) >= 24;

let runtime: TranspiledRuntime;
beforeAll(() => {
  runtime = new TranspiledRuntime();
}, LONGEST_MS);
afterAll(() => runtime[Symbol.dispose]());

interface Run {
  readonly code: number | null;
  readonly lines: readonly string[];
  readonly stderr: string;
}

function run(fixture: string, args: readonly string[], flags: readonly string[] = []): Promise<Run> {
  const program = runtime.program(join(FIXTURES, fixture));
  const options = { env: { ...process.env, NODE_OPTIONS: '' }, timeout: LONGEST_MS };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [...flags, program, ...args],
      options,
      (_error, stdout, stderr) =>
        resolve({ code: child.exitCode, lines: stdout.split('\n').filter((line) => line !== ''), stderr }),
    );
  });
}

/** The same program with and without containment: all that can be seen of them has to be alike. */
async function runBoth(args: readonly string[], flags: readonly string[] = []): Promise<Run> {
  const [contained, plain] = await Promise.all(
    ['contained', 'plain'].map((mode) => run('nobody.mjs', [mode, ...args], flags)),
  );
  const words = /no error|Error: of no process/;
  const seen = (of: Run | undefined) => ({ ...of, stderr: words.exec(of?.stderr ?? '')?.[0] });
  expect(seen(contained)).toEqual(seen(plain));
  return contained as Run;
}

describe('what a process has started and nobody catches', () => {
  test(
    'ends that process with that error and no other, whatever it was',
    async () => {
      const left = TRACES_MICROTASKS ? [] : ['a microtask'];
      const { code, lines, stderr } = await run('contained.mjs', left);
      const outcomes = lines.map((line) => JSON.parse(line) as { name: string });
      expect(stderr).toBe('');
      expect(outcomes.length).toBe(TRACES_MICROTASKS ? 25 : 24);
      for (const outcome of outcomes) {
        expect(outcome).toEqual({
          name: outcome.name,
          endsWithThatError: true,
          parentIsTold: true,
          alive: ['bystander', 'parent'],
        });
      }
      expect(code).toBe(0);
    },
    LONGEST_MS,
  );
});

describe('what no process has started', () => {
  const both = 'uncaughtException,unhandledRejection';

  test.each([
    ['timeout', 'uncaughtException', 0],
    ['tick', 'unhandledRejection', 1],
    ['rejection', 'uncaughtException', 0],
    ['rejection', 'unhandledRejection', 0],
    ['late rejection', both, 0],
    ['rejected value', '', 1],
    ['rejected value', 'uncaughtException', 0],
    ['handled rejection', both, 0],
    ['timeout', 'once uncaughtException', 0],
    ['two timeouts', 'once uncaughtException', 1],
    ['rejection', 'once unhandledRejection', 0],
    ['timeout', 'uncaughtExceptionMonitor', 1],
    ['timeout', 'uncaughtExceptionMonitor,uncaughtException', 0],
    ['two timeouts', 'uncaughtExceptionMonitor,once uncaughtException', 1],
    ['rejection', 'uncaughtExceptionMonitor', 1],
    ['rejection', 'uncaughtExceptionMonitor,uncaughtException', 0],
    ['rejected value', 'uncaughtExceptionMonitor', 1],
    ['rejected value', 'uncaughtExceptionMonitor,once uncaughtException', 0],
    ['rejection', 'uncaughtExceptionMonitor,unhandledRejection', 0],
  ])('%s is Node’s to handle, where listeners hear: %s', async (kind, heard, code) => {
    const outcome = await runBoth([kind, heard]);
    expect(outcome.code).toBe(code);
    expect(outcome.lines.at(-1)).toBe(`exit ${code} with 1 alive`);
  });

  test('ends Node with code 1 and the error on stderr, unless somebody listens', async () => {
    for (const kind of ['timeout', 'rejection']) {
      const { code, lines, stderr } = await runBoth([kind]);
      expect([code, lines]).toEqual([1, ['exit 1 with 1 alive']]);
      expect(stderr).toContain('Error: of no process');
    }
  });

  test.each([
    ['none', 0],
    ['warn', 0],
    ['warn-with-error-code', 1],
    ['strict', 1],
  ])('does what --unhandled-rejections=%s says of a rejection', async (value, code) => {
    expect((await runBoth(['rejection'], [`--unhandled-rejections=${value}`])).code).toBe(code);
  });

  test.each(['dead process', 'dead process, rejection'])(
    'is not what a process has left behind that has ended: %s',
    async (what) => {
      const { code, lines, stderr } = await run('nobody.mjs', ['contained', what]);
      const told = expect.stringMatching(/^told itself by <[\d.]+>$/);
      expect([code, lines, stderr]).toEqual([0, [told, 'went on', 'exit 0 with 1 alive'], '']);
    },
  );
});
