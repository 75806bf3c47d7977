import { settle } from '@thousand-island/runtime/testing';
import type { Handler } from '../src/index.ts';
import { startInMemory } from './support/memory-island.ts';

const greeting: Handler = { handleConnection: (socket) => socket.send('hi') };

describe.each(['park', 'retry'] as const)(
  'a client that an acceptor which would %s has just been handed',
  (whenFull) => {
    test('does not outlive the drain of the server', async () => {
      await using setting = await startInMemory(greeting, { acceptors: 1, whenFull });
      const { server } = setting.island;
      const client = await setting.connect();
      expect(await server.drain()).toEqual({ told: 0, finished: 0, forced: 0 });
      expect((await client.readAll()).toString()).toBe('');
      const { status, allConnections, waiting, acceptors, refusals, exits } = await server.info();
      expect({ status, allConnections, waiting, refusals, exits }).toEqual({
        status: 'suspended',
        allConnections: 0,
        waiting: 0,
        refusals: { shutdown: 1 },
        exits: {},
      });
      expect(acceptors).toMatchObject([{ accepted: 0, terminated: 0, activeConnections: 0 }]);
    });

    test.each(['drain', 'suspend'] as const)('goes to the others at the %s of that acceptor', async (way) => {
      await using setting = await startInMemory(greeting, { acceptors: 2, whenFull });
      const { server } = setting.island;
      const client = await setting.connect();
      await server[way]({ acceptor: 'acceptor-1' });
      expect(await client.readText(2)).toBe('hi');
      const { acceptors, refusals, exits } = await server.info();
      expect(acceptors).toMatchObject([
        { accepted: 0, terminated: 0, activeConnections: 0, allConnections: 0 },
        { accepted: 1, terminated: 0, activeConnections: 1, allConnections: 1 },
      ]);
      expect({ refusals, exits }).toEqual({ refusals: {}, exits: {} });
    });

    test('waits for that acceptor if there is no other', async () => {
      await using setting = await startInMemory(greeting, { acceptors: 1, whenFull });
      const { server } = setting.island;
      const client = await setting.connect();
      await server.drain({ acceptor: 'acceptor-1' });
      await settle();
      expect(await server.info()).toMatchObject({ allConnections: 0, waiting: 1 });
      await server.resume({ acceptor: 'acceptor-1' });
      expect(await client.readText(2)).toBe('hi');
    });
  },
);

test('a client that an acceptor at its limit tries again goes to the others when that acceptor is suspended', async () => {
  const options = { acceptors: 2, maxConnections: 1, maxConnectionsRetryWait: 100 } as const;
  await using setting = await startInMemory(greeting, options);
  const { server, clock } = setting.island;
  const first = [await setting.connect(), await setting.connect()];
  for (const client of first) expect(await client.readText(2)).toBe('hi');
  const third = await setting.connect();
  await settle();
  await server.suspend({ acceptor: 'acceptor-1' });
  const gone = server.waitForConnections('==', 0);
  for (const client of first) client.end();
  await gone;
  await clock.advance(100);
  expect(await third.readText(2)).toBe('hi');
  expect((await server.info()).refusals).toEqual({});
});
