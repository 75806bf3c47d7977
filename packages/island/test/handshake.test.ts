import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { settle } from '@thousand-island/runtime/testing';
import {
  type Handler,
  HandshakeError,
  type RawSocket,
  switchTransport,
  switchTransportWith,
  type Transport,
  tcp,
} from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { TestIsland } from './support/test-island.ts';

/** TCP whose clients have to say the password before anything else. What comes behind it is put back. */
function guarded(password: string): Transport {
  const handshake = (raw: RawSocket): Promise<RawSocket> => {
    return new Promise((resolve, reject) => {
      let said = Buffer.alloc(0);
      const onClose = (): void => reject(new HandshakeError('closed', 'gone'));
      const onData = (chunk: Buffer): void => {
        said = Buffer.concat([said, chunk]);
        if (said.length < password.length) return;
        raw.pause();
        raw.off('data', onData);
        raw.off('close', onClose);
        if (said.subarray(0, password.length).toString() !== password) {
          reject(new HandshakeError('failed', 'a wrong password'));
          return;
        }
        raw.unshift(said.subarray(password.length));
        raw.write('welcome ');
        resolve(raw);
      };
      raw.on('data', onData);
      raw.on('close', onClose);
      raw.resume();
    });
  };
  return { name: 'guarded', isSecure: true, listen: tcp.listen, handshake, upgrade: handshake };
}

/** All that a client has said, once it has said goodbye; what is written goes to the client. */
class Letter extends Duplex implements RawSocket {
  readonly bytesRead = 0;
  readonly bytesWritten = 0;
  readonly #raw: RawSocket;

  constructor(raw: RawSocket, text: Buffer) {
    super();
    this.#raw = raw;
    this.push(text);
    this.push(null);
    this.pause();
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#raw.write(chunk, done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#raw.end();
    done(error);
  }
}

/** Tells what happens to it, and answers in capitals. */
function loud(log: Channel<unknown>): Handler {
  return {
    handleConnection: (socket) => {
      log.push('connected');
      return socket.send('HI ');
    },
    handleData: (data, socket) => socket.send(data.toString().toUpperCase()),
    handleClose: () => void log.push('close'),
    handleError: (reason) => void log.push(reason),
    handleShutdown: () => void log.push('shutdown'),
  };
}

/** Goes on over another transport when it is told to, and tells what it has heard over which. */
function switching(transport: Transport, heard: Channel<unknown>): Handler {
  return {
    async handleData(data, socket) {
      const [line = '', ...rest] = data.toString().split('\n');
      heard.push(`${socket.transport.name}${socket.isSecure ? ' secure' : ''}: ${line}`);
      if (line !== 'switch') return undefined;
      await socket.send('go ');
      return switchTransport(transport, { unread: Buffer.from(rest.join('\n')) });
    },
    handleError: (reason) => void heard.push(reason),
  };
}

