import { ignore, Runtime, stop } from '@thousand-island/runtime';
import { settle } from '@thousand-island/runtime/testing';
import fc from 'fast-check';
import {
  close,
  error,
  type Handler,
  HandshakeError,
  type RawSocket,
  type ServerOptions,
  ThousandIsland,
  type Transport,
  takeSocket,
  tcp,
} from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { Client } from './support/client.ts';
import { processAt } from './support/processes.ts';
import { SpanAudit } from './support/span-audit.ts';
import { TestIsland } from './support/test-island.ts';

const boom = new Error('boom');

/** Does what the client says. */
const obedient: Handler = {
  handleConnection: (socket) => socket.send('hi'),
  handleData(data, socket) {
    switch (data.toString()) {
      case 'throw':
        throw boom;
      case 'reject':
        return Promise.reject(boom);
      case 'close':
        return close();
      case 'error':
        return error('nonsense');
      case 'timeout':
        return error('timeout');
      case 'later':
        return new Promise<never>(() => {});
      default:
        return socket.send(data);
    }
  },
  handleInfo: (message) => stop(message as string),
};

const throwing: Handler = {
  ...obedient,
  handleClose: () => Promise.reject(boom),
  handleShutdown: () => Promise.reject(boom),
};

/** TCP with a handshake of the test's. */
function withHandshake(handshake: (raw: RawSocket) => Promise<RawSocket>): Transport {
  return { name: 'test', listen: tcp.listen, handshake };
}

const failing = withHandshake(() => Promise.reject(new HandshakeError('failed', 'no')));
const stalling = withHandshake(() => new Promise(() => {}));

type Options = Omit<ServerOptions, 'handler'>;

interface Row {
  readonly what: string;
  readonly handler?: Handler;
  readonly options?: Options;
  readonly act: (island: TestIsland, client: Client) => unknown;
  /** The `error` of the connection's stop. */
  readonly error?: unknown;
}

const say = (word: string) => (_island: TestIsland, client: Client) => client.send(word);
const kill = (path: string) => async (island: TestIsland) => {
  island.runtime.sendExit(await processAt(island.runtime, island.server.pid, path), 'kill');
};

const code = (name: string): unknown => expect.objectContaining({ code: name });
const worker = 'acceptorSupervisor/acceptor-1/connectionSupervisor/connection';

const rows: readonly Row[] = [
  { what: 'is closed by the client', act: (_, client) => client.end() },
  { what: 'is broken by the client', act: (_, client) => client.reset(), error: code('ISLAND_SOCKET_ERROR') },
  { what: 'is closed by the handler', act: say('close') },
  { what: 'fails by the handler', act: say('error'), error: 'nonsense' },
  { what: 'is called too slow by the handler', act: say('timeout'), error: 'timeout' },
  { what: 'is silent for too long', act: (island) => island.clock.advance(60_000), error: 'timeout' },
  { what: 'throws', act: say('throw'), error: boom },
  { what: 'rejects', act: say('reject'), error: boom },
  { what: 'throws in its last callback', handler: throwing, act: say('close'), error: boom },
  { what: 'stops itself for a reason', act: (island) => sendTo(island, 'enough'), error: 'enough' },
  { what: 'stops itself as planned', act: (island) => sendTo(island, 'normal') },
  { what: 'stops itself by shutdown', act: (island) => sendTo(island, { shutdown: 'odd' }), error: 'odd' },
  { what: 'is killed', act: kill(worker), error: 'killed' },
  {
    what: 'is killed in a callback',
    act: async (island, client) => {
      await client.send('later');
      await settle();
      await kill(worker)(island);
    },
    error: 'killed',
  },
  { what: 'ends with the server', act: (island) => island.server.stop() },
  {
    what: 'is killed with the server',
    options: { shutdownTimeout: 'brutalKill' },
    act: (island) => island.server.stop(),
    error: 'killed',
  },
  {
    what: 'takes too long when the server stops',
    handler: { ...obedient, handleShutdown: () => new Promise<never>(() => {}) },
    act: async (island) => {
      const stopped = island.server.stop();
      await settle(island.runtime);
      await island.clock.advance(15_000);
      await stopped;
    },
    error: 'killed',
  },
  { what: 'outlives its acceptor', act: kill('acceptorSupervisor/acceptor-1/acceptorWorker') },
  {
    what: 'loses its supervisor',
    act: kill('acceptorSupervisor/acceptor-1/connectionSupervisor'),
    error: 'killed',
  },
  { what: 'loses its acceptor', act: kill('acceptorSupervisor/acceptor-1') },
  { what: 'loses its listener', act: kill('listener') },
  { what: 'loses its server', act: kill('') },
];

