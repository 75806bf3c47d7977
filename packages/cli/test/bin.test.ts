/** The command as it is installed: built, and in a process of its own. */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { generate } from 'selfsigned';
import { Client } from '../../handlers/test/support/client.ts';
import { BUILD_MS, BuiltCommand, build, root } from './support/built-command.ts';

let folder: string;

/** The command, running. */
class Running extends BuiltCommand {
  constructor(...args: readonly string[]) {
    super(folder, args);
  }
}

/** Whether a program is there to try the server with. Says so if not. */
function canRun(program: string, flag: string): boolean {
  const { error, stdout, stderr } = spawnSync(program, ['-h'], { encoding: 'utf8' });
  const there = error === undefined && (flag === '' || `${stdout}${stderr}`.includes(flag));
  if (!there)
    console.warn(`SKIPPED: there is no ${program} here that can ${flag}; the server was not tried with it`);
  return there;
}

const withCurl = canRun('curl', '') ? test : test.skip;
const withNetcat = canRun('nc', '-q') || canRun('nc', 'q') ? test : test.skip;

beforeAll(() => {
  build();
  folder = mkdtempSync(join(tmpdir(), 'island-'));
  const stubborn =
    '{ handleConnection: (socket) => socket.send("hi"), handleShutdown: () => new Promise(() => {}) }';
  const island = pathToFileURL(join(root, 'packages/island/dist/index.js')).href;
  writeFileSync(
    join(folder, 'handlers.mjs'),
    `import { takeSocket } from ${JSON.stringify(island)};
    export const stubborn = ${stubborn};
    export const shouting = {
      startConnection: (socket, supervisor) =>
        supervisor.spawnLink(async (self) => {
          await takeSocket(socket, self);
          await socket.send(String(await socket.recv()).toUpperCase());
        }),
    };`,
  );
  writeFileSync(join(folder, 'broken.mjs'), 'export default {\n  handleData(data, socket {\n  }\n};\n');
  writeFileSync(
    join(folder, 'of-broken.mjs'),
    "import './broken.mjs';\nexport default { handleData() {} };\n",
  );
  writeFileSync(join(folder, 'broken.cjs'), 'module.exports = 1 1;\n');
  writeFileSync(
    join(folder, 'waiting.mjs'),
    'await new Promise(() => {});\nexport default { handleData() {} };\n',
  );
  writeFileSync(
    join(folder, 'slow.mjs'),
    'await new Promise((resolve) => setImmediate(resolve));\nexport default { handleConnection: (socket) => socket.send("at last") };\n',
  );
  writeFileSync(join(folder, 'parsing.mjs'), 'JSON.parse("{bad");\nexport default { handleData() {} };\n');
  writeFileSync(
    join(folder, 'catching.mjs'),
    'process.on("uncaughtException", () => {});\nawait import("./broken.mjs");\nexport default { handleData() {} };\n',
  );
  install('plain', { main: './handler.js' });
  install('@scope/modern', {
    exports: {
      '.': { types: './handler.d.ts', import: { browser: './none.js', default: './handler.js' } },
      './sub': { import: './handler.js' },
      './types': { types: './handler.d.ts' },
    },
  });
  install('short', { exports: { import: './handler.js' } });
}, BUILD_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Puts a package with a greeting handler where programs in the folder find it. */
function install(name: string, about: object): void {
  const place = join(folder, 'node_modules', name);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name, type: 'module', ...about }));
  const greeting = `{ handleConnection: (socket) => socket.send("hello from ${name}") }`;
  writeFileSync(join(place, 'handler.js'), `export default ${greeting};`);
}

