/** Servers on sockets that somebody else has bound: a parent, and systemd. */
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUILD_MS, build, ChildServer } from './support/child-server.ts';
import { Client } from './support/client.ts';
import { needing } from './support/program.ts';
import { TestIsland } from './support/test-island.ts';

beforeAll(build, BUILD_MS);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'adopted-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function descriptorOf(server: Server): number {
  return (server as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
}

/** A child whose descriptor 3 is a socket that the parent listens on, and then has no more. */
async function given(server: Server, options: object = {}): Promise<ChildServer> {
  const child = new ChildServer({ fd: 3, ...options }, [], [descriptorOf(server)]);
  server.close();
  return child;
}

async function bound(
  place: { readonly path: string } | { readonly port: number; readonly host: string },
): Promise<Server> {
  const server = createServer().listen(place);
  await once(server, 'listening');
  return server;
}

async function greeting(where: Partial<{ port: number; path: string }>): Promise<string> {
  await using client = await Client.connect(where.port ?? 0, where);
  await client.send('x');
  return await client.readText(7);
}

describe('a server on a descriptor', () => {
  test('serves on a port that its parent has bound', async () => {
    const parent = await bound({ port: 0, host: '127.0.0.1' });
    const { port } = parent.address() as { port: number };
    await using server = await given(parent);
    expect(await server.lines.next()).toMatchObject({
      address: { address: '127.0.0.1', port, family: 'IPv4' },
    });
    expect(await greeting({ port })).toBe('hello\nx');
    expect(await server.stop()).toBe(0);
    await expect(Client.connect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('serves on a Unix socket, whose path it knows', async () => {
    const path = join(folder, 'given.sock');
    await using server = await given(await bound({ path }));
    expect(await server.lines.next()).toMatchObject({ address: { address: path, port: 0, family: 'Unix' } });
  });

  test('keeps the descriptor while it is suspended: clients wait, and are served when it resumes', async () => {
    const parent = await bound({ port: 0, host: '127.0.0.1' });
    const { port } = parent.address() as { port: number };
    await using server = await given(parent);
    await server.lines.next();
    expect(await server.tell('suspend')).toEqual({ done: true });
    await using client = await Client.connect(port);
    let info = await server.tell('info');
    while (info.waiting === 0) info = await server.tell('info');
    expect(info).toMatchObject({ status: 'suspended', waiting: 1, activeConnections: 0 });
    expect(await server.tell('resume')).toEqual({ done: true });
    expect(await client.readText(6)).toBe('hello\n');
  });

  test('ends when its Listener crashes, since that could not begin again, and says so', async () => {
    await using server = await given(await bound({ port: 0, host: '127.0.0.1' }));
    await server.lines.next();
    const { ended, crashes } = await server.tell('kill');
    expect(ended).toBe('shutdown');
    expect(crashes).toContain('ISLAND_ADOPTED_DESCRIPTOR');
  });

  test('is refused in a worker of node:cluster, where Node.js would listen on some descriptor of the primary', async () => {
    const primary = `
      const cluster = require('node:cluster');
      cluster.setupPrimary({ exec: process.argv[2], args: [process.argv[3]], execArgv: [] });
      cluster.fork();`;
    const socket = await bound({ port: 0, host: '127.0.0.1' });
    const command = [process.execPath, '-e', primary];
    await using server = new ChildServer({ fd: 3 }, command, [descriptorOf(socket)]);
    const { failed } = await server.lines.next();
    expect(failed).toMatchObject({ code: 'ISLAND_LISTEN_FAILED', reason: 'ENOTSUP', where: 'descriptor 3' });
    socket.close();
  });

  test.each([
    ['that is not open', () => 4_000, 'EBADF'],
    ['of a file', () => openSync(__filename, 'r'), 'ENOTSOCK'],
  ])('%s is refused', async (_, open, reason) => {
    const fd = open();
    const start = TestIsland.start({}, { fd });
    await expect(start).rejects.toMatchObject({
      code: 'ISLAND_LISTEN_FAILED',
      reason,
      where: `descriptor ${fd}`,
      message: expect.stringContaining(`cannot listen on descriptor ${fd}: ${reason}`),
    });
    if (reason === 'ENOTSOCK') closeSync(fd);
  });
});

const withSystemd = needing('systemd-socket-activate', ['--version']);

/** It cannot be told to take any port that is free; the system hands none out below 32768, so that nobody has this one. */
const PORT = 20_000 + (process.pid % 10_000);

/** A server that systemd-socket-activate starts with the first connection. Resolves when it waits for that. */
async function activated(
  { names, ...options }: { readonly name?: string; readonly names?: readonly string[] },
  ...sockets: string[]
): Promise<ChildServer> {
  const args = sockets.flatMap((socket) => ['-l', socket]);
  if (names !== undefined) args.push(`--fdname=${names.join(':')}`);
  const server = new ChildServer({ isActivated: true, ...options }, ['systemd-socket-activate', ...args]);
  for (const _ of sockets) expect(await server.errors.next()).toMatch(/^Listening on/);
  return server;
}

describe('under systemd socket activation', () => {
  withSystemd('serves the connection that has started it, and the next, on a port', async () => {
    const port = PORT;
    await using server = await activated({}, `127.0.0.1:${port}`);
    await using client = await Client.connect(port);
    expect(await client.readText(6)).toBe('hello\n');
    expect(await server.lines.next()).toMatchObject({
      address: { address: '127.0.0.1', port, family: 'IPv4' },
      given: [{ fd: 3, name: 'unknown' }],
    });
    expect(await greeting({ port })).toBe('hello\nx');
    expect(await server.stop()).toBe(0);
  });

  withSystemd('serves on a Unix socket, and leaves the file to systemd', async () => {
    const path = join(folder, 'activated.sock');
    await using server = await activated({}, path);
    await using client = await Client.connect(0, { path });
    expect(await client.readText(6)).toBe('hello\n');
    expect(await server.lines.next()).toMatchObject({
      address: { address: path, port: 0, family: 'Unix' },
    });
    expect(await server.stop()).toBe(0);
    expect(existsSync(path)).toBe(true);
  });

  withSystemd('serves on the socket of the name that it asks for', async () => {
    const [web, control] = [join(folder, 'web.sock'), join(folder, 'control.sock')];
    await using server = await activated({ name: 'control', names: ['web', 'control'] }, web, control);
    await using client = await Client.connect(0, { path: control });
    expect(await client.readText(6)).toBe('hello\n');
    expect(await server.lines.next()).toMatchObject({
      address: { address: control },
      given: [
        { fd: 3, name: 'web' },
        { fd: 4, name: 'control' },
      ],
    });
  });
});
