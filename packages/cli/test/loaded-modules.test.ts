/** What a server has of Node loaded for nothing: seen in a process of its own, since a test runner loads all of it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BUILD_MS, build, root } from './support/built-command.ts';

/** Node's modules that are there when a program has run, which may use what a package exports. */
function loadedBy(name: string, body: string): string[] {
  const url = pathToFileURL(join(root, `packages/${name}/dist/index.js`)).href;
  const program = `
    import * as exported from ${JSON.stringify(url)};
    ${body}
    console.log(JSON.stringify(process.moduleLoadList));
  `;
  const options = { encoding: 'utf8', timeout: 60_000 } as const;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], options);
  expect(stderr).toBe('');
  return (JSON.parse(stdout) as string[]).map((module) => module.replace('NativeModule ', ''));
}

beforeAll(build, BUILD_MS);

test('a server over TCP loads nothing of Node that only TLS, and who reads files by promises, need', () => {
  const byServer = loadedBy(
    'island',
    `const server = await exported.ThousandIsland.start({ port: 0, handler: { handleData() {} } });
    if (!(server.port > 0)) throw new Error('it does not listen');
    await server.stop();`,
  );
  // Node's own loader needs some of these, in some versions.
  const anyway = loadedBy('runtime', '');
  expect(byServer).toContain('net');
  const dear = ['tls', 'crypto', 'internal/fs/promises', 'internal/readline/interface'];
  expect(byServer.filter((module) => dear.includes(module) && !anyway.includes(module))).toEqual([]);
});
