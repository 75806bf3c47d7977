/** The command, built, for handlers that come with packages of their own. */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '../../handlers/test/support/client.ts';
import { BUILD_MS, BuiltCommand, build, root } from './support/built-command.ts';

let folder: string;

beforeAll(() => {
  build();
  folder = mkdtempSync(join(tmpdir(), 'island-'));
  writeFileSync(
    join(folder, 'compiled.cjs'),
    'exports.__esModule = true;\nexports.default = { handleConnection: (socket) => socket.send("compiled") };\n',
  );
  installCopies(join(folder, 'project'));
  writeFileSync(
    join(folder, 'project/handler.mjs'),
    `import { close } from '@thousand-island/island';
    export default {
      async handleData(data, socket) {
        await socket.send(data);
        return close();
      },
    };`,
  );
  const own = join(folder, 'own/node_modules/@thousand-island/island');
  mkdirSync(own, { recursive: true });
  writeFileSync(join(own, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
  writeFileSync(join(own, 'index.js'), 'export const name = "own";');
  writeFileSync(
    join(folder, 'own/handler.mjs'),
    'import { name } from "@thousand-island/island"; export default { handleConnection: (socket) => socket.send(name) };',
  );
}, BUILD_MS);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Gives a folder copies of the packages of its own. */
function installCopies(project: string): void {
  for (const name of ['runtime', 'island']) {
    const from = join(root, 'packages', name);
    const place = join(project, 'node_modules/@thousand-island', name);
    cpSync(join(from, 'dist'), join(place, 'dist'), { recursive: true });
    cpSync(join(from, 'package.json'), join(place, 'package.json'));
  }
  for (const name of ['eventemitter3', 'xstate'])
    symlinkSync(join(root, 'packages/runtime/node_modules', name), join(project, 'node_modules', name));
}

describe('island serve', () => {
  test('serves the handler of a project that has its own packages with those', async () => {
    await using running = serve('./project/handler.mjs', '--port', '0', '--json');
    const port = await running.port();
    await using client = await Client.connect(port);
    client.send('hello');
    expect(await client.untilClosed()).toBe('hello');
    running.child.kill('SIGTERM');
    expect(await running.exitCode()).toBe(0);
    expect(await running.stdout).toContain('{"event":"stopped","finished":0,"forced":0}');
    expect(await running.stderr).toBe('');
  });

  test('says what is wrong as ever when it serves with the packages of a project', async () => {
    await using taken = serve('echo', '--port', '0', '--json');
    const port = String(await taken.port());
    await using running = serve('./project/handler.mjs', '--port', port);
    expect(await running.exitCode()).toBe(1);
    expect(await running.stderr).toContain('or --port 0 for any that is free\n');
    const cert = ['--tls-cert', './none.pem'];
    await using insecure = serve('./project/handler.mjs', '--port', '0', ...cert);
    expect(await insecure.exitCode()).toBe(1);
    expect(await insecure.stderr).toContain('island: the file of --tls-cert, ');
  });

  test('tells that a module has an island of its own that it cannot serve with', async () => {
    await using running = serve('./own/handler.mjs', '--port', '0', '--json');
    await using client = await Client.connect(await running.port());
    await client.until('own');
    running.child.kill('SIGTERM');
    const file = join(folder, 'own/node_modules/@thousand-island/island/index.js');
    expect(await running.stderr).toContain(
      `island: './own/handler.mjs' has a copy of @thousand-island/island of its own, ${realpathSync(file)}, and is served with`,
    );
  });

  test('serves the default export of a module that was compiled to CommonJS', async () => {
    await using running = serve('./compiled.cjs', '--port', '0', '--json');
    await using client = await Client.connect(await running.port());
    await client.until('compiled');
  });
});

function serve(...args: readonly string[]): BuiltCommand {
  return new BuiltCommand(folder, ['serve', ...args]);
}
