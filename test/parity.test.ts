import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { testTitles } from './support/test-titles.ts';

const root = join(__dirname, '..');
const page = readFileSync(join(root, 'docs/parity.md'), 'utf8');

/** Every feature of Thousand Island and ranch, and every way in which Node.js is different, by the name of its row. */
const ROWS: Readonly<Record<string, readonly string[]>> = {
  a1: [
    'child-spec',
    'name',
    'handler',
    'handler-options',
    'process-options',
    'port',
    'acceptors',
    'connection-supervisors',
    'listen-sockets',
    'option-validation',
    'fixed-socket-options',
    'defaults',
    'framing',
    'address-family',
    'unix',
    'post-listen',
    'adopt',
    'listen-errors',
    'connection-supervisor',
    'intensity',
    'labels',
    'custom-logger',
  ],
  a2: [
    'max-connections',
    'at-the-limit',
    'change-limit',
    'remove-connection',
    'alarms',
    'aborted',
    'transient-errors',
    'descriptors',
    'start-failure',
    'client-gone',
    'unexpected-error',
    'listener-closed',
  ],
  a3: [
    'callbacks',
    'results',
    'flow-control',
    'gen-server',
    'early-data',
    'read-timeout',
    'recv-timeout',
    'handshake-timeout',
    'last-callback',
    'silent-error',
    'no-restart',
    'custom-process',
    'switch-transport',
    'client-hello',
    'proxy-protocol',
  ],
  a4: [
    'socket',
    'sendfile',
    'socket-options',
    'security',
    'controlling-process',
    'transport-behaviour',
    'tls-options',
    'client-certificates',
  ],
  a5: [
    'suspend',
    'drain',
    'stop',
    'wait-for-connections',
    'info',
    'connections',
    'set-options',
    'telemetry',
    'logger',
    'code-upgrade',
    'chaos',
  ],
  a6: ['no-accept-pause', 'reuse-port', 'missing-options', 'half-close'],
};

interface Row {
  readonly id: string;
  readonly cells: readonly string[];
}

interface Link {
  readonly path: string;
  readonly titles: readonly string[];
}

function rows(): Row[] {
  return page.split('\n').flatMap((line) => {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    const id = /^`(a\d-[\w-]+)`$/.exec(cells[1] ?? '')?.[1];
    return id === undefined ? [] : [{ id, cells: cells.slice(2, -1) }];
  });
}

/** `[recv](../packages/island/test/recv.test.ts) "one title"; "another"`, and the next link behind a `; `. */
function linksOf(cell: string): Link[] {
  const links = /\[[^\]]+\]\(\.\.\/([^)]+)\) ("[^"]+"(?:; "[^"]+")*)(?:; )?/g;
  const found = [...cell.matchAll(links)];
  // Whatever is left over is a link that nobody looks at.
  expect(cell.replace(links, '')).toBe('');
  return found.map(([, path = '', titles = '']) => ({
    path,
    titles: [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title),
  }));
}

describe('the page of parity', () => {
  test('has every row, each once and in order', () => {
    const expected = Object.entries(ROWS).flatMap(([part, names]) => names.map((name) => `${part}-${name}`));
    expect(rows().map(({ id }) => id)).toEqual(expected);
  });

  test.each(rows().map(({ id, cells }) => [id, cells] as const))(
    '%s is said, and leads to tests that run',
    (_id, cells) => {
      const [feature, here, shownBy = ''] = cells;
      expect(cells).toHaveLength(3);
      expect([feature, here]).not.toContain('');
      const links = linksOf(shownBy);
      expect(links).not.toEqual([]);
      const missing = links.flatMap(({ path, titles }) => {
        const there = titlesIn(path);
        return titles.filter((title) => !there.includes(title)).map((title) => `${path}: ${title}`);
      });
      expect(missing).toEqual([]);
    },
  );
});

function titlesIn(path: string): string[] {
  const file = join(root, path);
  return existsSync(file) ? testTitles(readFileSync(file, 'utf8')) : [];
}

describe('the titles of a test file', () => {
  test('are those of tests and of tables of tests, also those that need a program, and not those of groups', () => {
    const source = `
      const withCurl = canRun ? test : test.skip;
      describe('a group', () => {
        test('one', async () => {});
        test.each([['x']])('of %s', (x) => {});
        withCurl('with a program', () => {});
      });
      withProgram.each(rows)(\`in back ticks\`, function () {});
    `;
    expect(testTitles(source)).toEqual(['one', 'of %s', 'with a program', 'in back ticks']);
  });

  test('are not those of what is skipped, or is no test at all', () => {
    const source = `
      test.skip('skipped', () => {});
      test.skip.each([1])('skipped %i', () => {});
      xtest('skipped too', () => {});
      describe.skip('a group', () => { test('skipped with its group', () => {}); });
      test.todo('to do');
      socket.on('data', () => {});
      once('close');
    `;
    expect(testTitles(source)).toEqual([]);
  });
});
