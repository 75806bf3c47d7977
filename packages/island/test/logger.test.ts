import { close, type Handler, Logger, type LogLevel, type LogSink, ThousandIsland } from '../src/index.ts';
import { TestIsland, TestRuntime } from './support/test-island.ts';

/** A logger that keeps what it is given, as lines: the level, the event, what is said. */
class Sink implements LogSink {
  readonly lines: string[] = [];
  readonly fields: Readonly<Record<string, unknown>>[] = [];
  readonly error = this.#taker('error');
  readonly info = this.#taker('info');
  readonly debug = this.#taker('debug');
  readonly trace = this.#taker('trace');

  #taker(level: LogLevel): LogSink[LogLevel] {
    return (fields, message) => {
      this.lines.push(`${level} ${fields.event} ${message}`);
      this.fields.push(fields);
    };
  }

  get levels(): string {
    return [...new Set(this.lines.map((line) => line.split(' ')[0]))].sort().join(' ');
  }

  of(event: string): Readonly<Record<string, unknown>>[] {
    return this.fields.filter((each) => each.event === event);
  }
}

const boom = new Error('boom');
let unborn = 0;
const handler: Handler = {
  init() {
    if (unborn-- > 0) throw boom;
  },
  handleData: (data, socket) => {
    socket.send(['to ', data]);
    return close();
  },
};

/** Lets one client fail and one be served. */
async function visit(island: TestIsland): Promise<void> {
  unborn = 1;
  await (await island.connect()).closed;
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = island.server.events.on('connection:stop', () => resolve());
  });
  const client = await island.connect();
  await client.send('you');
  await client.closed;
  await ended;
  end();
}