describe('the bin', () => {
  test('serves, drains on SIGTERM, and prints two lines in all', async () => {
    await using running = new Running('serve', 'echo', '--port', '0', '--json');
    const port = await running.port();
    await using client = await Client.connect(port);
    client.send('hello');
    await client.until('hello');
    running.child.kill('SIGTERM');
    expect(await running.exitCode()).toBe(0);
    expect(await running.stdout).toBe(
      `{"event":"listening","address":"127.0.0.1","port":${port}}\n{"event":"stopped","finished":1,"forced":0}\n`,
    );
    expect(await running.stderr).toBe('');
  });

  test('serves an export of a module of the working folder, and ends at once on the second SIGINT', async () => {
    const reference = 'handlers.mjs#stubborn';
    await using running = new Running(
      'serve',
      reference,
      '--port',
      '0',
      '--json',
      '--shutdown-timeout',
      'infinity',
    );
    const port = await running.port();
    await using client = await Client.connect(port);
    await client.until('hi');
    running.child.kill('SIGINT');
    await refusal(port);
    running.child.kill('SIGINT');
    expect(await running.exitCode()).toBe(130);
    expect((await running.stdout).split('\n')).toHaveLength(2);
  });

  test('serves a handler that starts processes of its own', async () => {
    await using running = new Running('serve', 'handlers.mjs#shouting', '--port', '0', '--json');
    await using client = await Client.connect(await running.port());
    client.send('hello');
    await client.until('HELLO');
  });

  test('reads the certificate again on SIGHUP', async () => {
    const { cert, private: key } = await generate(undefined, { keyType: 'ec' });
    writeFileSync(join(folder, 'both.pem'), `${cert}\n${key}`);
    await using running = new Running('serve', 'echo', '--port', '0', '--json', '--tls-cert', 'both.pem');
    await running.firstLine();
    running.child.kill('SIGHUP');
    const [told] = await once(running.child.stdout as Readable, 'data');
    expect(String(told)).toBe('{"event":"reloaded"}\n');
  });

  test.each([
    ['plain', 'plain'],
    ['@scope/modern', '@scope/modern'],
    ['@scope/modern/sub', '@scope/modern'],
    ['short', 'short'],
  ])('serves the package %s of the working folder', async (reference, name) => {
    await using running = new Running('serve', reference, '--port', '0', '--json');
    await using client = await Client.connect(await running.port());
    await client.until(`hello from ${name}`);
  });

  test.each([['nobody'], ['@scope/modern/secret'], ['@scope/modern/types']])(
    'exits with 2 for %s, which no package shows',
    async (reference) => {
      await using running = new Running('serve', reference);
      expect(await running.exitCode()).toBe(2);
      expect(await running.stderr).toContain(`there is no handler '${reference}'`);
    },
  );

  test('exits with 2 and says why when it is called in a wrong way', async () => {
    await using running = new Running('serve', './nowhere.mjs');
    expect(await running.exitCode()).toBe(2);
    expect(await running.stderr).toContain("there is no module './nowhere.mjs'");
    expect(await running.stdout).toBe('');
  });

  test.each([
    ['broken.mjs', 'broken.mjs', 'broken.mjs:2\n  handleData(data, socket {'],
    ['of-broken.mjs', 'of-broken.mjs', 'broken.mjs:2\n  handleData(data, socket {'],
    ['broken.cjs', 'broken.cjs', 'broken.cjs:1\nmodule.exports = 1 1;'],
  ])('says where the syntax of a module is wrong: %s', async (_, reference, place) => {
    await using running = new Running('serve', reference, '--port', '0');
    expect(await running.exitCode()).toBe(1);
    const said = await running.stderr;
    expect(said).toContain(`island: cannot load '${reference}'`);
    expect(said).toContain(place);
    expect(said).toContain('SyntaxError: Unexpected');
    expect(await running.stdout).toBe('');
  });

  test('says where a module has thrown an error of syntax itself', async () => {
    await using running = new Running('serve', 'parsing.mjs', '--port', '0');
    expect(await running.exitCode()).toBe(1);
    const said = await running.stderr;
    expect(said).toMatch(/^island: cannot load 'parsing\.mjs': SyntaxError: /);
    expect(said).toMatch(/parsing\.mjs:1:6/);
  });

  test.each([
    [
      'what is wrong with a module that catches all that nobody catches',
      'catching',
      'SyntaxError: Unexpected token',
    ],
    ['that a module waits for what can never come', 'waiting', 'Error: it awaits, outside of all functions'],
  ])('says %s', async (_what, module, why) => {
    await using running = new Running('serve', `${module}.mjs`, '--port', '0');
    expect(await running.exitCode()).toBe(1);
    expect(await running.stderr).toContain(`island: cannot load '${module}.mjs': ${why}`);
  });

  test('waits for a module that takes its time', async () => {
    await using running = new Running('serve', 'slow.mjs', '--port', '0', '--json');
    await using client = await Client.connect(await running.port());
    await client.until('at last');
  });

  test('prints the version of the package', async () => {
    await using running = new Running('--version');
    expect(await running.stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect(await running.exitCode()).toBe(0);
  });

  test('goes on when its stdout is closed', async () => {
    await using running = new Running('serve', 'echo', '--port', '0', '--json');
    const port = await running.port();
    running.child.stdout?.destroy();
    await running.stdout.catch(() => {});
    await using client = await Client.connect(port);
    client.send('hello');
    await client.until('hello');
    running.child.kill('SIGTERM');
    expect(await running.exitCode()).toBe(0);
    expect(await running.stderr).toBe('');
  });

  withNetcat('echoes to nc', async () => {
    await using running = new Running('serve', 'echo', '--port', '0', '--json');
    const netcat = spawn('nc', ['-q1', '127.0.0.1', String(await running.port())]);
    netcat.stdin.end('hello');
    expect(await text(netcat.stdout)).toBe('hello');
    await once(netcat, 'close');
  });

  withCurl('answers curl: twice on one connection, with a body, and with HTTP/1.0', async () => {
    await using running = new Running('serve', 'http-hello-world', '--port', '0', '--json');
    const url = `http://127.0.0.1:${await running.port()}/`;
    const curl = async (...args: string[]): Promise<string> => {
      const { stdout } = await promisify(execFile)('curl', ['-sS', '--noproxy', '*', ...args]);
      return stdout;
    };
    expect(await curl(url, url, '-w', '%{num_connects}\n')).toBe('Hello, World!\n1\nHello, World!\n0\n');
    expect(await curl('-d', 'x'.repeat(2_000), '-H', 'Expect: 100-continue', url)).toBe('Hello, World!\n');
    expect(await curl('--http1.0', '-w', '%{http_code}', url)).toBe('Hello, World!\n200');
  });
});

describe('the bin on a Unix socket', () => {
  withCurl('answers curl, says where it listens, and leaves no file', async () => {
    const path = join(folder, 'http.sock');
    await using running = new Running(
      'serve',
      'http-hello-world',
      '--unix',
      path,
      '--unix-mode',
      '600',
      '--json',
    );
    expect(JSON.parse(await running.firstLine())).toEqual({ event: 'listening', path });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const args = ['-sS', '--unix-socket', path, 'http://localhost/', 'http://localhost/'];
    const { stdout } = await promisify(execFile)('curl', args);
    expect(stdout).toBe('Hello, World!\nHello, World!\n');
    running.child.kill('SIGTERM');
    expect(await running.exitCode()).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  test('takes over what a killed server has left, and refuses to take a living one', async () => {
    const path = join(folder, 'taken.sock');
    await using killed = new Running('serve', 'echo', '--unix', path);
    await killed.firstLine();
    killed.child.kill('SIGKILL');
    await killed.exitCode();
    expect(existsSync(path)).toBe(true);
    await using running = new Running('serve', 'echo', '--unix', path);
    expect(await running.firstLine()).toBe(`echo listens on unix:${path}\n`);
    await using second = new Running('serve', 'echo', '--unix', path);
    expect(await second.exitCode()).toBe(1);
    expect(await second.stderr).toContain(`cannot listen on unix:${path}: EADDRINUSE`);
    expect(existsSync(path)).toBe(true);
  });
});

/** Resolves when the port refuses connections. */
async function refusal(port: number): Promise<void> {
  for (;;) {
    const client = await Client.connect(port).catch(() => undefined);
    if (client === undefined) return;
    await client[Symbol.asyncDispose]();
  }
}
