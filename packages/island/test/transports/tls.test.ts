import { once } from 'node:events';
import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { settle } from '@thousand-island/runtime/testing';
import { READ_HIGH_WATER } from '../../src/inbox.ts';
import { type Handler, type RawSocket, type Socket, type TlsOptions, tls } from '../../src/index.ts';
import { Authority, type Certificate } from '../support/certificates.ts';
import { Channel } from '../support/channel.ts';
import { Client } from '../support/client.ts';
import { TestIsland } from '../support/test-island.ts';
import { echoing, informationFor, informing } from '../support/tls-peer.ts';

let authority: Authority;
let certificate: Certificate;

beforeAll(async () => {
  authority = await Authority.make();
  certificate = await authority.issue('a.example');
});

async function island(
  options: Partial<TlsOptions> = {},
  handler: Handler = echoing(new Channel()),
): Promise<TestIsland> {
  return TestIsland.start(handler, { transport: tls({ ...certificate, ...options }) });
}

function connect({ server }: TestIsland, options: ConnectionOptions = {}): Promise<Client> {
  return Client.secure(server.port, { ca: authority.cert, ...options });
}

describe('tls', () => {
  test('says everything back to a client that has checked the certificate', async () => {
    await using served = await island();
    await using connection = await connect(served);
    expect((connection.socket as TLSSocket).authorized).toBe(true);
    await connection.send('hello');
    expect(await connection.readText(5)).toBe('hello');
  });

  test('tells who listens to its stream in the encoding that was set', async () => {
    const transport = tls(certificate);
    const secured = new Channel<RawSocket>();
    await using served = await TestIsland.start(
      { handleData: () => {} },
      {
        transport: {
          name: 'lending',
          listen: (options, onSocket) => transport.listen(options, onSocket),
          handshake: async (raw) => {
            secured.push(await transport.handshake(raw));
            return new Promise<never>(() => {});
          },
        },
      },
    );
    await using connection = await connect(served);
    const raw = await secured.next();
    raw.setEncoding('hex').resume();
    const heard = once(raw, 'data');
    await connection.send('hello');
    expect(await heard).toEqual([Buffer.from('hello').toString('hex')]);
  });

  test('carries much in both directions at once', async () => {
    await using served = await island();
    await using connection = await connect(served);
    const much = Buffer.alloc(4 * 1024 * 1024, 'x');
    const [back] = await Promise.all([connection.read(much.length), connection.send(much)]);
    expect(back.equals(much)).toBe(true);
  });

  test('gives all that has come to a handler that lets it wait, in its order', async () => {
    const much = Buffer.from(Uint32Array.from({ length: 512 * 1024 }, (_, place) => place).buffer);
    await using served = await island(
      {},
      {
        handleData: async (data, socket) => {
          await settle(data.length % 3);
          await socket.send(data);
        },
      },
    );
    await using connection = await connect(served);
    const [back] = await Promise.all([connection.read(much.length), connection.send(much)]);
    expect(back.equals(much)).toBe(true);
  });

  test('reads no more than a bound ahead of a handler that is busy', async () => {
    const sockets = new Channel<Socket>();
    let goOn = (): void => {};
    const busy = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let handled = 0;
    await using served = await island(
      {},
      {
        handleConnection: (socket) => sockets.push(socket),
        handleData: async (data) => {
          handled += data.length;
          await busy;
        },
      },
    );
    await using connection = await connect(served);
    const much = Buffer.alloc(16 * 1024 * 1024);
    const flood = connection.send(much);
    const socket = await sockets.next();
    await stalled(() => socket.getstat().receivedBytes);
    const ahead = socket.getstat().receivedBytes;
    goOn();
    await flood;
    while (handled < much.length) await settle();
    // And what one more read brings, which may all come before the handler has had its first turn.
    expect(ahead).toBeLessThanOrEqual(READ_HIGH_WATER + 64 * 1024);
  });

  test('answers a client that has closed its side', async () => {
    const ends = new Channel<string>();
    await using served = await island(
      {},
      { handleData: (data, socket) => socket.send(data), handleClose: () => void ends.push('close') },
    );
    await using connection = await connect(served, { allowHalfOpen: true } as ConnectionOptions);
    connection.end('last words');
    expect((await connection.readAll()).toString()).toBe('last words');
    expect(await ends.next()).toBe('close');
  });

  test('tells how the connection is secured', async () => {
    await using served = await island({ alpn: ['smtp', 'h2'] }, informing);
    const told = await informationFor(served, { servername: 'a.example', ALPNProtocols: ['h2', 'smtp'] });
    expect(told).toEqual({
      protocol: 'TLSv1.3',
      cipher: 'TLS_AES_256_GCM_SHA384',
      cipherStandardName: 'TLS_AES_256_GCM_SHA384',
      sniHostname: 'a.example',
      alpn: 'smtp',
      sessionReused: false,
      authorized: false,
    });
  });
});

/** Waits until the count has stood still for a while. */
async function stalled(count: () => number): Promise<void> {
  let last = -1;
  for (let same = 0; same < 50; ) {
    await settle();
    const now = count();
    same = now === last ? same + 1 : 0;
    last = now;
  }
}
