import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { type Handler, type RawSocket, tls } from '../../src/index.ts';
import { rawOf, TlsHandshakes } from '../../src/transports/tls-handshakes.ts';
import { Authority, type Certificate } from '../support/certificates.ts';
import { Channel } from '../support/channel.ts';
import { Client } from '../support/client.ts';
import { TestIsland } from '../support/test-island.ts';
import { echoing } from '../support/tls-peer.ts';

let certificate: Certificate;

beforeAll(async () => {
  certificate = await (await Authority.make()).issue('a.example');
});

/** Sends what is written first, and everything else in one piece when it is told to end. */
class Hoarder extends Duplex {
  readonly #raw: Socket;
  readonly #hoard: Buffer[] = [];
  #first = true;

  constructor(raw: Socket) {
    super();
    this.#raw = raw;
    raw.on('data', (chunk) => this.push(chunk));
    raw.on('end', () => this.push(null));
    raw.on('close', () => this.destroy());
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (this.#first) this.#raw.write(chunk);
    else this.#hoard.push(chunk);
    this.#first = false;
    done();
  }

  override _final(done: () => void): void {
    this.#raw.end(Buffer.concat(this.#hoard), done);
  }
}

describe('a connection over TLS', () => {
  test.each([
    ['last words', 'last words'],
    ['nothing', ''],
  ])(
    'of which the end comes along with that of the handshake, with %s in between: hears it all',
    async (_, words) => {
      const heard = new Channel<string>();
      const handler: Handler = {
        handleData: (data) => void heard.push(data.toString()),
        handleClose: () => void heard.push('close'),
        handleError: (reason) => void heard.push(String(reason)),
      };
      await using island = await TestIsland.start(handler, { transport: tls({ ...certificate }) });
      const raw = connect(island.server.port, '127.0.0.1');
      raw.on('error', () => {});
      const secured = connectTls({ socket: new Hoarder(raw), rejectUnauthorized: false });
      secured.on('error', () => {});
      await once(secured, 'secureConnect');
      secured.end(words);
      if (words !== '') expect(await heard.next()).toBe(words);
      expect(await heard.next()).toBe('close');
      await once(raw, 'close');
    },
  );

  test('that is fed something else after the handshake ends with an error, and no other does', async () => {
    const failures = new Channel<unknown>();
    await using island = await TestIsland.start(echoing(failures), { transport: tls({ ...certificate }) });
    await using other = await Client.secure(island.server.port, { rejectUnauthorized: false });
    const raw = await island.connect();
    await using client = await raw.startTls({ rejectUnauthorized: false });
    await client.send('!');
    await client.read(1);
    raw.socket.write('this is in the clear');
    expect(await failures.next()).toMatchObject({ code: 'ISLAND_SOCKET_ERROR' });
    await client.closed;
    await other.send('fine');
    expect(await other.readText(4)).toBe('fine');
    expect(island.runtime.crashes).toEqual([]);
  });

  // No time passes in this test: what waited for sendTimeout would wait for ever.
  test('whose client is gone when it is sent its session tickets does not wait for it', async () => {
    await using island = await TestIsland.start(echoing(new Channel<unknown>()), {
      transport: tls({ ...certificate }),
    });
    const starts = Channel.of(island.server.events, 'connection:start');
    const stops = Channel.of(island.server.events, 'connection:stop');
    for (let index = 0; index < 10; index++) {
      const raw = connect(island.server.port, '127.0.0.1').on('error', () => {});
      const client = connectTls({ socket: raw, rejectUnauthorized: false }).on('error', () => {});
      await once(client, 'secureConnect');
      client.write('x');
      raw.resetAndDestroy();
    }
    await starts.take(10);
    await stops.take(10);
    await island.server.waitForConnections('==', 0);
  });

  test('is no burden to others when many break off at any moment', async () => {
    const warnings: string[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning.message);
    process.on('warning', onWarning);
    const handler: Handler = {
      handleData: (data, socket) => (data.length < 10 ? socket.send(data) : undefined),
    };
    await using island = await TestIsland.start(handler, { transport: tls({ ...certificate }) });
    const { port } = island.server;
    const stops = Channel.of(island.server.events, 'connection:stop');
    const count = 60;
    for (let index = 0; index < count; index++) {
      const raw = connect(port, '127.0.0.1');
      raw.on('error', () => {});
      const breakOff = (): unknown => raw.resetAndDestroy();
      if (index % 3 === 0) raw.once('data', breakOff);
      // Only through a stream is the raw socket heard when TLS lies over it.
      const socket = index % 3 === 0 ? new Hoarder(raw) : raw;
      const secured = connectTls({ socket, rejectUnauthorized: false });
      secured.on('error', () => {});
      if (index % 3 === 1) secured.once('secureConnect', breakOff);
      if (index % 3 === 2) {
        secured.once('secureConnect', () => {
          secured.write('x'.repeat(50_000));
          setImmediate(breakOff);
        });
      }
    }
    await stops.take(count);
    await using client = await Client.secure(port, { rejectUnauthorized: false });
    await client.send('fine');
    expect(await client.readText(4)).toBe('fine');
    expect(island.runtime.crashes).toEqual([]);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });
});

describe('TlsHandshakes', () => {
  const policy = { requestCert: false, rejectUnauthorized: true, failIfNoPeerCert: true };

  /** One connection, from both sides. */
  async function pair(): Promise<{ raw: Socket; client: Socket }> {
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as { port: number }).port, '127.0.0.1');
    client.on('error', () => {});
    const [raw] = (await once(server, 'connection')) as [Socket];
    raw.on('error', () => {});
    server.close();
    return { raw, client };
  }

  test('leaves the socket half open if it was, with no more listeners than Node needs, and knows which it was', async () => {
    const { raw, client } = await pair();
    const secured = new TlsHandshakes({ ...certificate }, policy).secure(raw);
    const other = connectTls({ socket: client, rejectUnauthorized: false });
    await once(other, 'secureConnect');
    const socket = await secured;
    expect(socket).toBeInstanceOf(TLSSocket);
    expect(rawOf(socket)).toBe(raw);
    expect(socket.allowHalfOpen).toBe(true);
    for (const each of [raw, socket]) {
      for (const event of each.eventNames()) expect(each.listenerCount(event)).toBeLessThan(5);
    }
    other.destroy();
    socket.destroy();
    await once(raw, 'close');
  });

  test('has nothing to do with a socket that is destroyed, is a mere stream, or gives text', async () => {
    const { raw, client } = await pair();
    const handshakes = new TlsHandshakes({ ...certificate }, policy);
    const stream = new Duplex() as unknown as RawSocket;
    await expect(handshakes.secure(stream)).rejects.toMatchObject({ reason: 'failed' });
    raw.setEncoding('utf8');
    await expect(handshakes.secure(raw)).rejects.toMatchObject({ reason: 'failed' });
    raw.destroy();
    await expect(handshakes.secure(raw)).rejects.toMatchObject({ reason: 'closed' });
    client.destroy();
    stream.destroy();
  });

  test('rejects when the socket is destroyed in the middle', async () => {
    const { raw, client } = await pair();
    const secured = new TlsHandshakes({ ...certificate }, policy).secure(raw);
    raw.destroy();
    await expect(secured).rejects.toMatchObject({ reason: 'closed' });
    client.destroy();
  });
});
