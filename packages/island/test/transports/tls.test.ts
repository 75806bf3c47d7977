import type { ConnectionOptions, TLSSocket } from 'node:tls';
import { type Handler, type TlsOptions, tls } from '../../src/index.ts';
import { Authority, type Certificate } from '../support/certificates.ts';
import { Channel } from '../support/channel.ts';
import { Client } from '../support/client.ts';
import { TestIsland } from '../support/test-island.ts';

let authority: Authority;
let certificate: Certificate;
let client: Certificate;

beforeAll(async () => {
  authority = await Authority.make();
  [certificate, client] = await Promise.all([authority.issue('a.example'), authority.issue('client')]);
});

/** Tells how it is connected, and says everything back. */
const echo: Handler = { handleData: (data, socket) => socket.send(data) };
const informing: Handler = {
  handleConnection: (socket) => socket.send(`${JSON.stringify(socket.connectionInformation())}\n`),
};

async function island(options: Partial<TlsOptions> = {}, handler: Handler = echo): Promise<TestIsland> {
  return TestIsland.start(handler, { transport: tls({ ...certificate, ...options }) });
}

async function connect({ server }: TestIsland, options: ConnectionOptions = {}): Promise<Client> {
  return Client.secure(server.port, { ca: authority.cert, ...options });
}

async function information(served: TestIsland, options: ConnectionOptions = {}): Promise<unknown> {
  await using connection = await connect(served, options);
  const bytes: Buffer[] = [];
  for (let byte = await connection.read(1); byte[0] !== 10; byte = await connection.read(1)) bytes.push(byte);
  return JSON.parse(Buffer.concat(bytes).toString());
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
    await using served = await island({}, { handleData: (data, socket) => socket.send(data), handleClose: () => void ends.push('close') });
    await using connection = await connect(served, { allowHalfOpen: true } as ConnectionOptions);
    connection.end('last words');
    expect((await connection.readAll()).toString()).toBe('last words');
    expect(await ends.next()).toBe('close');
  });

  test('tells how the connection is secured', async () => {
    await using served = await island({ alpn: ['smtp', 'h2'] }, informing);
    const told = await information(served, { servername: 'a.example', ALPNProtocols: ['h2', 'smtp'] });
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