function sendTo(island: TestIsland, message: unknown): Promise<void> {
  return island.connection().then((pid) => island.runtime.send(pid, message));
}

describe('a connection that', () => {
  test.each(rows)('$what starts once and stops once, as all do around it', async (row) => {
    const { handler = obedient, options = {}, act } = row;
    const audit = new SpanAudit();
    await using island = await TestIsland.start(handler, { ...options, acceptors: 1, events: audit.events });
    const stops = Channel.of(audit.events, 'connection:stop');
    const client = await island.connect();
    await client.read(2);
    await island.clock.advance(3);
    await act(island, client);
    if (row.what === 'outlives its acceptor') client.end();
    const stopped = await stops.next();
    expect(stopped.error).toEqual(row.error);
    expect('error' in stopped).toBe('error' in row);
    await client.closed;
    await island.server.stop();
    expect(audit.started('connection').map(String)).toEqual([String(stopped.span)]);
    expect(audit.faults()).toEqual([]);
  });

  test.each([
    ['fails', failing, () => {}, code('ISLAND_HANDSHAKE_FAILED')],
    ['takes too long', stalling, (island) => island.clock.advance(5_000), code('ISLAND_HANDSHAKE_FAILED')],
    ['is killed', stalling, kill(worker), 'killed'],
    ['is interrupted by the end of the server', stalling, (island) => island.server.stop(), undefined],
  ] as [string, Transport, Row['act'], unknown][])(
    'has a handshake which %s starts once, is never ready, and stops once',
    async (_what, transport, act, failure) => {
      const audit = new SpanAudit();
      const options = { transport, acceptors: 1, events: audit.events };
      const starts = Channel.of(audit.events, 'connection:start');
      const readies = Channel.of(audit.events, 'connection:ready');
      const stops = Channel.of(audit.events, 'connection:stop');
      await using island = await TestIsland.start(obedient, options);
      const client = await island.connect();
      await starts.next();
      await settle(island.runtime);
      await act(island, client);
      expect((await stops.next()).error).toEqual(failure);
      await client.closed;
      await island.server.stop();
      expect(readies.seen).toEqual([]);
      expect(audit.started('connection')).toHaveLength(1);
      expect(audit.faults()).toEqual([]);
    },
  );

  test.each([
    ['ignores', () => ignore()],
    ['stops', () => stop('no')],
    [
      'throws',
      () => {
        throw boom;
      },
    ],
    ['ignores later', () => settle().then(ignore)],
    ['rejects', () => Promise.reject(boom)],
  ])('has an init which %s is no span, but a failure within that of its acceptor', async (_what, init) => {
    const audit = new SpanAudit();
    const failures = Channel.of(audit.events, 'acceptor:spawnError');
    await using island = await TestIsland.start({ init }, { acceptors: 1, events: audit.events });
    const client = await island.connect();
    const failure = await failures.next();
    await client.closed;
    await island.server.stop();
    expect(failures.seen).toHaveLength(1);
    expect([String(failure.span)]).toEqual(audit.started('acceptor').map(String));
    expect(failure.acceptor).toBe(failure.span.pid);
    expect(audit.started('connection')).toEqual([]);
    expect(audit.faults()).toEqual([]);
  });
});

