import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  defineHandler,
  encodeProxyHeaderV1,
  encodeProxyHeaderV2,
  formatAddress,
  ListenFailedError,
  type LiveOptions,
  type SocketAddress,
  tls,
} from '../src/index.ts';
import { Authority } from './support/certificates.ts';
import { Channel } from './support/channel.ts';
import { Client } from './support/client.ts';
import { processAt } from './support/processes.ts';
import { TestIsland } from './support/test-island.ts';

const echo = defineHandler({ handleData: (data, socket) => socket.send(data) });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'unix-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Until it is disposed of, this process may change nothing in the folder: as after `process.setuid`, which cannot be undone. */
class Unprivileged implements Disposable {
  readonly #folder: string;
  readonly #isRoot = process.geteuid?.() === 0;

  constructor(folder: string) {
    this.#folder = folder;
    chmodSync(folder, 0o555);
    if (this.#isRoot) process.seteuid?.(65_534);
  }

  [Symbol.dispose](): void {
    if (this.#isRoot) process.seteuid?.(0);
    chmodSync(this.#folder, 0o700);
  }
}

/** A server at a path, beside what a test needs of its clients. */
class UnixIsland implements AsyncDisposable {
  readonly island: TestIsland;
  readonly path: string;

  private constructor(island: TestIsland, path: string) {
    this.island = island;
    this.path = path;
  }

  static async start(path: string, options: object = {}, handler: object = echo): Promise<UnixIsland> {
    const island = await TestIsland.start(handler, { path, ...options });
    return new UnixIsland(island, path);
  }

  /** Sends, and resolves to what comes back. */
  async echoed(text: string): Promise<string> {
    const client = await this.island.connect({ path: this.path });
    await client.send(text);
    return client.readText(text.length);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.island[Symbol.asyncDispose]();
  }
}

function refusal(path: string, options: object = {}): Promise<ListenFailedError> {
  return UnixIsland.start(path, options).then(
    () => Promise.reject(new Error('it listens')),
    (error: unknown) => {
      if (error instanceof ListenFailedError) return error;
      throw error;
    },
  );
}

/** A server of Node itself at a path. */
async function nodeServer(path: string): Promise<Server> {
  const server = createServer((socket) => socket.destroy()).listen(path);
  await once(server, 'listening');
  return server;
}

/** Leaves a file as a server does that was killed: nobody listens. */
async function leaveStale(path: string): Promise<void> {
  const server = createServer().listen(`${path}.born`);
  await once(server, 'listening');
  renameSync(`${path}.born`, path);
  server.close();
  await once(server, 'close');
}

describe('a server on a Unix socket', () => {
  test('serves, and knows its address', async () => {
    const path = join(folder, 'app.sock');
    const seen = new Channel<readonly (SocketAddress | undefined)[]>();
    await using server = await UnixIsland.start(
      path,
      {},
      {
        handleConnection: (socket: { peername(): SocketAddress; sockname(): SocketAddress }) =>
          seen.push([socket.peername(), socket.sockname()]),
        handleData: echo.handleData,
      },
    );
    expect(await server.echoed('through a file')).toBe('through a file');
    const address = { address: path, port: 0, family: 'Unix' };
    expect(server.island.server.address).toEqual(address);
    expect(server.island.server.port).toBe(0);
    expect(await seen.next()).toEqual([{ address: '', port: 0, family: 'Unix' }, address]);
    expect(formatAddress(address)).toBe(`unix:${path}`);
    expect(readdirSync(folder)).toEqual(['app.sock']);
  });

  test('has the mode that was asked for, whatever the umask, from before the first client', async () => {
    const path = join(folder, 'app.sock');
    const modes: number[] = [];
    const postListen = (): void => void modes.push(lstatSync(path).mode & 0o777);
    await using server = await UnixIsland.start(path, { socketMode: 0o617, postListen });
    await server.island.server.suspend();
    await server.island.server.resume();
    expect(modes).toEqual([0o617, 0o617]);
  });

  test('belongs to whom it was given', async () => {
    const path = join(folder, 'app.sock');
    // Only root may give a file away.
    const isRoot = process.getuid?.() === 0;
    const owner = isRoot ? { uid: 12_345, gid: 23_456 } : { gid: process.getgid?.() as number };
    await using server = await UnixIsland.start(path, { socketOwner: owner, socketMode: 0o660 });
    expect(statSync(path)).toMatchObject(owner);
    expect(statSync(path).mode & 0o777).toBe(0o660);
    expect(await server.echoed('x')).toBe('x');
  });

  test('removes its file when it is suspended and when it stops, and makes it anew when it resumes', async () => {
    const path = join(folder, 'app.sock');
    await using server = await UnixIsland.start(path, { socketMode: 0o600 });
    await server.island.server.suspend();
    expect(readdirSync(folder)).toEqual([]);
    await expect(Client.connect(0, { path })).rejects.toMatchObject({ code: 'ENOENT' });
    await server.island.server.resume();
    expect(await server.echoed('again')).toBe('again');
    await server.island.server.stop();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('is back at its path when its Listener is killed', async () => {
    const path = join(folder, 'app.sock');
    await using server = await UnixIsland.start(path);
    const { runtime, server: running } = server.island;
    const starts = Channel.of(running.events, 'listener:start');
    const before = lstatSync(path);
    runtime.sendExit(await processAt(runtime, running.pid, 'listener'), 'kill');
    expect((await starts.next()).address.address).toBe(path);
    expect(lstatSync(path).mtimeMs).not.toBe(before.mtimeMs);
    expect(await server.echoed('again')).toBe('again');
  });

  test('takes over a file that nobody listens at', async () => {
    const path = join(folder, 'app.sock');
    await leaveStale(path);
    expect(lstatSync(path).isSocket()).toBe(true);
    await using server = await UnixIsland.start(path);
    expect(await server.echoed('mine')).toBe('mine');
    expect(readdirSync(folder)).toEqual(['app.sock']);
  });

  test('does not take the place of a living server', async () => {
    const path = join(folder, 'app.sock');
    await using living = await UnixIsland.start(path);
    const { message, reason, where, cause } = await refusal(path);
    expect(message).toBe(`cannot listen on unix:${path}: EADDRINUSE: a server listens there`);
    expect([reason, where]).toEqual(['EADDRINUSE', `unix:${path}`]);
    expect(cause).toMatchObject({ code: 'EADDRINUSE' });
    expect(readdirSync(folder)).toEqual(['app.sock']);
    expect(await living.echoed('still here')).toBe('still here');
  });

  test('of two that start at the same time one is there, and the other is refused', async () => {
    const path = join(folder, 'app.sock');
    await leaveStale(path);
    const both = await Promise.allSettled([UnixIsland.start(path), UnixIsland.start(path)]);
    const started = both.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
    const refused = both.flatMap((each) => (each.status === 'rejected' ? each.reason : []));
    expect(refused).toEqual([expect.objectContaining({ reason: 'EADDRINUSE' })]);
    const [server] = started as [UnixIsland];
    expect(await server.echoed('x')).toBe('x');
    await server[Symbol.asyncDispose]();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('leaves a file alone that has taken its place meanwhile', async () => {
    const path = join(folder, 'app.sock');
    await using server = await UnixIsland.start(path);
    await using other = await nodeServer(`${path}.other`);
    renameSync(`${path}.other`, path);
    await server.island.server.stop();
    expect(lstatSync(path).isSocket()).toBe(true);
    expect(other.listening).toBe(true);
  });

  test('stops in good order when somebody has removed its file', async () => {
    const path = join(folder, 'app.sock');
    await using server = await UnixIsland.start(path);
    rmSync(path);
    await server.island.server.stop();
    expect(existsSync(path)).toBe(false);
  });

  test('stops in good order when it may not remove its file any more', async () => {
    const path = join(folder, 'app.sock');
    await using unix = await UnixIsland.start(path);
    await unix.echoed('x');
    {
      using _ = new Unprivileged(folder);
      await unix.island.server.stop();
    }
    expect(unix.island.runtime.crashes).toEqual([]);
    await expect(Client.connect(0, { path })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('stays suspended, and closed, when it may not make its file anew', async () => {
    await using unix = await UnixIsland.start(join(folder, 'app.sock'));
    using _ = new Unprivileged(folder);
    const { server } = unix.island;
    await server.suspend();
    await expect(server.resume()).rejects.toMatchObject({ code: 'ISLAND_LISTEN_FAILED', reason: 'EACCES' });
    expect(server.status()).toBe('suspended');
    expect(unix.island.runtime.crashes).toEqual([]);
  });

  test('speaks TLS, and knows its address after the handshake too', async () => {
    const path = join(folder, 'app.sock');
    const authority = await Authority.make();
    const handler = defineHandler({
      handleConnection: (socket) => socket.send(`${socket.isSecure} ${JSON.stringify(socket.sockname())}\n`),
    });
    await using _ = await UnixIsland.start(
      path,
      { transport: tls(await authority.issue('localhost')) },
      handler,
    );
    await using client = await Client.secure(0, { path, ca: authority.cert, servername: 'localhost' });
    expect(await client.readLine()).toBe(`true {"address":"${path}","port":0,"family":"Unix"}`);
  });

  test.each([1, 2])(
    'reads a PROXY header of version %d, if what comes over Unix sockets is trusted',
    async (version) => {
      const path = join(folder, 'app.sock');
      const client = { address: '203.0.113.7', port: 55_555 };
      const ends = { source: client, destination: { address: '203.0.113.1', port: 443 } };
      const header = version === 1 ? encodeProxyHeaderV1(ends) : encodeProxyHeaderV2(ends);
      const log = new Channel<unknown>();
      const handler = defineHandler({
        handleConnection: (socket) => log.push([socket.peername(), socket.sockname()]),
        handleData: (data, socket) => socket.send(data),
        handleError: (reason) => log.push(reason),
      });
      const proxyProtocol = { mode: 'required', trustedSources: ['unix'] };
      await using server = await UnixIsland.start(path, { proxyProtocol }, handler);
      const proxy = await server.island.connect({ path });
      await proxy.send(Buffer.concat([header, Buffer.from('hello')]));
      expect(await proxy.readText(5)).toBe('hello');
      expect(await log.next()).toEqual([
        { ...client, family: 'IPv4' },
        { ...ends.destination, family: 'IPv4' },
      ]);

      const networksAlone = { mode: 'required', trustedSources: ['0.0.0.0/0', '::/0'] };
      await server.island.server.setOptions({ proxyProtocol: networksAlone } as LiveOptions);
      const stranger = await server.island.connect({ path });
      expect(await log.next()).toMatchObject({
        kind: 'untrusted',
        message: 'a client of a Unix socket is none of the trusted sources of PROXY headers',
      });
      await stranger.closed;
    },
  );

  test('takes noDelay and keepAlive, which it has no use for, and tells them', async () => {
    const path = join(folder, 'app.sock');
    const log = new Channel<unknown>();
    const handler = defineHandler({
      handleData(data, socket) {
        socket.setopts({ noDelay: false, keepAlive: 60_000 });
        log.push(socket.getopts());
        return socket.send(data);
      },
    });
    await using server = await UnixIsland.start(path, { noDelay: true, keepAlive: 1_000 }, handler);
    expect(await server.echoed('still here')).toBe('still here');
    expect(await log.next()).toMatchObject({ noDelay: false, keepAlive: 60_000 });
  });

  test('can have an abstract name, which is no file', async () => {
    const name = `island-${process.pid}-${folder}`;
    await using server = await UnixIsland.start(`\0${name}`);
    expect(await server.echoed('x')).toBe('x');
    expect(server.island.server.address.address).toBe(`\0${name}`);
    expect(formatAddress(server.island.server.address)).toBe(`unix:@${name}`);
    expect((await refusal(`\0${name}`)).reason).toBe('EADDRINUSE');
  });

  test('has as long a path as the kernel can do, and no longer one', async () => {
    const room = 107 - Buffer.byteLength(folder) - '/.XXXXXX/'.length;
    const path = join(folder, 'x'.repeat(room));
    await using server = await UnixIsland.start(path);
    expect(await server.echoed('x')).toBe('x');
    const { reason, message } = await refusal(`${path}y`);
    expect(reason).toBe('ENAMETOOLONG');
    expect(message).toContain(`more than the ${Buffer.byteLength(path)} bytes that it can have`);
  });
});

describe('a path is refused, and nothing there is touched', () => {
  test.each([
    ['a file', (path: string) => writeFileSync(path, 'precious')],
    ['a link to nowhere', (path: string) => symlinkSync('nowhere', path)],
  ])('where %s is', async (_, put) => {
    const path = join(folder, 'app.sock');
    put(path);
    const before = lstatSync(path);
    const { reason, message } = await refusal(path);
    expect(reason).toBe('EEXIST');
    expect(message).toBe(`cannot listen on unix:${path}: EEXIST: there is a file that is no socket`);
    expect(lstatSync(path).ino).toBe(before.ino);
    expect(readdirSync(folder)).toEqual(['app.sock']);
  });

  test('in a folder that is not there', async () => {
    const path = join(folder, 'nowhere', 'app.sock');
    const { reason, where } = await refusal(path);
    expect([reason, where]).toEqual(['ENOENT', `unix:${path}`]);
  });
});
