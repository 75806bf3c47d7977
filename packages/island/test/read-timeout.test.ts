import { settle } from '@thousand-island/runtime/testing';
import { continueAs, type Socket } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { answered, isOpen, patient, poke } from './support/patient.ts';
import { TestIsland } from './support/test-island.ts';

describe('the read timeout', () => {
  test('ends a connection whose client has been silent for so long, to the millisecond', async () => {
    await using island = await TestIsland.start(patient(), { readTimeout: 1_000 });
    const client = await answered(island);
    await island.clock.advance(999);
    expect(await isOpen(island)).toBe(true);
    await island.clock.advance(1);
    expect((await client.readAll()).toString()).toBe('timeout');
    await client.closed;
    expect(await isOpen(island)).toBe(false);
  });

  test('is a minute unless said', async () => {
    await using island = await TestIsland.start(patient());
    const client = await answered(island);
    await island.clock.advance(59_999);
    expect(await isOpen(island)).toBe(true);
    await island.clock.advance(1);
    await client.closed;
  });

  test('runs from the last message of the client', async () => {
    await using island = await TestIsland.start(patient(), { readTimeout: 1_000 });
    const client = await answered(island);
    for (let round = 0; round < 5; round++) {
      await island.clock.advance(900);
      await poke(client);
    }
    await island.clock.advance(999);
    expect(await isOpen(island)).toBe(true);
    await island.clock.advance(1);
    await client.closed;
  });

  test('runs from the start for a client that never says a word', async () => {
    const told = new Channel<string>();
    await using island = await TestIsland.start(
      patient({ handleConnection: () => told.push('connection') }),
      {
        readTimeout: 1_000,
      },
    );
    const client = await island.connect();
    await told.next();
    await island.clock.advance(1_000);
    expect((await client.readAll()).toString()).toBe('timeout');
  });

  test('is not put off by what the server sends', async () => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start(
      patient({ handleConnection: (socket) => sockets.push(socket) }),
      {
        readTimeout: 1_000,
      },
    );
    const client = await answered(island);
    const socket = await sockets.next();
    for (let round = 0; round < 4; round++) {
      await socket.send('!');
      await client.read(1);
      await island.clock.advance(250);
    }
    expect((await client.readAll()).toString()).toBe('timeout');
  });

  test('is not put off by messages, casts and calls of other processes', async () => {
    const handler = {
      ...patient({ handleInfo: (_message, socket) => socket.send('i') }),
      handleCast: { poke: (_: undefined, socket: Socket) => socket.send('i') },
      handleCall: { poke: (_: undefined, _from: unknown, socket: Socket) => socket.send('i') },
    };
    await using island = await TestIsland.start(handler, { readTimeout: 1_000 });
    const client = await answered(island);
    const pid = await island.connection();
    await island.clock.advance(400);
    island.runtime.send(pid, 'info');
    await client.read(1);
    await island.clock.advance(400);
    island.runtime.cast(pid, 'poke');
    await client.read(1);
    await island.clock.advance(199);
    expect(await isOpen(island)).toBe(true);
    await island.clock.advance(1);
    expect((await client.readAll()).toString()).toBe('timeout');
  });

  test('does not count the time inside a callback of the network', async () => {
    const go = new Channel<void>();
    const slow = patient({ handleData: (_data, socket) => go.next().then(() => socket.send('.')) });
    await using island = await TestIsland.start(slow, { readTimeout: 1_000 });
    const client = await island.connect();
    await client.send('x');
    while ((await island.server.info()).activeConnections === 0) await settle();
    await island.clock.advance(10_000);
    expect(await isOpen(island)).toBe(true);
    go.push();
    await client.read(1);
    await island.clock.advance(999);
    expect(await isOpen(island)).toBe(true);
    await island.clock.advance(1);
    expect((await client.readAll()).toString()).toBe('timeout');
  });

  test('counts the time inside a callback for other processes', async () => {
    const go = new Channel<void>();
    await using island = await TestIsland.start(patient({ handleInfo: () => go.next() }), {
      readTimeout: 1_000,
    });
    const client = await answered(island);
    island.runtime.send(await island.connection(), 'work');
    await island.clock.advance(5_000);
    expect(await isOpen(island)).toBe(true);
    go.push();
    expect((await client.readAll()).toString()).toBe('timeout');
  });

  test('is begun anew by a callback for other processes that says so', async () => {
    await using island = await TestIsland.start(
      patient({ handleInfo: () => continueAs({ timeout: 1_000 }) }),
      {
        readTimeout: 1_000,
      },
    );
    const client = await answered(island);
    await island.clock.advance(900);
    island.runtime.send(await island.connection(), 'wait');
    await island.clock.advance(999);
    expect(await isOpen(island)).toBe(true);
    await island.clock.advance(1);
    await client.closed;
  });

  test('is put off by a client whose messages nobody handles', async () => {
    await using island = await TestIsland.start(
      { handleTimeout: (socket) => socket.send('timeout') },
      { readTimeout: 1_000 },
    );
    const client = await island.connect();
    for (let round = 1; round <= 4; round++) {
      await client.send('x');
      while (received(await statistics(island)) < round) await settle();
      await island.clock.advance(900);
    }
    expect(await isOpen(island)).toBe(true);
  });

  test('is put off by a client that is heard by a recv which no callback waits for', async () => {
    const echo = async (socket: Socket): Promise<void> => {
      for (;;) await socket.send(await socket.recv(0, { timeout: 'infinity' }));
    };
    await using island = await TestIsland.start(
      { handleConnection: (socket) => void echo(socket).catch(() => {}) },
      { readTimeout: 1_000 },
    );
    const stopped = Channel.of(island.server.events, 'connection:stop');
    const client = await answered(island);
    for (let round = 1; round <= 4; round++) {
      await island.clock.advance(900);
      await poke(client);
    }
    await island.clock.advance(999);
    expect(await isOpen(island)).toBe(true);
    await island.clock.advance(1);
    expect(await stopped.next()).toMatchObject({ error: 'timeout' });
  });

  test('can be infinity: a silent client is waited for for ever', async () => {
    await using island = await TestIsland.start(patient(), { readTimeout: 'infinity' });
    const client = await answered(island);
    await island.clock.advance(1_000_000_000);
    await poke(client);
  });

  test('can be 0: a client that is not there with something at once has lost', async () => {
    await using island = await TestIsland.start(patient(), { readTimeout: 0 });
    const stopped = Channel.of(island.server.events, 'connection:stop');
    const client = await island.connect();
    while ((await island.server.info()).activeConnections === 0) await settle();
    await island.clock.advance(0);
    await stopped.next();
    expect((await client.readAll()).toString()).toBe('timeout');
  });

  test("is not what the GenServer's own idle timeout is: that comes as a message", async () => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start(
      patient({ handleInfo: (message) => told.push(message), handleTimeout: () => told.push('silence') }),
      { readTimeout: 1_000 },
    );
    const client = await answered(island);
    island.runtime.send(await island.connection(), 'timeout');
    expect(await told.next()).toBe('timeout');
    await poke(client);
  });
});

test('a busy connection has one timer, however many messages come', async () => {
  await using island = await TestIsland.start(patient());
  const client = await island.connect();
  for (let round = 0; round < 20; round++) await poke(client);
  expect(island.runtime.kernel.timers.size).toBe(1);
});

async function statistics(island: TestIsland): Promise<{ received: number }> {
  const [pid] = await island.server.connections();
  const details = pid === undefined ? undefined : island.runtime.processInfo(pid)?.description?.details;
  return { received: Number(details?.received ?? 0) };
}

function received(each: { received: number }): number {
  return each.received;
}
