import { settle } from '@thousand-island/runtime/testing';
import { continueAs, continueWith } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { answered, isOpen, patient, poke } from './support/patient.ts';
import { TestIsland } from './support/test-island.ts';

describe('a timeout for once', () => {
  const once = (ms: number | 'infinity') => patient({ handleConnection: () => continueAs({ timeout: ms }) });

  test('holds until the next message of the client; then the usual one does', async () => {
    await using island = await TestIsland.start(once(200), { readTimeout: 1_000 });
    const client = await answered(island);
    await island.clock.advance(999);
    expect(await isOpen(island)).toBe(true);
    await island.clock.advance(1);
    await client.closed;
  });

  test('ends the connection when it is up', async () => {
    const told = new Channel<void>();
    await using island = await TestIsland.start(
      patient({
        handleConnection() {
          told.push();
          return continueAs({ timeout: 200 });
        },
      }),
    );
    const client = await island.connect();
    await told.next();
    await island.clock.advance(199);
    expect(await isOpen(island)).toBe(true);
    await island.clock.advance(1);
    expect((await client.readAll()).toString()).toBe('timeout');
  });

  test.each([
    ['longer', 5_000],
    ['shorter', 300],
  ])('that is %s than the one that is running is kept in full', async (_what, ms) => {
    await using island = await TestIsland.start(
      patient({
        async handleData(data, socket) {
          await socket.send('.');
          return data.toString() === 'o' ? continueWith('o', { timeout: ms }) : undefined;
        },
      }),
      { readTimeout: 1_000 },
    );
    const client = await answered(island);
    await island.clock.advance(500);
    await client.send('o');
    await client.read(1);
    await island.clock.advance(ms - 1);
    expect(await isOpen(island)).toBe(true);
    await island.clock.advance(1);
    expect((await client.readAll()).toString()).toBe('timeout');
  });

  test('can be infinity, which disarms', async () => {
    await using island = await TestIsland.start(once('infinity'), { readTimeout: 1_000 });
    const client = await island.connect();
    while ((await island.server.info()).activeConnections === 0) await settle();
    await island.clock.advance(1_000_000);
    await poke(client);
    await island.clock.advance(1_000);
    expect((await client.readAll()).toString()).toBe('timeout');
  });

  test('can be 0', async () => {
    await using island = await TestIsland.start(patient({ handleData: () => continueAs({ timeout: 0 }) }));
    const client = await island.connect();
    await client.send('x');
    while (received(await statistics(island)) === 0) await settle();
    await island.clock.advance(0);
    expect((await client.readAll()).toString()).toBe('timeout');
  });
});

describe('a persistent timeout', () => {
  test('holds from then on', async () => {
    await using island = await TestIsland.start(
      patient({ handleConnection: () => continueAs({ persistentTimeout: 200 }) }),
      { readTimeout: 1_000 },
    );
    const client = await answered(island);
    for (let round = 0; round < 3; round++) {
      await island.clock.advance(199);
      await poke(client);
    }
    await island.clock.advance(200);
    expect((await client.readAll()).toString()).toBe('timeout');
  });

  test('begins after the one for once that came with it', async () => {
    await using island = await TestIsland.start(
      patient({ handleConnection: () => continueAs({ timeout: 3_000, persistentTimeout: 200 }) }),
    );
    const client = await island.connect();
    while ((await island.server.info()).activeConnections === 0) await settle();
    await island.clock.advance(2_999);
    await poke(client);
    await island.clock.advance(199);
    expect(await isOpen(island)).toBe(true);
    await island.clock.advance(1);
    await client.closed;
  });

  test('can be infinity, and finite again', async () => {
    await using island = await TestIsland.start(
      patient({
        async handleData(data, socket) {
          await socket.send('.');
          return continueAs({ persistentTimeout: data.toString() === 'o' ? 'infinity' : 1_000 });
        },
      }),
    );
    const client = await island.connect();
    await client.send('o');
    await client.read(1);
    await island.clock.advance(1_000_000);
    await poke(client);
    await island.clock.advance(1_000);
    expect((await client.readAll()).toString()).toBe('timeout');
  });
});

async function statistics(island: TestIsland): Promise<{ received: number }> {
  const [pid] = await island.server.connections();
  const details = pid === undefined ? undefined : island.runtime.processInfo(pid)?.description?.details;
  return { received: Number(details?.received ?? 0) };
}

function received(each: { received: number }): number {
  return each.received;
}
