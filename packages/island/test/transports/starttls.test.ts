import { settle } from '@thousand-island/runtime/testing';
import { type Handler, type Socket, switchTransport, type TlsOptions, tls } from '../../src/index.ts';
import { Authority, type Certificate } from '../support/certificates.ts';
import { Channel } from '../support/channel.ts';
import type { Client } from '../support/client.ts';
import { TestIsland } from '../support/test-island.ts';

let certificate: Certificate;

beforeAll(async () => {
  const authority = await Authority.make();
  certificate = await authority.issue('a.example');
});

/** What the server has heard, over what. */
type Heard = Channel<unknown>;

/** Speaks in lines: says them back, and goes on over TLS when it is told to. What is behind that line it gives back. */
function speaking(heard: Heard, options: TlsOptions = { ...certificate }): Handler {
  const transport = tls(options);
  return {
    async handleData(data, socket) {
      const end = data.indexOf('\n') + 1;
      const line = data.subarray(0, end).toString().trim();
      heard.push(`${socket.isSecure ? 'TLS' : 'clear'}: ${line}`);
      if (line !== 'STARTTLS') return socket.send(`${line}\n`);
      await socket.send('go ahead\n');
      return switchTransport(transport, { unread: data.subarray(end) });
    },
    handleError: (reason) => void heard.push(reason),
  };
}

async function ask(client: Client, line: string): Promise<string> {
  await client.send(`${line}\n`);
  return client.readLine();
}

const lenient = { rejectUnauthorized: false } as const;