describe('a transport with a handshake', () => {
  test('ends the connection if the client is gone when it is done, before anything of it is handled', async () => {
    const log = new Channel<unknown>();
    const handshake = async (raw: RawSocket): Promise<RawSocket> => raw.destroy();
    const transport: Transport = { name: 'too late', listen: tcp.listen, handshake };
    await using island = await TestIsland.start(loud(log), { transport });
    await (await island.connect()).closed;
    expect(await log.next()).toEqual(
      expect.objectContaining({ code: 'ISLAND_HANDSHAKE_FAILED', reason: 'closed' }),
    );
    await settle();
    expect(log.seen).toHaveLength(1);
  });

  test('hears of a client that has said goodbye while it was under way', async () => {
    const log = new Channel<unknown>();
    const handshake = async (raw: RawSocket): Promise<RawSocket> => {
      raw.resume();
      await once(raw, 'end');
      return raw;
    };
    const transport: Transport = { name: 'late', listen: tcp.listen, handshake };
    await using island = await TestIsland.start(loud(log), { transport });
    const client = await island.connect();
    client.end();
    expect(await client.readText(3)).toBe('HI ');
    await client.closed;
    expect(log.seen).toEqual(['connected', 'close']);
  });

  test('loses nothing that was said before a goodbye that came while it was under way', async () => {
    const log = new Channel<unknown>();
    const handshake = async (raw: RawSocket): Promise<RawSocket> => {
      const chunks: Buffer[] = [];
      for await (const chunk of raw.iterator({ destroyOnReturn: false })) chunks.push(chunk);
      return new Letter(raw, Buffer.concat(chunks));
    };
    const transport: Transport = { name: 'letters', listen: tcp.listen, handshake };
    await using island = await TestIsland.start(loud(log), { transport });
    const client = await island.connect();
    await client.send('hello');
    client.end();
    expect(await client.readText(8)).toBe('HI HELLO');
    await client.closed;
    expect(log.seen).toEqual(['connected', 'close']);
  });

  test('is not begun when the server is drained before that', async () => {
    const log = new Channel<unknown>();
    const made = new Channel<void>();
    const handshake = async (raw: RawSocket): Promise<RawSocket> => {
      log.push('handshake');
      return raw;
    };
    const transport: Transport = { name: 'lazy', listen: tcp.listen, handshake };
    const handler: Handler = { ...loud(log), init: () => made.next() };
    await using island = await TestIsland.start(handler, { transport });
    const client = await island.connect();
    while ((await island.server.connections()).length === 0) await settle();
    const stopped = island.server.stop();
    await settle();
    made.push();
    expect(await stopped).toEqual({ told: 1, finished: 1, forced: 0 });
    await client.closed;
    expect(log.seen).toEqual([]);
  });

  test('is talked over after it, and what came behind it is not lost', async () => {
    const log = new Channel<unknown>();
    await using island = await TestIsland.start(loud(log), { transport: guarded('sesame') });
    const client = await island.connect();
    await client.send('ses');
    await settle();
    expect(log.seen).toEqual([]);
    await client.send('amehello');
    expect(await client.readText(16)).toBe('welcome HI HELLO');
  });

  test('that fails ends the connection with its error, and its place is free', async () => {
    const log = new Channel<unknown>();
    const options = { transport: guarded('sesame'), acceptors: 1, maxConnections: 1 };
    await using island = await TestIsland.start(loud(log), options);
    const stops = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect();
    await client.send('barley');
    await client.closed;
    expect(await log.next()).toMatchObject({ code: 'ISLAND_HANDSHAKE_FAILED', reason: 'failed' });
    expect(await stops.next()).toMatchObject({ error: { code: 'ISLAND_HANDSHAKE_FAILED' } });
    const next = await island.connect();
    await next.send('sesame');
    expect(await next.readText(11)).toBe('welcome HI ');
    expect(island.runtime.crashes).toEqual([]);
  });

  test('that takes too long frees the socket and its place', async () => {
    const log = new Channel<unknown>();
    await using island = await TestIsland.start(loud(log), { transport: guarded('sesame') });
    const started = Channel.of(island.server.events, 'connection:start');
    const client = await island.connect();
    await client.send('ses');
    await started.next();
    await settle();
    island.clock.advance(4_999);
    await settle();
    expect(log.seen).toEqual([]);
    island.clock.advance(1);
    await client.closed;
    expect(await log.next()).toMatchObject({ code: 'ISLAND_HANDSHAKE_FAILED', reason: 'timeout' });
    await settle();
    expect(await island.server.connections()).toEqual([]);
  });

  test('that is broken off by the client ends the connection', async () => {
    const log = new Channel<unknown>();
    await using island = await TestIsland.start(loud(log), { transport: guarded('sesame') });
    const started = Channel.of(island.server.events, 'connection:start');
    const stops = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect();
    await started.next();
    await client.reset();
    expect(await log.next()).toMatchObject({ reason: 'closed' });
    await stops.next();
    expect(await island.server.connections()).toEqual([]);
  });

  test('does not make the server wait when it stops', async () => {
    const log = new Channel<unknown>();
    await using island = await TestIsland.start(loud(log), { transport: guarded('sesame') });
    const started = Channel.of(island.server.events, 'connection:start');
    const stops = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect();
    await started.next();
    expect(await island.server.stop()).toEqual({ told: 1, finished: 1, forced: 0 });
    await client.closed;
    expect(log.seen).toEqual([]);
    expect(stops.seen).toHaveLength(1);
  });
});

describe('a connection that is switched to another transport', () => {
  test('goes on over that, with a new state', async () => {
    await using island = await TestIsland.start<number>(
      {
        handleData(data, socket, count) {
          const said = data.toString();
          if (said === 'switch') return switchTransportWith((count as number) + 1, guarded('sesame'));
          return socket.send(`${said} ${socket.transport.name} ${count}`);
        },
      },
      { handlerOptions: 7 },
    );
    const client = await island.connect();
    await client.send('switch');
    await settle();
    await client.send('sesame');
    expect(await client.readText(8)).toBe('welcome ');
    await client.send('yes');
    expect(await client.readText(13)).toBe('yes guarded 8');
  });

  test('loses nothing that was sent behind the request to switch', async () => {
    const heard = new Channel<unknown>();
    await using island = await TestIsland.start(switching(guarded('sesame'), heard));
    const client = await island.connect();
    await client.send('hello\n');
    expect(await heard.next()).toBe('tcp: hello');
    await client.send('switch\nsesame' + 'secret\n');
    expect(await client.readText(11)).toBe('go welcome ');
    expect(await heard.take(2)).toEqual(['tcp: switch', 'guarded secure: secret']);
  });

  test('takes nothing that was smuggled in ahead of the handshake for secure', async () => {
    const heard = new Channel<unknown>();
    await using island = await TestIsland.start(switching(guarded('sesame'), heard));
    const client = await island.connect();
    await client.send('switch\nsmuggled\nsesame');
    await client.closed;
    expect(await heard.take(2)).toEqual([
      'tcp: switch',
      expect.objectContaining({ code: 'ISLAND_HANDSHAKE_FAILED', reason: 'failed' }),
    ]);
  });

  test('ends when the client takes too long', async () => {
    const heard = new Channel<unknown>();
    await using island = await TestIsland.start(switching(guarded('sesame'), heard), {
      handshakeTimeout: 50,
    });
    const client = await island.connect();
    await client.send('switch\n');
    await client.readText(3);
    await settle();
    island.clock.advance(50);
    await client.closed;
    expect(await heard.take(2)).toEqual(['tcp: switch', expect.objectContaining({ reason: 'timeout' })]);
  });

  test.each([
    ['has no upgrade', tcp, tcp],
    ['has no upgrade to something less secure', tcp, guarded('')],
  ])('to one that %s ends with an error', async (_, to, from) => {
    const heard = new Channel<unknown>();
    await using island = await TestIsland.start(switching(to, heard), { transport: from });
    const client = await island.connect();
    await client.send('switch\n');
    await client.closed;
    expect(await heard.take(2)).toEqual([
      expect.stringContaining('switch'),
      expect.objectContaining({ code: 'ISLAND_UNSUPPORTED_UPGRADE' }),
    ]);
  });
});
