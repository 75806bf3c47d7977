import { once } from 'node:events';
import { createConnection, type Socket as NetSocket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { encodeProxyHeaderV2, type Handler, type ProxyHeader, type SocketAddress } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { type Frontend, Haproxy, isInstalled } from './support/haproxy.ts';
import { TestIsland } from './support/test-island.ts';

const canRun = isInstalled('haproxy') && isInstalled('openssl');
if (!canRun) {
  process.stderr.write(
    '\n!!!! SKIPPED: haproxy or openssl is missing: a server was not tried behind a real proxy\n',
  );
}
const withHaproxy = canRun ? describe : describe.skip;

const CLIENT = { address: '192.0.2.7', port: 56_324, family: 'IPv4' };
const SERVER = { address: '198.51.100.9', port: 443, family: 'IPv4' };
/** What a proxy in front of haproxy would say: so the client has an address that no test could have. */
const FROM_OUTSIDE = encodeProxyHeaderV2({ source: CLIENT, destination: SERVER });
const DETAILS = 'ssl,cert-cn,ssl-cipher,cert-sig,cert-key,authority,unique-id,crc32c';

interface Seen {
  readonly peername: SocketAddress | undefined;
  readonly sockname: SocketAddress | undefined;
  readonly header: ProxyHeader | undefined;
}

/** Tells whom it is connected to, and sends back what it hears. */
function tells(seen: Channel<Seen>): Handler {
  return {
    handleConnection: (socket) => {
      seen.push({ peername: socket.peername(), sockname: socket.sockname(), header: socket.proxyHeader });
    },
    handleData: (data, socket) => socket.send(data),
  };
}

/** Says something through haproxy and waits for the echo. */
async function talk(socket: NetSocket): Promise<void> {
  socket.write('hello through the proxy');
  const [echo] = (await once(socket, 'data')) as [Buffer];
  expect(echo.toString()).toBe('hello through the proxy');
  const closed = once(socket, 'close');
  socket.destroy();
  await closed;
}

withHaproxy('a server behind a real haproxy', () => {
  async function behind(island: TestIsland, frontend: Omit<Frontend, 'name'>): Promise<Haproxy> {
    return Haproxy.start([{ name: 'front', port: island.server.port, ...frontend }]);
  }

  test.each(['send-proxy', 'send-proxy-v2', `send-proxy-v2 proxy-v2-options ${DETAILS}`])(
    'knows the client by %s',
    async (server) => {
      const seen = new Channel<Seen>();
      await using island = await TestIsland.start(tells(seen), { proxyProtocol: 'required' });
      const starts = Channel.of(island.server.events, 'connection:start');
      await using haproxy = await behind(island, { bind: 'accept-proxy', server });
      const socket = createConnection(haproxy.path('front'));
      socket.write(FROM_OUTSIDE);
      await talk(socket);
      expect(await seen.next()).toMatchObject({ peername: CLIENT, sockname: SERVER });
      expect(await starts.next()).toMatchObject({ remote: CLIENT });
    },
    30_000,
  );

  test('knows what haproxy says of the TLS that it has ended', async () => {
    const seen = new Channel<Seen>();
    await using island = await TestIsland.start(tells(seen), {
      proxyProtocol: { mode: 'required', trustedSources: ['127.0.0.1'] },
    });
    await using haproxy = await behind(island, {
      bind: 'accept-proxy ssl crt CERT ca-file CERT verify optional alpn h2,http/1.1',
      server: `send-proxy-v2 proxy-v2-options ${DETAILS}`,
    });
    const outside = createConnection(haproxy.path('front'));
    outside.write(FROM_OUTSIDE);
    const pem = haproxy.certificate;
    const tls = connectTls({
      socket: outside,
      ca: pem,
      cert: pem,
      key: pem,
      servername: 'island.example',
      checkServerIdentity: () => undefined,
      ALPNProtocols: ['h2'],
    });
    await once(tls, 'secureConnect');
    await talk(tls);
    const { peername, header } = await seen.next();
    expect(peername).toEqual(CLIENT);
    expect(header).toMatchObject({
      alpn: 'h2',
      authority: 'island.example',
      crc32c: expect.any(Number),
      uniqueId: Buffer.from('id-of-aconnection'),
      ssl: { verified: true, commonName: 'island.example', version: 'TLSv1.3' },
    });
  }, 30_000);

  test('takes its health check for a connection from haproxy itself', async () => {
    const seen = new Channel<Seen>();
    await using island = await TestIsland.start(tells(seen), { proxyProtocol: 'required' });
    const server = 'send-proxy-v2 check check-send-proxy inter 50ms';
    await using _haproxy = await behind(island, { bind: '', server });
    expect(await seen.next()).toMatchObject({ header: { command: 'local', source: undefined } });
  }, 30_000);

  test('does not take a client for a proxy that has none in front', async () => {
    const seen = new Channel<Seen>();
    await using island = await TestIsland.start(tells(seen), { proxyProtocol: 'optional' });
    await using haproxy = await behind(island, { bind: '', server: '' });
    await talk(createConnection(haproxy.path('front')));
    expect(await seen.next()).toMatchObject({ peername: { address: '127.0.0.1' }, header: undefined });
  }, 30_000);
});
