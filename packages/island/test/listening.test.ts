import type { Server } from 'node:net';
import { GenServer } from '@thousand-island/runtime';
import { defineHandler, type ListenFailedError, type SocketAddress } from '../src/index.ts';
import { hasReusePort } from '../src/listen-options.ts';
import { listener } from '../src/listener.ts';
import { Channel } from './support/channel.ts';
import { Client } from './support/client.ts';
import { processAt, processesById } from './support/processes.ts';
import { served } from './support/served.ts';
import { TestIsland, TestRuntime } from './support/test-island.ts';

const echo = defineHandler({ handleData: (data, socket) => socket.send(data) });

async function echoed(island: TestIsland, text = 'x', port = island.server.port): Promise<string> {
  await using client = await Client.connect(port);
  await client.send(text);
  return await client.readText(text.length);
}

/** Node's own servers on this port, as Node has them. */
function nodeServers(port: number): Server[] {
  const handles = (process as unknown as { _getActiveHandles(): unknown[] })._getActiveHandles();
  return handles.filter((handle): handle is Server => {
    if (!(handle as object).constructor.name.endsWith('Server')) return false;
    const address = (handle as Server).address();
    return typeof address === 'object' && address?.port === port;
  });
}

describe('postListen', () => {
  test('is told where the server listens, before a connection is accepted, each time it begins', async () => {
    const addresses: SocketAddress[] = [];
    const gate = new Channel<void>();
    let client: Client | undefined;
    await using island = await TestIsland.start(
      {
        handleConnection(socket) {
          gate.push();
          return socket.send(String(addresses.length));
        },
      },
      {
        async postListen(address: SocketAddress) {
          client ??= await Client.connect(address.port);
          expect(gate.seen).toHaveLength(0);
          addresses.push(address);
        },
      },
    );
    await using first = client as unknown as Client;
    expect(await first.readText(1)).toBe('1');
    gate.seen.length = 0;
    await island.server.suspend();
    await island.server.resume();
    expect(addresses).toEqual([island.server.address, island.server.address]);
  });

  test.each([
    [
      'throws',
      () => {
        throw new Error('not there');
      },
      'not there',
    ],
    ['rejects', () => Promise.reject(new Error('not yet')), 'not yet'],
    [
      'throws what is no error',
      () => {
        throw 'never';
      },
      "'never'",
    ],
  ])('that %s makes the start fail, and nothing listens', async (_, fail, why) => {
    await using runtime = new TestRuntime();
    let port = 0;
    const postListen = (address: SocketAddress): void | Promise<void> => {
      port = address.port;
      return fail();
    };
    const failure = await TestIsland.start(echo, { postListen }).catch((error: ListenFailedError) => error);
    expect(failure).toMatchObject({
      code: 'ISLAND_LISTEN_FAILED',
      reason: 'postListen',
      where: `127.0.0.1:${port}`,
      message: `postListen does not want 127.0.0.1:${port}: ${why}`,
    });
    await expect(Client.connect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(runtime.processCount).toBe(0);
  });

  test('that fails on resume leaves the server suspended, and can do better the next time', async () => {
    let isWilling = true;
    const postListen = (): void => {
      if (!isWilling) throw new Error('not now');
    };
    await using island = await TestIsland.start(echo, { postListen });
    await island.server.suspend();
    isWilling = false;
    await expect(island.server.resume()).rejects.toMatchObject({ reason: 'postListen' });
    expect(await island.server.status()).toBe('suspended');
    isWilling = true;
    await island.server.resume();
    expect(await echoed(island)).toBe('x');
  });
});

describe('a server that cannot listen', () => {
  test('says why in one word, and where', async () => {
    await using island = await TestIsland.start(echo);
    const { port } = island.server;
    await expect(TestIsland.start(echo, { port })).rejects.toMatchObject({
      code: 'ISLAND_LISTEN_FAILED',
      reason: 'EADDRINUSE',
      where: `127.0.0.1:${port}`,
      message: expect.stringContaining(`cannot listen on 127.0.0.1:${port}: listen EADDRINUSE`),
      cause: expect.objectContaining({ code: 'EADDRINUSE' }),
    });
    // Documentation addresses, which no machine has: RFC 5737, RFC 3849.
    await expect(TestIsland.start(echo, { host: '192.0.2.1' })).rejects.toMatchObject({
      reason: 'EADDRNOTAVAIL',
      where: '192.0.2.1:0',
    });
    await expect(TestIsland.start(echo, { host: '2001:db8::1' })).rejects.toMatchObject({
      where: '[2001:db8::1]:0',
    });
  });
});

describe('a listening socket', () => {
  // As libuv tells Node of it: negative numbers of the errors of accept(2).
  test.each([
    ['ECONNABORTED', -103],
    ['ENETDOWN', -100],
    ['EPROTO', -71],
    ['EMFILE', -24],
  ])('that fails to accept (%s) is told of, and goes on', async (code, status) => {
    await using island = await TestIsland.start(echo);
    const errors = Channel.of(island.server.events, 'acceptor:acceptError');
    const [server] = nodeServers(island.server.port) as unknown as [
      { readonly _handle: { onconnection(status: number): void } },
    ];
    server._handle.onconnection(status);
    expect(await errors.next()).toMatchObject({ listener: expect.anything(), error: { code } });
    expect(await echoed(island)).toBe('x');
    expect(island.runtime.crashes).toEqual([]);
  });

  test('that somebody else closes ends the Listener, which is back on the same port', async () => {
    await using island = await TestIsland.start(echo);
    const { port, events } = island.server;
    const starts = Channel.of(events, 'listener:start');
    const stops = Channel.of(events, 'listener:stop');
    const [server] = nodeServers(port) as [Server];
    server.close();
    await stops.next();
    expect((await starts.next()).address.port).toBe(port);
    expect(await echoed(island)).toBe('x');
    expect(island.runtime.crashes).toEqual([
      expect.objectContaining({
        code: 'ISLAND_LISTENER_CLOSED',
        message: `what listened on 127.0.0.1:${port} was closed`,
      }),
    ]);
  });
});

describe('ipv6Only', () => {
  test.each([
    [true, 'refuses'],
    [false, 'accepts'],
  ])('%p: a server on :: %s IPv4', async (ipv6Only, does) => {
    await using island = await TestIsland.start(echo, { host: '::', ipv6Only });
    await using six = await Client.connect(island.server.port, { host: '::1' });
    await six.send('six');
    expect(await six.readText(3)).toBe('six');
    if (does === 'accepts') expect(await echoed(island)).toBe('x');
    else await expect(echoed(island)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

describe('several listen sockets', () => {
  const canShare = hasReusePort(process.version) && process.platform === 'linux';
  if (!canShare) {
    process.stderr.write(
      `\n!!!! SKIPPED: Node.js ${process.version} cannot share a port: listenSockets was not tried, but that it is refused\n`,
    );
  }
  const whereShared = canShare ? test : test.skip;

  if (!hasReusePort(process.version)) {
    test('are refused by a Node.js that would silently have one', async () => {
      await expect(TestIsland.start(echo, { listenSockets: 2 })).rejects.toMatchObject({
        code: 'ISLAND_BAD_OPTION',
        option: 'listenSockets',
        message: expect.stringContaining('can be more than 1 from Node.js 22.12 or 23.1 on'),
      });
    });
  }

  whereShared('are on one port, all of them free after a suspension, and there again', async () => {
    await using island = await TestIsland.start(echo, { listenSockets: 3, acceptors: 3 });
    const { port } = island.server;
    expect(nodeServers(port)).toHaveLength(3);
    await island.server.suspend();
    expect(nodeServers(port)).toHaveLength(0);
    await expect(Client.connect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await island.server.resume();
    expect(nodeServers(port)).toHaveLength(3);
    expect(await echoed(island)).toBe('x');
  });

  whereShared('are shared out to the acceptors in turn', async () => {
    await using island = await TestIsland.start(echo, { listenSockets: 2, acceptors: 5 });
    const pid = await processAt(island.runtime, island.server.pid, 'listener');
    const ref = GenServer.ref(island.runtime, listener, pid);
    const sockets = await Promise.all([1, 2, 3, 4, 5].map((acceptor) => ref.call('listenSocket', acceptor)));
    const [one, two] = sockets;
    expect(one).not.toBe(two);
    // Ranch: acceptor i, counted from 1, accepts from socket ((i - 1) rem n) + 1.
    expect(sockets.map((socket) => (socket === one ? 1 : socket === two ? 2 : 0))).toEqual([1, 2, 1, 2, 1]);
    // The kernel deals connections out by a hash of the client's port: enough of them, and every socket gets some.
    for (let count = 0; count < 64; count++) {
      const client = await island.connect();
      await client.send('x');
      await client.read(1);
    }
    const busy = new Set<string>();
    for (const path of (await processesById(island.runtime, island.server.pid)).keys()) {
      const [, acceptor] = /(acceptor-\d)\/connectionSupervisor\/connection/.exec(path) ?? [];
      if (acceptor !== undefined) busy.add(acceptor);
    }
    expect([...busy].sort()).toEqual(['acceptor-1', 'acceptor-2', 'acceptor-3', 'acceptor-4', 'acceptor-5']);
  });

  whereShared('have clients go to the others when an acceptor is suspended', async () => {
    await using island = await TestIsland.start(echo, { listenSockets: 2, acceptors: 2 });
    await island.server.suspend({ acceptor: 'acceptor-1' });
    // So many that some of them are at the socket of that acceptor; see above.
    for (let count = 0; count < 64; count++) await served(island);
    expect((await island.server.info()).acceptors).toMatchObject([{ accepted: 0 }, { accepted: 64 }]);
  });

  whereShared('all end when one of them is lost, and are there again', async () => {
    await using island = await TestIsland.start(echo, { listenSockets: 2, acceptors: 2 });
    const { port, events } = island.server;
    const starts = Channel.of(events, 'listener:start');
    (nodeServers(port)[1] as Server).close();
    await starts.next();
    expect(nodeServers(port)).toHaveLength(2);
  });

  whereShared('are none at all when one of them cannot listen', async () => {
    await using taken = await TestIsland.start(echo);
    const { port } = taken.server;
    await expect(TestIsland.start(echo, { port, listenSockets: 2 })).rejects.toMatchObject({
      reason: 'EADDRINUSE',
    });
    expect(nodeServers(port)).toHaveLength(1);
  });
});
