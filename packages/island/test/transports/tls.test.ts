import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { type Handler, type TlsOptions, tls } from '../../src/index.ts';
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

  test('carries much in both directions at once', async () => {
    await using served = await island();
    await using connection = await connect(served);
    const much = Buffer.alloc(4 * 1024 * 1024, 'x');
    const [back] = await Promise.all([connection.read(much.length), connection.send(much)]);
    expect(back.equals(much)).toBe(true);
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
