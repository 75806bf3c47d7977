import { BadOptionError, type Handler, SendTimeoutError, type Socket } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { TestIsland } from './support/test-island.ts';

function handsOut(sockets: Channel<Socket>, more: Handler = {}): Handler {
  return { handleConnection: (socket) => sockets.push(socket), ...more };
}

function refusalOf(action: () => void): BadOptionError {
  try {
    action();
  } catch (error) {
    if (error instanceof BadOptionError) return error;
    throw error;
  }
  throw new Error('the options were accepted');
}

/** What Node was told about a socket, in order. */
function spyOn(socket: { setNoDelay: unknown; setKeepAlive: unknown }): unknown[][] {
  const told: unknown[][] = [];
  const record =
    (name: string) =>
    (...args: unknown[]): void =>
      void told.push([name, ...args]);
  socket.setNoDelay = record('noDelay');
  socket.setKeepAlive = record('keepAlive');
  return told;
}

describe('getopts', () => {
  test('tells the options of the server until one is changed', async () => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start(handsOut(sockets));
    await island.connect();
    expect((await sockets.next()).getopts()).toEqual({
      noDelay: true,
      keepAlive: false,
      sendTimeout: 30_000,
      maxSendBuffer: 16 * 1024 * 1024,
      packet: 'raw',
    });
  });

  test('tells what setopts has changed, of this socket alone, and can be given to it again', async () => {
    const sockets = new Channel<Socket>();
    const options = { packet: 'line', sendTimeout: 'infinity', keepAlive: 60_000 } as const;
    await using island = await TestIsland.start(handsOut(sockets), options);
    await island.connect();
    await island.connect();
    const [changed, other] = (await sockets.take(2)) as [Socket, Socket];
    const before = other.getopts();
    expect(before).toMatchObject({ ...options, packetSize: 1024 * 1024, lineDelimiter: 10 });
    changed.setopts({ packet: 4, noDelay: false, sendTimeout: 5, maxSendBuffer: 6, packetSize: 'infinity' });
    expect(changed.getopts()).toEqual({
      noDelay: false,
      keepAlive: 60_000,
      sendTimeout: 5,
      maxSendBuffer: 6,
      packet: 4,
      packetSize: 'infinity',
    });
    expect(other.getopts()).toEqual(before);
    changed.setopts(before);
    expect(changed.getopts()).toEqual(before);
  });
});

describe('setopts', () => {
  test('keeps packetSize and lineDelimiter as far as they mean something with the new packet', async () => {
    const sockets = new Channel<Socket>();
    const framing = { packet: 'line', packetSize: 100, lineDelimiter: 0 } as const;
    await using island = await TestIsland.start(handsOut(sockets), framing);
    await island.connect();
    const socket = await sockets.next();
    socket.setopts({ lineDelimiter: 13 });
    expect(socket.getopts()).toMatchObject({ packet: 'line', packetSize: 100, lineDelimiter: 13 });
    socket.setopts({ packet: 2 });
    expect(socket.getopts()).toMatchObject({ packet: 2, packetSize: 100 });
    socket.setopts({ packet: 'raw' });
    expect(socket.getopts()).not.toHaveProperty('packetSize');
  });

  test.each([
    ['linger', 'SO_LINGER'],
    ['recbuf', 'SO_RCVBUF'],
    ['sndbuf', 'SO_SNDBUF'],
    ['tos', 'IP_TOS'],
    ['priority', 'SO_PRIORITY'],
    ['nodelay', 'it is called noDelay'],
    ['active', 'reading is paused'],
    ['readTimeout', 'persistentTimeout'],
    ['raw', 'no name'],
    ['unheardOf', 'it has noDelay, keepAlive, sendTimeout'],
    ['toString', 'it has noDelay'],
  ])('refuses %s by name, and says why', async (option, why) => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start(handsOut(sockets));
    await island.connect();
    const socket = await sockets.next();
    const refusal = refusalOf(() => socket.setopts({ [option]: 1 }));
    expect(refusal.option).toBe(option);
    expect(refusal.message).toContain(`a socket has no option ${option}`);
    expect(refusal.message).toContain(why);
  });

  test.each([
    ['noDelay', 'yes'],
    ['keepAlive', 10],
    ['sendTimeout', -1],
    ['maxSendBuffer', 'infinity'],
    ['packet', 3],
    ['packetSize', 10],
    ['lineDelimiter', 10],
  ])('refuses an impossible %s, and changes nothing else either', async (option, value) => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start(handsOut(sockets));
    await island.connect();
    const socket = await sockets.next();
    const before = socket.getopts();
    const refusal = refusalOf(() => socket.setopts({ sendTimeout: 7, noDelay: false, [option]: value }));
    expect(refusal.option).toBe(option);
    expect(socket.getopts()).toEqual(before);
  });

  test('tells Node of noDelay and keepAlive, when they change', async () => {
    const told = new Channel<unknown[][]>();
    const { tcp } = await import('../src/index.ts');
    await using island = await TestIsland.start(
      {
        handleConnection(socket) {
          socket.setopts({ noDelay: true, keepAlive: false });
          socket.setopts({ noDelay: false });
          socket.setopts({ keepAlive: 5_000 });
          socket.setopts({ keepAlive: true });
        },
      },
      {
        transport: {
          ...tcp,
          listen: (options, onSocket) =>
            tcp.listen(options, (raw) => {
              told.push(spyOn(raw as never));
              onSocket(raw);
            }),
        },
        keepAlive: 30_000,
      },
    );
    await island.connect();
    const calls = await told.next();
    while (calls.length < 5) await new Promise(setImmediate);
    expect(calls).toEqual([
      ['keepAlive', true, 30_000],
      ['keepAlive', false, 0],
      ['noDelay', false],
      ['keepAlive', true, 5_000],
      ['keepAlive', true, 0],
    ]);
  });

  test('of sendTimeout counts for what waits from then on', async () => {
    const sockets = new Channel<Socket>();
    const reasons = new Channel<unknown>();
    await using island = await TestIsland.start(
      handsOut(sockets, { handleError: (reason) => reasons.push(reason) }),
      { readTimeout: 'infinity' },
    );
    await island.connect({ paused: true });
    const socket = await sockets.next();
    socket.setopts({ sendTimeout: 100 });
    const sending = socket.send(Buffer.alloc(32 * 1024 * 1024)).catch((error: unknown) => error);
    let sent = -1;
    while (sent !== socket.getstat().sentBytes) {
      sent = socket.getstat().sentBytes;
      for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    }
    await island.clock.advance(100);
    await island.clock.advance(100);
    expect(await sending).toBeInstanceOf(SendTimeoutError);
    expect(await reasons.next()).toBeInstanceOf(SendTimeoutError);
  });
});
