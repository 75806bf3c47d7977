import {
  defineServer,
  ExitMessage,
  GenServer,
  type Pid,
  type Self,
  Supervisor,
  serverSpec,
  stop,
} from '@thousand-island/runtime';
import { settle } from '@thousand-island/runtime/testing';
import { type Handler, HandshakeError, type Socket, type Transport, takeSocket, tcp } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { served, waiting } from './support/served.ts';
import { TestIsland } from './support/test-island.ts';

/** A plain process that echoes until its client has gone. */
async function echo(self: Self, socket: Socket): Promise<void> {
  await takeSocket(socket, self);
  for (;;) await socket.send(await socket.recv(0, { timeout: 'infinity' }));
}

const processes: Handler = {
  startConnection: (socket, supervisor) => ({
    kind: 'ok',
    pid: supervisor.spawnLink((self) => echo(self, socket)),
  }),
};

/** A GenServer of one's own, which is also reached by others. */
const session = defineServer({
  name: 'Session',
  init: (socket: Socket) => ({ socket }),
  handleCall: {},
  handleCast: {
    async open(_: undefined, { socket }, self) {
      await takeSocket(socket, self);
      await socket.send('welcome');
    },
    async tell(text: string, { socket }) {
      await socket.send(text);
    },
    end: () => stop('normal'),
  },
});

const sessions: Handler = {
  async startConnection(socket, supervisor) {
    const ref = await GenServer.startLink(supervisor, session, socket);
    ref.cast('open');
    return ref;
  },
};

describe('a connection whose process is of ones own', () => {
  test('can be a plain process, which owns the socket', async () => {
    await using island = await TestIsland.start(processes);
    const client = await served(island);
    const pid = await island.connection();
    expect(await island.server.info()).toMatchObject({ activeConnections: 1 });
    island.runtime.sendExit(pid, 'kill');
    await client.closed;
    await settle();
    expect(await island.server.info()).toMatchObject({ activeConnections: 0, allConnections: 0 });
  });

  test('can be a GenServer', async () => {
    await using island = await TestIsland.start(sessions);
    const client = await island.connect();
    expect(await client.readText(7)).toBe('welcome');
    const ref = GenServer.ref(island.runtime, session, await island.connection());
    ref.cast('tell', 'hello');
    expect(await client.readText(5)).toBe('hello');
    ref.cast('end');
    await client.closed;
    expect(island.runtime.crashes).toEqual([]);
  });

  test('knows the client behind a proxy, and is given frames, as the server says', async () => {
    const seen = new Channel<unknown>();
    const options = { proxyProtocol: 'required', packet: 'line' } as const;
    await using island = await TestIsland.start(
      {
        startConnection: (socket, supervisor) => ({
          kind: 'ok',
          pid: supervisor.spawnLink(async (self) => {
            await takeSocket(socket, self).catch((error) => seen.push(error));
            seen.push(socket.peername()?.address);
            for (;;) seen.push((await socket.recv()).toString());
          }),
        }),
      },
      options,
    );
    const header = Buffer.from('PROXY TCP4 203.0.113.7 203.0.113.1 5 6\r\n');
    await (await island.connect()).send(Buffer.concat([header, Buffer.from('one\ntwo\n')]));
    expect(await seen.take(3)).toEqual(['203.0.113.7', 'one\n', 'two\n']);
    const stranger = await island.connect();
    await stranger.send('hello');
    await stranger.closed;
    expect(await seen.next()).toMatchObject({ code: 'ISLAND_PROXY_PROTOCOL', kind: 'missing' });
  });

  test('is given handlerOptions', async () => {
    await using island = await TestIsland.start<string>(
      {
        startConnection: (socket, supervisor, greeting) =>
          supervisor.spawnLink(async (self) => {
            await takeSocket(socket, self);
            await socket.send(greeting);
            await socket.recv();
          }),
      },
      { handlerOptions: 'good day' },
    );
    expect(await (await island.connect()).readText(8)).toBe('good day');
  });

  test('can be a supervisor, whose child the socket belongs to', async () => {
    const pids: Pid[] = [];
    await using island = await TestIsland.start({
      async startConnection(socket, supervisor) {
        const pid = await Supervisor.startLink(supervisor, {
          strategy: 'oneForAll',
          intensity: 0,
          children: [serverSpec(session, socket, { id: 'session' })],
        });
        const [child] = await Supervisor.whichChildren(supervisor, pid);
        GenServer.ref(supervisor, session, child?.pid as Pid).cast('open');
        pids.push(pid, child?.pid as Pid);
        return { kind: 'ok', pid, extra: child?.pid };
      },
    });
    const client = await island.connect();
    expect(await client.readText(7)).toBe('welcome');
    expect(await island.server.connections()).toEqual([pids[0]]);
    await settle();
    island.runtime.sendExit(pids[1] as Pid, 'kill');
    await client.closed;
    await settle();
    expect(island.runtime.isAlive(pids[0] as Pid)).toBe(false);
    expect(await island.server.info()).toMatchObject({ activeConnections: 0 });
  });

  test('counts against the limits, and frees its place however it ends', async () => {
    await using island = await TestIsland.start(processes, {
      acceptors: 1,
      maxConnections: 1,
      whenFull: 'park',
    });
    const first = await served(island);
    const second = await waiting(island);
    const gone = island.server.waitForConnections('==', 0);
    first.end();
    await gone;
    expect(await second.readText(1)).toBe('x');
  });

  test('that cannot be started closes the socket and lets the next one in', async () => {
    let clients = 0;
    await using island = await TestIsland.start(
      {
        startConnection(socket, supervisor) {
          if (clients++ === 0) throw new Error('not today');
          return clients === 2
            ? { kind: 'ignore' }
            : (processes.startConnection?.(socket, supervisor, undefined) ?? { kind: 'ignore' });
        },
      },
      { acceptors: 1, maxConnections: 1 },
    );
    const failures = Channel.of(island.server.events, 'acceptor:spawnError');
    await (await island.connect()).closed;
    await (await island.connect()).closed;
    expect((await failures.take(2)).map(({ reason }) => reason)).toEqual([new Error('not today'), 'ignore']);
    await served(island);
  });

  test('that has ended before it could be given the socket leaves nothing behind', async () => {
    await using island = await TestIsland.start({
      startConnection: (_socket, supervisor) => supervisor.spawnLink(async () => {}),
    });
    for (let each = 0; each < 3; each++) await (await island.connect()).closed;
    await settle();
    expect(await island.server.info()).toMatchObject({ activeConnections: 0, allConnections: 0 });
  });

  test('is told to end by an exit signal, which it may trap to finish', async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start({
      startConnection: (socket, supervisor) =>
        supervisor.spawnLink(async (self) => {
          self.trapExit(true);
          await takeSocket(socket, self);
          await socket.send('x');
          const message = await self.receive({ match: (each) => each instanceof ExitMessage });
          told.push(message instanceof ExitMessage ? message.reason : message);
          await socket.send('bye');
        }),
    });
    const client = await island.connect();
    await client.read(1);
    expect(await island.server.stop()).toEqual({ told: 1, finished: 1, forced: 0 });
    expect((await client.readAll()).toString()).toBe('bye');
    expect(told.seen).toEqual(['shutdown']);
  });

  test('that does not obey is killed in the end', async () => {
    await using island = await TestIsland.start(
      {
        startConnection: (socket, supervisor) =>
          supervisor.spawnLink(async (self) => {
            self.trapExit(true);
            await takeSocket(socket, self);
            await socket.send('x');
            await new Promise(() => {});
          }),
      },
      { shutdownTimeout: 100 },
    );
    await (await island.connect()).read(1);
    const stopping = island.server.stop();
    await settle(20);
    await island.clock.advance(100);
    expect(await stopping).toEqual({ told: 1, finished: 0, forced: 1 });
  });
});