describe('STARTTLS', () => {
  test('goes on over TLS on the same connection', async () => {
    const heard: Heard = new Channel();
    await using island = await TestIsland.start(speaking(heard));
    const client = await island.connect();
    expect(await ask(client, 'hello')).toBe('hello');
    expect(await ask(client, 'STARTTLS')).toBe('go ahead');
    await using secured = await client.startTls(lenient);
    expect(await ask(secured, 'hello again')).toBe('hello again');
    expect(heard.seen).toEqual(['clear: hello', 'clear: STARTTLS', 'TLS: hello again']);
  });

  test.each(['after the answer', 'in the same segment'])(
    'counts what went over the connection before it too, with a ClientHello that came %s',
    async (when) => {
      await using island = await TestIsland.start(speaking(new Channel()));
      const stopped = Channel.of(island.server.events, 'connection:stop');
      const client = await island.connect();
      expect(await ask(client, 'hello')).toBe('hello');
      const { socket } = client;
      const sendFirst = async (bytes: Buffer): Promise<void> => {
        socket.write(Buffer.concat([Buffer.from('STARTTLS\n'), bytes]));
        expect(await client.readLine()).toBe('go ahead');
      };
      if (when === 'after the answer') expect(await ask(client, 'STARTTLS')).toBe('go ahead');
      await using secured = await client.startTls(
        lenient,
        when === 'after the answer' ? undefined : sendFirst,
      );
      expect(await ask(secured, 'hello again')).toBe('hello again');
      secured.end();
      expect((await stopped.next()).statistics).toMatchObject({
        receivedBytes: 'hello\nSTARTTLS\nhello again\n'.length,
        sentBytes: 'hello\ngo ahead\nhello again\n'.length,
        sentCount: 3,
      });
    },
  );

  test.each([
    ['of the transport as it is', {}],
    ['that looks at the ClientHello', { clientHello: () => undefined }],
  ])('takes a ClientHello that came in the same segment as the command: one %s', async (_, options) => {
    const heard: Heard = new Channel();
    await using island = await TestIsland.start(speaking(heard, { ...certificate, ...options }));
    const client = await island.connect();
    const { socket } = client;
    await using secured = await client.startTls(lenient, async (hello) => {
      socket.write(Buffer.concat([Buffer.from('STARTTLS\n'), hello]));
      expect(await client.readLine()).toBe('go ahead');
    });
    expect(await ask(secured, 'hello')).toBe('hello');
    expect(heard.seen).toEqual(['clear: STARTTLS', 'TLS: hello']);
  });

  test('takes nothing that was smuggled in behind the command for what came over TLS', async () => {
    const heard: Heard = new Channel();
    await using island = await TestIsland.start(speaking(heard));
    const client = await island.connect();
    await client.send('STARTTLS\nsmuggled\n');
    await client.closed;
    expect(await heard.take(2)).toEqual([
      'clear: STARTTLS',
      expect.objectContaining({ code: 'ISLAND_HANDSHAKE_FAILED', reason: 'notTls' }),
    ]);
    expect(heard.seen).toHaveLength(2);
  });

  test('takes nothing that came while the answer was still on its way for what came over TLS', async () => {
    const heard: Heard = new Channel();
    await using island = await TestIsland.start(speaking(heard));
    const client = await island.connect();
    await client.send('STARTTLS\n');
    await client.send('smuggled\n');
    await client.closed;
    expect((await heard.take(2))[1]).toMatchObject({ code: 'ISLAND_HANDSHAKE_FAILED', reason: 'notTls' });
    expect(heard.seen).toHaveLength(2);
  });

  test('sends the last words in the clear before the first of TLS, however much they are', async () => {
    const transport = tls({ ...certificate });
    const much = Buffer.alloc(2 * 1024 * 1024, 'x');
    await using island = await TestIsland.start({
      handleData(data, socket) {
        if (socket.isSecure) return socket.send(data);
        void socket.send([much, '\n']);
        return switchTransport(transport);
      },
    });
    const client = await island.connect();
    await client.send('STARTTLS\n');
    expect((await client.read(much.length + 1)).subarray(0, -1).equals(much)).toBe(true);
    await using secured = await client.startTls(lenient);
    expect(await ask(secured, 'hello')).toBe('hello');
  });

  test('sends nothing in the clear that is sent after it has begun, however long the last words take', async () => {
    const transport = tls({ ...certificate });
    const much = Buffer.alloc(16 * 1024 * 1024, 'x');
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start({
      handleData(_data, socket) {
        void socket.send(much);
        sockets.push(socket);
        return switchTransport(transport);
      },
    });
    const client = await island.connect({ paused: true });
    await client.send('STARTTLS\n');
    const socket = await sockets.next();
    await settle();
    void socket.send('secret');
    const clear = client.read(much.length);
    client.socket.resume();
    expect((await clear).equals(much)).toBe(true);
    await using secured = await client.startTls(lenient);
    expect(await secured.readText(6)).toBe('secret');
  });

  test('lets nothing overtake what was sent while the handshake was under way', async () => {
    const transport = tls({ ...certificate });
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start({
      async handleData(_data, socket) {
        if (socket.isSecure) return socket.send('last');
        await socket.send('go ahead\n');
        sockets.push(socket);
        return switchTransport(transport);
      },
    });
    const client = await island.connect();
    expect(await ask(client, 'STARTTLS')).toBe('go ahead');
    const socket = await sockets.next();
    await settle();
    const much = Buffer.alloc(1024 * 1024, 'x');
    for (let each = 0; each < 8; each++) void socket.send(much);
    void socket.send('then');
    await using secured = await client.startTls(lenient);
    await secured.send('hello');
    const all = await secured.readText(8 * much.length + 8);
    expect(all.replace(/x+/g, (run) => `${run.length} x, `)).toBe(`${8 * much.length} x, thenlast`);
  });

  test('that the client does not go through with ends with the time', async () => {
    const heard: Heard = new Channel();
    await using island = await TestIsland.start(speaking(heard));
    const stops = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect();
    expect(await ask(client, 'STARTTLS')).toBe('go ahead');
    await settle();
    island.clock.advance(5_000);
    await client.closed;
    expect((await heard.take(2))[1]).toMatchObject({ reason: 'timeout' });
    await stops.next();
    expect(await island.server.connections()).toEqual([]);
  });

  test.each(['reset', 'end'] as const)('that the client breaks off with a %s ends at once', async (way) => {
    const heard: Heard = new Channel();
    await using island = await TestIsland.start(speaking(heard));
    const stops = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect();
    expect(await ask(client, 'STARTTLS')).toBe('go ahead');
    await settle();
    if (way === 'reset') await client.reset();
    else client.end(Buffer.from('160301', 'hex'));
    expect((await heard.take(2))[1]).toMatchObject({ reason: 'closed' });
    await stops.next();
    expect(await island.server.connections()).toEqual([]);
    expect(island.runtime.crashes).toEqual([]);
  });

  test('does not happen twice', async () => {
    const heard: Heard = new Channel();
    await using island = await TestIsland.start(speaking(heard));
    const client = await island.connect();
    await ask(client, 'STARTTLS');
    await using secured = await client.startTls(lenient);
    expect(await ask(secured, 'STARTTLS')).toBe('go ahead');
    await secured.closed;
    expect((await heard.take(3))[2]).toMatchObject({ code: 'ISLAND_UNSUPPORTED_UPGRADE' });
  });
});
