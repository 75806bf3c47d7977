import { close, encodeProxyHeaderV2, type ServerOptions, ThousandIsland } from '../../src/index.ts';
import { memory } from '../../src/testing/index.ts';
import { Channel } from '../support/channel.ts';
import { ECHO, startInMemory as start, tells } from '../support/memory-island.ts';
import { TestRuntime } from '../support/test-island.ts';

const MIB = 1024 * 1024;

describe('a server in memory', () => {
  test('talks with its clients, each by itself', async () => {
    await using setting = await start(ECHO);
    const [first, second] = [await setting.connect(), await setting.connect()];
    await first.send('one');
    await second.send('two');
    expect([await first.readText(3), await second.readText(3)]).toEqual(['one', 'two']);
    first.end();
    expect(await first.closed).toBe('end');
  });

  test('knows addresses, which a test can choose', async () => {
    const log = new Channel<unknown>();
    await using setting = await start(
      { handleConnection: (socket) => log.push([socket.peername(), socket.sockname()]) },
      { port: 80, host: '10.0.0.1' },
    );
    await setting.connect();
    await setting.connect({ remote: { address: '2001:db8::1', port: 7, family: 'IPv6' } });
    const here = { address: '10.0.0.1', port: 80, family: 'IPv4' };
    expect(await log.take(2)).toEqual([
      [{ address: '127.0.0.1', port: 49_152, family: 'IPv4' }, here],
      [{ address: '2001:db8::1', port: 7, family: 'IPv6' }, here],
    ]);
    expect(setting.island.server.address).toEqual(here);
  });

  test('takes and gives much, as fast as the other side reads', async () => {
    await using setting = await start(ECHO);
    const client = await setting.connect();
    const much = Buffer.alloc(5 * MIB, 'much');
    const sending = client.send(much);
    expect((await client.read(much.length)).equals(much)).toBe(true);
    await sending;
  });

  test('gives an answer to a client that has said all it had to say', async () => {
    await using setting = await start({
      async handleConnection(socket) {
        const asked = await socket.recv(8);
        await socket.recv(1).catch(() => {});
        return socket.send(`to ${asked}: yes`);
      },
    });
    const client = await setting.connect();
    client.end('question');
    expect((await client.readAll()).toString()).toBe('to question: yes');
    expect(await client.closed).toBe('end');
  });

  test('has all that a client has sent before it says that nothing more will come', async () => {
    const log = new Channel<unknown>();
    let length = 0;
    await using setting = await start({
      handleData(data) {
        length += data.length;
      },
      handleClose: () => log.push(length),
    });
    const client = await setting.connect();
    const sending = client.send(Buffer.alloc(MIB));
    client.end();
    await sending;
    expect(await log.next()).toBe(MIB);
  });

  test('that says goodbye first still reads, if the client goes on', async () => {
    const log = new Channel<unknown>();
    await using setting = await start({
      ...tells(log),
      handleConnection: (socket) => socket.shutdown('write'),
    });
    const client = await setting.connect({ halfOpen: true });
    expect((await client.readAll()).length).toBe(0);
    await client.send('still here');
    client.end();
    expect(await log.take(2)).toEqual(['still here', 'closed']);
    expect(await client.closed).toBe('end');
  });

  test('closes a connection whose handler says so, after what it has sent', async () => {
    await using setting = await start({
      handleConnection(socket) {
        void socket.send(Buffer.alloc(300_000));
        return close();
      },
    });
    const client = await setting.connect();
    expect((await client.readAll()).length).toBe(300_000);
    expect(await client.closed).toBe('end');
  });

  test('answers with a reset, behind what it has sent, when it closes and has not read all that has come', async () => {
    await using setting = await start({
      async handleConnection(socket) {
        await socket.recv(1);
        socket.send('bye');
        socket.close();
      },
    });
    const client = await setting.connect();
    const sending = client.send(Buffer.alloc(MIB));
    expect((await client.readAll()).toString()).toBe('bye');
    expect(await client.closed).toBe('ECONNRESET');
    await expect(sending).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  test('knows that its client has gone while its handler is busy, and reads nothing', async () => {
    const log = new Channel<unknown>();
    await using setting = await start({
      async handleConnection(socket, _state, self) {
        socket.shutdown('write');
        await self.sleep(1_000);
        log.push(socket.isClosed);
      },
    });
    const client = await setting.connect();
    await client.closed;
    await setting.island.clock.advance(1_000);
    expect(await log.next()).toBe(true);
  });

  test('ends only the connection whose handler throws', async () => {
    const log = new Channel<unknown>();
    await using setting = await start({
      ...tells(log),
      handleConnection: () => undefined,
      handleData(data, socket) {
        if (data.toString() === 'bad') throw new Error('no good');
        return socket.send(data);
      },
    });
    const [bad, good] = [await setting.connect(), await setting.connect()];
    await bad.send('bad');
    expect(await bad.closed).toBe('end');
    expect(await log.next()).toMatchObject({ message: 'no good' });
    await good.send('good');
    expect(await good.readText(4)).toBe('good');
  });

  test('has timeouts by the clock of the test', async () => {
    const log = new Channel<unknown>();
    await using setting = await start(tells(log), { readTimeout: 86_400_000 });
    const client = await setting.connect();
    await setting.island.runtime.clock.advance(86_399_999);
    expect(log.seen).toEqual(['connected']);
    await setting.island.runtime.clock.advance(1);
    expect(await client.closed).toBe('end');
    expect(log.seen).toEqual(['connected', 'timeout']);
  });

  test('drains, says its last word, and leaves nothing', async () => {
    const log = new Channel<unknown>();
    await using setting = await start(tells(log));
    const client = await setting.connect();
    expect(await log.next()).toBe('connected');
    expect(await setting.island.server.stop()).toEqual({ told: 1, finished: 1, forced: 0 });
    expect((await client.readAll()).toString()).toBe('GOODBYE');
  });

  test('refuses clients while it is suspended, and when it is stopped', async () => {
    await using setting = await start(ECHO);
    await setting.island.server.suspend();
    await expect(setting.transport.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await setting.island.server.resume();
    await setting.connect();
    await setting.island.server.stop();
    await expect(setting.transport.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('is the only one that listens in its transport', async () => {
    await using setting = await start(ECHO);
    await using runtime = new TestRuntime();
    const second = ThousandIsland.start({ handler: ECHO, transport: setting.transport }, runtime);
    await expect(second).rejects.toMatchObject({
      code: 'ISLAND_LISTEN_FAILED',
      cause: { code: 'EADDRINUSE' },
    });
  });

  test.each<[string, Partial<ServerOptions>]>([
    ['path', { path: '/run/app.sock' }],
    ['fd', { fd: 3 }],
    ['ipv6Only', { ipv6Only: true }],
  ])('refuses the option %s by name, which means nothing without a system', async (option, options) => {
    await using runtime = new TestRuntime();
    const transport = memory();
    const started = ThousandIsland.start({ handler: ECHO, transport, ...options }, runtime);
    await expect(started).rejects.toMatchObject({ code: 'ISLAND_BAD_OPTION', option });
    await expect(transport.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test.each([
    ['options must be made of remote, paused, halfOpen, toServer, toClient', { pieces: 2 }],
    ['toServer must be made of held, pieces, cutAfter', { toServer: { cut: 2 } }],
    ['remote must be made of address, port, family', { remote: { host: 'a' } }],
    ['remote must be made of address, port, family', { remote: 5 }],
    ['options must be made of remote, paused, halfOpen, toServer, toClient', null],
    ["pieces must be 'asSent', 'merged', or sizes >= 1", { toServer: { pieces: 'asSnt' } }],
    ["pieces must be 'asSent', 'merged', or sizes >= 1", { toClient: { pieces: [1, '2'] } }],
    ['held must be a boolean', { toServer: { held: 1 } }],
    ['halfOpen must be a boolean', { halfOpen: 'yes' }],
    ['paused must be a boolean', { paused: 'no' }],
  ])('refuses a client whose fault is misspelt: %s', async (complaint, options) => {
    await using setting = await start(ECHO);
    await expect(setting.transport.connect(options as never)).rejects.toThrow(complaint);
  });

  test('refuses a code for failing writes that is none', async () => {
    await using setting = await start(ECHO);
    const client = await setting.connect();
    for (const code of [undefined, 5, ''])
      expect(() => client.toClient.failWrites(code as never)).toThrow(
        "code must be that of an error, such as 'EPIPE'",
      );
  });

  test('has all the rest of a connection: limits, frames, PROXY headers, files', async () => {
    const log = new Channel<unknown>();
    await using setting = await start(
      {
        handleConnection: (socket) => log.push(socket.peername()?.address),
        async handleData(data, socket) {
          log.push(data.toString());
          return void (await socket.sendfile(__filename, { length: 6 }));
        },
      },
      { packet: 'line', proxyProtocol: 'required', maxConnections: 1, acceptors: 1 },
    );
    const header = encodeProxyHeaderV2({
      source: { address: '203.0.113.7', port: 1 },
      destination: { address: '203.0.113.1', port: 2 },
    });
    const client = await setting.connect({ toServer: { pieces: 3 } });
    await client.send(Buffer.concat([header, Buffer.from('one\ntwo\n')]));
    expect(await client.readText(12)).toBe('importimport');
    expect(log.seen).toEqual(['203.0.113.7', 'one\n', 'two\n']);
  });
});