describe('takeSocket', () => {
  /** TCP whose handshake is the first byte of the client: 'y' is a yes. */
  const asking: Transport = {
    ...tcp,
    name: 'asking',
    async handshake(raw) {
      const [answer] = (await new Promise<Buffer>((resolve, reject) => {
        raw.once('data', resolve);
        raw.once('close', () => reject(new HandshakeError('closed', 'the client was gone')));
        raw.resume();
      })) as unknown as number[];
      raw.pause();
      if (answer !== 'y'.charCodeAt(0)) throw new HandshakeError('failed', 'the client says no');
      return raw;
    },
  };

  function taking(outcome: Channel<unknown>, timeout?: number): Handler {
    return {
      startConnection: (socket, supervisor) =>
        supervisor.spawnLink(async (self) => {
          const taken = takeSocket(socket, self, timeout === undefined ? {} : { timeout });
          outcome.push(
            await taken.then(
              () => 'taken',
              (error: unknown) => error,
            ),
          );
          await self.sleep(1_000_000);
        }),
    };
  }

  test('does the handshake of the transport', async () => {
    const outcome = new Channel<unknown>();
    await using island = await TestIsland.start(taking(outcome), { transport: asking });
    await (await island.connect()).send('y');
    expect(await outcome.next()).toBe('taken');
    const refused = await island.connect();
    await refused.send('n');
    expect(await outcome.next()).toBeInstanceOf(HandshakeError);
    await refused.closed;
  });

  test.each([
    [undefined, {}, 5_000],
    [100, {}, 100],
    [undefined, { handshakeTimeout: 300 }, 300],
    [100, { handshakeTimeout: 300 }, 100],
  ])('gives up in time and closes: %p, %p', async (timeout, options, ms) => {
    const outcome = new Channel<unknown>();
    const all = { transport: asking, ...options };
    await using island = await TestIsland.start(taking(outcome, timeout), all);
    const client = await island.connect();
    await island.server.waitForConnections('==', 1);
    await settle(20);
    await island.clock.advance(ms - 1);
    expect(outcome.seen).toEqual([]);
    await island.clock.advance(1);
    expect(await outcome.next()).toMatchObject({ message: `the handshake took longer than ${ms} ms` });
    await client.closed;
  });

  test('gives up in the time that the server has for a handshake when no PROXY header comes', async () => {
    const outcome = new Channel<unknown>();
    const options = { proxyProtocol: 'required', handshakeTimeout: 300 } as const;
    await using island = await TestIsland.start(taking(outcome), options);
    const client = await island.connect();
    await island.server.waitForConnections('==', 1);
    await settle(20);
    await island.clock.advance(300);
    expect(await outcome.next()).toMatchObject({
      code: 'ISLAND_PROXY_PROTOCOL',
      message: expect.stringContaining('300'),
    });
    await client.closed;
  });
});