test.each([
  ['that ends', 'normal', undefined],
  ['that crashes', boom, boom],
  ['that is killed', 'kill', 'killed'],
])('a connection of a process of ones own %s starts once and stops once', async (_what, reason, failure) => {
  const audit = new SpanAudit();
  const readies = Channel.of(audit.events, 'connection:ready');
  const stops = Channel.of(audit.events, 'connection:stop');
  const custom: Handler = {
    startConnection: (socket, supervisor) => ({
      kind: 'ok',
      pid: supervisor.spawnLink(async (self) => {
        await takeSocket(socket, self);
        await socket.send('hi');
        await socket.recv(1);
        return self.exit(reason);
      }),
    }),
  };
  await using island = await TestIsland.start(custom, { acceptors: 1, events: audit.events });
  const client = await island.connect();
  await client.read(2);
  await island.clock.advance(3);
  if (reason === 'kill') island.runtime.sendExit(await island.connection(), 'kill');
  else await client.send('x');
  const stopped = await stops.next();
  expect(stopped.error).toBe(failure);
  expect([stopped.durationMs, stopped.statistics.sentBytes]).toEqual([3, 2]);
  await client.closed;
  await island.server.stop();
  expect(readies.seen).toHaveLength(1);
  expect(audit.started('connection')).toHaveLength(1);
  expect(audit.faults()).toEqual([]);
});

test('an acceptor tells how many connections it has accepted, and a listener starts anew when it is resumed', async () => {
  const audit = new SpanAudit();
  const acceptors = Channel.of(audit.events, 'acceptor:stop');
  await using island = await TestIsland.start(obedient, { acceptors: 1, events: audit.events });
  const connect = async (): Promise<unknown> => (await island.connect()).read(2);
  await connect();
  await connect();
  await island.server.suspend();
  await island.server.suspend();
  await island.server.resume();
  await connect();
  await island.server.stop();
  expect(acceptors.seen).toHaveLength(1);
  expect((await acceptors.next()).connections).toBe(3);
  expect(audit.started('listener')).toHaveLength(2);
  expect(audit.started('connection').every(({ parent }) => parent === audit.started('acceptor')[0])).toBe(
    true,
  );
  expect(audit.faults()).toEqual([]);
});

test('whatever is done to a server, each span has one start and one stop', async () => {
  const path = fc.constantFrom(
    ...['listener', 'acceptorSupervisor', 'shutdownListener', 'acceptorSupervisor/acceptor-1'],
    ...['acceptorWorker', 'connectionSupervisor'].map((id) => `acceptorSupervisor/acceptor-2/${id}`),
  );
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.constant({ do: 'connect' as const }) },
    fc.record({ do: fc.constant('say' as const), word: fc.constantFrom('throw', 'close', 'error', 'x') }),
    fc.constantFrom({ do: 'end' as const }, { do: 'reset' as const }),
    fc.constantFrom({ do: 'suspend' as const }, { do: 'resume' as const }),
    fc.record({ do: fc.constant('kill' as const), path }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.boolean(), async (steps, isBrutal) => {
      const audit = new SpanAudit();
      const options: Options = isBrutal ? { shutdownTimeout: 'brutalKill' } : {};
      const island = await TestIsland.start(obedient, { ...options, acceptors: 2, events: audit.events });
      const clients: Client[] = [];
      for (const each of steps) {
        const client = clients.at(-1);
        if (each.do === 'connect') {
          const connected = await island.connect().catch(() => undefined);
          if (connected !== undefined) clients.push(connected);
        } else if (each.do === 'say') await client?.send(each.word).catch(() => {});
        else if (each.do === 'end') clients.pop()?.end();
        else if (each.do === 'reset') await clients.pop()?.reset();
        else if (each.do === 'suspend') await island.server.suspend().catch(() => {});
        else if (each.do === 'resume') await island.server.resume().catch(() => {});
        else await kill(each.path)(island).catch(() => {});
        await island.clock.advance(1);
      }
      await island[Symbol.asyncDispose]();
      expect(audit.faults()).toEqual([]);
      expect(audit.started('acceptor').length).toBeGreaterThanOrEqual(2);
    }),
    { numRuns: 40 },
  );
});

test('on the machine’s own clock a connection lasts from its start to its stop, and never less than nothing', async () => {
  const runtime = new Runtime();
  await using server = await ThousandIsland.start(
    { host: '127.0.0.1', port: 0, handler: { handleConnection: () => close() } },
    runtime,
  );
  const starts = Channel.of(server.events, 'connection:start');
  const stops = Channel.of(server.events, 'connection:stop');
  for (let count = 0; count < 20; count++) {
    await using client = await Client.connect(server.port);
    client.end();
    const [started, stopped] = [await starts.next(), await stops.next()];
    expect(stopped.durationMs).toBeGreaterThanOrEqual(0);
    expect(stopped.time - started.time).toBe(stopped.durationMs);
  }
});
