import { once } from 'node:events';
import { connect } from 'node:net';
import { Duplex } from 'node:stream';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { close, type Handler, switchTransport, tls } from '../../src/index.ts';
import { Authority, type Certificate } from '../support/certificates.ts';
import { Channel } from '../support/channel.ts';
import { TestIsland } from '../support/test-island.ts';

let certificate: Certificate;

beforeAll(async () => {
  const authority = await Authority.make();
  certificate = await authority.issue('a.example');
});

/** What lies between a client's TLS and its socket: it keeps what the server says. */
class Tap extends Duplex {
  readonly #raw;
  readonly #heard: Buffer[] = [];

  constructor(port: number) {
    super();
    this.#raw = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    this.#raw.on('data', (chunk) => {
      this.#heard.push(chunk);
      this.push(chunk);
    });
    this.#raw.on('end', () => {
      this.push(null);
      this.#raw.end();
    });
    this.#raw.on('error', () => {});
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#raw.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#raw.end(done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#raw.destroy();
    done(error);
  }

  /** The lengths of the records that the server has sent under its keys, once it has closed. RFC 8446 section 5.1. */
  async sealedRecords(): Promise<number[]> {
    if (!this.#raw.closed) await once(this.#raw, 'close');
    const bytes = Buffer.concat(this.#heard);
    const lengths: number[] = [];
    for (let at = 0; at < bytes.length; at += 5 + bytes.readUInt16BE(at + 3))
      if (bytes[at] === 23) lengths.push(bytes.readUInt16BE(at + 3));
    return lengths;
  }
}

/** An alert and the byte that says that it is one, and what seals them. */
const GOODBYE = 2 + 1 + 16;
const WORD = 'a word that no alert is as long as';
const lenient: ConnectionOptions = { rejectUnauthorized: false, minVersion: 'TLSv1.3' };

async function secured(tap: Tap): Promise<TLSSocket> {
  const client = connectTls({ ...lenient, socket: tap });
  client.on('error', () => {});
  await once(client, 'secureConnect');
  return client;
}

describe('a connection over TLS says goodbye, so that nobody takes it for cut off', () => {
  const endings: [string, Handler, (client: TLSSocket, island: TestIsland) => unknown][] = [
    ['when the client has said it first', {}, (client) => client.end()],
    ['when the handler closes it', { handleData: () => close() }, (client) => client.write('x')],
    ['when the server stops', {}, (_client, island) => island.server.stop()],
    [
      'when the handler has failed',
      { handleData: () => Promise.reject(new Error('failed')) },
      (client) => client.write('x'),
    ],
  ];

  test.each(endings)('%s', async (_when, handler, end) => {
    await using island = await TestIsland.start(
      { handleConnection: (socket) => socket.send(WORD), ...handler },
      { transport: tls({ ...certificate }) },
    );
    const tap = new Tap(island.server.port);
    const client = await secured(tap);
    expect(String((await once(client, 'data'))[0])).toBe(WORD);
    const records = tap.sealedRecords();
    void end(client, island);
    expect((await records).at(-1)).toBe(GOODBYE);
    client.destroy();
  });
});

describe('what is sent before TLS stands does not go out in the clear', () => {
  test('by a callback that is told that the handshake cannot be: it is refused', async () => {
    const tried = new Channel<unknown>();
    await using island = await TestIsland.start(
      {
        handleError(_reason, socket) {
          tried.push(socket.isSecure);
          socket.send('secret').catch((error) => tried.push(error));
          socket.sendfile(__filename).catch((error) => tried.push(error));
        },
      },
      { transport: tls({ ...certificate }), proxyProtocol: 'required' },
    );
    const client = await island.connect();
    await client.send('this is no header of a proxy');
    expect((await client.readAll()).toString()).toBe('');
    const refused = expect.objectContaining({ code: 'ISLAND_SOCKET_CLOSED' });
    expect(await tried.take(3)).toEqual([false, refused, refused]);
  });

  test('while a connection goes over to TLS: it waits, and is sent over that', async () => {
    const sent = new Channel<unknown>();
    let begin = () => {};
    const transport = tls({
      ...certificate,
      clientHello: () =>
        new Promise<undefined>((go) => {
          begin = () => go(undefined);
        }),
    });
    await using island = await TestIsland.start({
      async handleData(data, socket) {
        if (socket.isSecure) return socket.send(data);
        await socket.send('go ahead');
        setImmediate(() =>
          setImmediate(() => {
            socket.send('secret').then(
              () => sent.push('sent'),
              (error) => sent.push(error),
            );
            begin();
          }),
        );
        return switchTransport(transport);
      },
    });
    const client = await island.connect();
    await client.send('STARTTLS');
    expect(await client.readText(8)).toBe('go ahead');
    await using over = await client.startTls({ rejectUnauthorized: false });
    expect(await over.readText(6)).toBe('secret');
    expect(await sent.next()).toBe('sent');
    await over.send('and on');
    expect(await over.readText(6)).toBe('and on');
  });
});
