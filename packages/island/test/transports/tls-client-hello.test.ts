import { settle } from '@thousand-island/runtime/testing';
import { type ClientHello, type ClientHelloAnswer, type TlsOptions, tls } from '../../src/index.ts';
import { Authority, type Certificate } from '../support/certificates.ts';
import { Channel } from '../support/channel.ts';
import { Client } from '../support/client.ts';
import { TestIsland } from '../support/test-island.ts';
import { echoing, informationFor, informing, shownTo } from '../support/tls-peer.ts';

let authority: Authority;
let own: Certificate;
let other: Certificate;

beforeAll(async () => {
  authority = await Authority.make();
  [own, other] = await Promise.all([authority.issue('own'), authority.issue('other')]);
});

type Ask = NonNullable<TlsOptions['clientHello']>;

function serve(
  clientHello: Ask,
  failures = new Channel<unknown>(),
  options: TlsOptions = {},
): Promise<TestIsland> {
  return TestIsland.start(echoing(failures), { transport: tls({ ...own, clientHello, ...options }) });
}

describe('clientHello', () => {
  test('is shown what the client says first, and the handshake goes on with it', async () => {
    const hellos = new Channel<ClientHello>();
    await using island = await serve((hello) => void hellos.push(hello));
    expect(await shownTo(island, 'A.example', { ALPNProtocols: ['smtp'] })).toBe('own');
    expect(await hellos.next()).toMatchObject({
      serverName: 'a.example',
      alpn: ['smtp'],
      versions: ['TLSv1.3', 'TLSv1.2'],
    });
  });

  test('sees one that comes in pieces, and nothing of it is lost', async () => {
    const hellos = new Channel<ClientHello>();
    await using island = await serve((hello) => void hellos.push(hello));
    const client = await island.connect();
    const write = client.socket.write.bind(client.socket);
    await using secured = await client.startTls(
      { rejectUnauthorized: false, servername: 'a.example' },
      async (bytes) => {
        for (const byte of bytes.subarray(0, 80)) {
          write(Buffer.of(byte));
          await settle();
        }
        write(bytes.subarray(80));
      },
    );
    expect(hellos.seen).toHaveLength(1);
    await secured.send('hello');
    expect(await secured.readText(5)).toBe('hello');
  });

  test.each([
    ['at once', (answer: ClientHelloAnswer) => answer],
    ['later', async (answer: ClientHelloAnswer) => answer],
  ])('decides %s with what the handshake goes on', async (_, answer) => {
    const spare = { ...other, alpn: ['two'] };
    await using island = await serve((hello) => answer(hello.alpn.includes('two') ? spare : undefined));
    expect(await shownTo(island, undefined, { ALPNProtocols: ['one'] })).toBe('own');
    expect(await shownTo(island, undefined, { ALPNProtocols: ['two'] })).toBe('other');
  });

  test('can ask a client for a certificate that others need not have', async () => {
    const client = await authority.issue('client');
    const strict = { requestCert: true, ca: authority.cert };
    const transport = tls({
      ...own,
      clientHello: ({ serverName }) => (serverName === 'strict.example' ? strict : undefined),
    });
    await using island = await TestIsland.start(informing, { transport });
    expect(await informationFor(island, { servername: 'free.example' })).toMatchObject({ authorized: false });
    expect(await informationFor(island, { servername: 'strict.example', ...client })).toMatchObject({
      authorized: true,
    });
    await expect(informationFor(island, { servername: 'strict.example' })).rejects.toThrow();
  });

  test('refuses a client', async () => {
    const failures = new Channel<unknown>();
    await using island = await serve(() => ({ refuse: 'nobody gets in here' }), failures);
    await expect(Client.secure(island.server.port)).rejects.toThrow(/user cancell?ed/);
    const failure = await failures.next();
    expect(failure).toMatchObject({ code: 'ISLAND_HANDSHAKE_FAILED', reason: 'refused' });
    expect(String(failure)).toContain('nobody gets in here');
    await settle();
    expect(await island.server.connections()).toEqual([]);
  });

  const boom = new Error('boom');
  const bad: Record<string, Ask> = {
    throws: () => {
      throw boom;
    },
    rejects: () => Promise.reject(boom),
    'answers an option that is none': () => ({ cyphers: 'x' }) as ClientHelloAnswer,
    'answers what cannot be different': () => ({ clientHello: () => undefined }) as ClientHelloAnswer,
    'answers the key of another': () => ({ cert: own.cert, key: other.key }),
    'answers something else': () => 'yes' as unknown as ClientHelloAnswer,
    'answers null': () => null as unknown as ClientHelloAnswer,
  };
  test.each(Object.entries(bad))('that %s fails the handshake', async (_, ask) => {
    const failures = new Channel<unknown>();
    await using island = await serve(ask, failures);
    await expect(Client.secure(island.server.port)).rejects.toThrow();
    expect(await failures.next()).toMatchObject({ reason: 'callback', cause: expect.anything() });
    expect(island.runtime.crashes).toEqual([]);
  });

  test('that takes too long is given up with the handshake', async () => {
    const failures = new Channel<unknown>();
    const asked = new Channel<(answer: undefined) => void>();
    const ask = () => new Promise<undefined>((resolve) => asked.push(resolve));
    await using island = await serve(ask, failures);
    const connecting = expect(Client.secure(island.server.port)).rejects.toThrow();
    const answer = await asked.next();
    island.clock.advance(5_000);
    expect(await failures.next()).toMatchObject({ reason: 'timeout' });
    await connecting;
    answer(undefined);
    await settle();
    expect(await island.server.connections()).toEqual([]);
    expect(island.runtime.crashes).toEqual([]);
  });

  test('that takes its time is given up when the client has gone, whose place is free at once', async () => {
    const failures = new Channel<unknown>();
    const asked = new Channel<void>();
    const ask = () => {
      asked.push();
      return new Promise<undefined>(() => {});
    };
    await using island = await serve(ask, failures);
    const client = await island.connect();
    client.startTls({ rejectUnauthorized: false }).catch(() => {});
    await asked.next();
    client.socket.resetAndDestroy();
    expect(await failures.next()).toMatchObject({ reason: 'closed' });
    await island.server.waitForConnections('==', 0);
    expect(island.runtime.crashes).toEqual([]);
  });

  test.each([
    ['says something else', 'EHLO client.example\r\n', 'notTls'],
    ['ends in the middle', Buffer.from('160301', 'hex'), 'closed'],
  ])('is not asked about a client that %s', async (_, bytes, reason) => {
    const failures = new Channel<unknown>();
    const asked: ClientHello[] = [];
    await using island = await serve((hello) => void asked.push(hello), failures);
    const client = await island.connect();
    client.end(bytes);
    expect(await failures.next()).toMatchObject({ reason });
    await client.closed;
    expect(asked).toEqual([]);
  });

  test('is not asked about a client that breaks off', async () => {
    const failures = new Channel<unknown>();
    await using island = await serve(() => undefined, failures);
    const started = Channel.of(island.server.events, 'connection:start');
    const client = await island.connect();
    await client.send(Buffer.from('160301', 'hex'));
    await started.next();
    await client.reset();
    expect(await failures.next()).toMatchObject({ reason: 'closed' });
  });
});