describe('a logger', () => {
  test.each([
    ['error', 'error'],
    ['info', 'error info'],
    ['debug', 'debug error info'],
    ['trace', 'debug error info trace'],
  ] as [LogLevel, string][])('that is attached at %s logs at %s', async (level, levels) => {
    const sink = new Sink();
    {
      await using island = await TestIsland.start(handler, { acceptors: 1 });
      const logger = new Logger(sink, island.server.events);
      expect(logger.level).toBeUndefined();
      logger.attach(level);
      expect(logger.level).toBe(level);
      await visit(island);
    }
    expect(sink.levels).toBe(levels);
    expect(sink.of('acceptor:spawnError')).toEqual([
      { event: 'acceptor:spawnError', acceptor: expect.stringMatching(/^<[\d.]+>$/), err: boom },
    ]);
    expect(sink.of('connection:stop')).toHaveLength(level === 'error' || level === 'info' ? 0 : 1);
  });

  test('says what happens in words, with fields that are safe to turn into JSON', async () => {
    const sink = new Sink();
    let port: number;
    {
      await using island = await TestIsland.start(handler, { acceptors: 1 });
      ({ port } = island.server);
      using logger = new Logger(sink, island.server.events);
      logger.attach('trace');
      await visit(island);
      await island.server.stop();
    }
    const address = `127.0.0.1:${port}`;
    expect(sink.lines).toEqual([
      'error acceptor:spawnError a connection could not be started',
      'debug connection:start a connection has started',
      'trace connection:ready a connection is ready',
      'trace connection:asyncRecv data has come',
      'trace connection:send data was sent',
      'debug connection:stop a connection has ended',
      'debug server:status the server is somewhere else in its life',
      'info listener:stop the server listens no more',
      'info server:drained the connections are drained',
      'debug acceptor:stop an acceptor has stopped',
      'debug server:status the server is somewhere else in its life',
    ]);
    expect(JSON.parse(JSON.stringify(sink.of('listener:stop')))).toEqual([
      { event: 'listener:stop', address, durationMs: 0 },
    ]);
    const [start] = sink.of('connection:start');
    expect(start).toEqual({
      event: 'connection:start',
      connection: expect.stringMatching(/^<[\d.]+>$/),
      remote: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      span: expect.stringMatching(/^[\da-f]{16}$/),
    });
    expect(sink.of('connection:send')).toEqual([
      { ...start, event: 'connection:send', bytes: 6, data: 'to you' },
    ]);
    expect(sink.of('connection:stop')).toEqual([
      {
        ...start,
        event: 'connection:stop',
        durationMs: 0,
        receivedBytes: 3,
        receivedCount: 1,
        sentBytes: 6,
        sentCount: 1,
      },
    ]);
  });

  test('shows the beginning of the data, and how much there was', async () => {
    const sink = new Sink();
    await using island = await TestIsland.start({
      async handleConnection(socket) {
        await socket.send(['é'.repeat(100), Buffer.alloc(1_000, '*'), 'more']);
        return close();
      },
    });
    using logger = new Logger(sink, island.server.events);
    logger.attach('trace');
    await (await island.connect()).closed;
    const [{ bytes, data } = {}] = sink.of('connection:send');
    expect(bytes).toBe(1_204);
    expect(data).toBe(`${'é'.repeat(100)}${'*'.repeat(56)}`);
  });

  test('logs nothing any more at the level that is detached, and at those before it', async () => {
    const sink = new Sink();
    await using island = await TestIsland.start(handler);
    const { events } = island.server;
    const logger = new Logger(sink, events);
    logger.attach('trace');
    expect(logger.detach('info')).toBe(true);
    expect(logger.level).toBe('trace');
    await visit(island);
    expect(sink.levels).toBe('debug trace');
    expect(logger.detach('info')).toBe(false);
    expect(logger.detach('trace')).toBe(true);
    expect(logger.level).toBeUndefined();
    expect(Object.values(events.topics).some(({ isWanted }) => isWanted)).toBe(false);
  });

  test('is attached once at a level; what is attached before it is not logged twice', async () => {
    const sink = new Sink();
    await using island = await TestIsland.start(handler);
    using logger = new Logger(sink, island.server.events);
    logger.attach('info');
    logger.attach('debug');
    for (const level of ['error', 'info', 'debug'] as const) {
      expect(() => logger.attach(level)).toThrow(
        expect.objectContaining({
          code: 'ISLAND_LOGGER_ATTACHED',
          message: `the logger is attached at ${level} already`,
        }),
      );
    }
    await visit(island);
    expect(sink.of('acceptor:spawnError')).toHaveLength(1);
    expect(sink.of('connection:start')).toHaveLength(1);
    logger.detach('debug');
    logger.attach('debug');
    await visit(island);
    expect(sink.of('connection:start')).toHaveLength(2);
  });

  test('without a server logs those of all', async () => {
    const sink = new Sink();
    using logger = new Logger(sink);
    logger.attach('info');
    await using runtime = new TestRuntime();
    const ports: number[] = [];
    for (let count = 0; count < 2; count++) {
      await using server = await ThousandIsland.start({ port: 0, host: '127.0.0.1', handler }, runtime);
      ports.push(server.port);
    }
    expect(sink.of('listener:start').map(({ address }) => address)).toEqual(
      ports.map((port) => `127.0.0.1:${port}`),
    );
    logger.detach('info');
    await using server = await ThousandIsland.start({ port: 0, host: '127.0.0.1', handler }, runtime);
    expect(server.port).toBeGreaterThan(0);
    expect(sink.of('listener:start')).toHaveLength(2);
  });

  test('needs the events of a server, if any', () => {
    expect(() => new Logger(new Sink(), {} as never)).toThrow('events must be a bus made by islandEvents()');
  });

  test('needs a sink with a method for each level, and a level', () => {
    expect(() => new Logger({ error: () => {} } as unknown as LogSink)).toThrow(
      'sink must be an object with the methods error, info, debug, trace, not { error: [Function: error] }',
    );
    const logger = new Logger(console);
    for (const call of [logger.attach, logger.detach]) {
      expect(() => call.call(logger, 'warn' as LogLevel)).toThrow(
        "level must be 'error' or 'info' or 'debug' or 'trace', not 'warn'",
      );
    }
  });
});

test('a sink that throws harms no connection', async () => {
  const thrown: unknown[] = [];
  const original = process.nextTick;
  const spy = jest.spyOn(process, 'nextTick').mockImplementation((callback, ...parameters) =>
    original(() => {
      try {
        callback(...parameters);
      } catch (error) {
        thrown.push(error);
      }
    }),
  );
  try {
    const sink = new Sink();
    await using island = await TestIsland.start(handler, { acceptors: 1 });
    const trace = (): never => {
      throw boom;
    };
    using logger = new Logger({ ...sink, trace }, island.server.events);
    logger.attach('trace');
    await visit(island);
    expect(sink.of('connection:stop')).toHaveLength(1);
    expect(island.runtime.crashes).toEqual([]);
    expect(thrown).toEqual([boom, boom, boom]);
  } finally {
    spy.mockRestore();
  }
});
