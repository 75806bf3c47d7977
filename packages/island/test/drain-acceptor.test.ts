import { BadArgumentError } from '@thousand-island/runtime';
import type { Handler } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { processAt } from './support/processes.ts';
import { served, waiting } from './support/served.ts';
import { TestIsland } from './support/test-island.ts';

/** Says goodbye when it is shut down. */
const polite: Handler = {
  handleData: (data, socket) => socket.send(data),
  handleShutdown: (socket) => socket.send('bye'),
};

describe('a drain of an acceptor', () => {
  test('is of its connections alone, and clients go to the others until it is resumed', async () => {
    await using island = await TestIsland.start(polite, { acceptors: 2 });
    const { server } = island;
    const drained = Channel.of(server.events, 'server:drained');
    for (let each = 0; each < 4; each++) await served(island);
    const report = await server.drain({ acceptor: 'acceptor-2' });
    expect(report).toEqual({ told: 2, finished: 2, forced: 0 });
    expect(drained.seen).toEqual([{ server: server.pid, acceptor: 'acceptor-2', report }]);
    expect(server.status()).toBe('running');
    for (let each = 0; each < 4; each++) await served(island);
    expect((await server.info()).acceptors).toMatchObject([
      { id: 'acceptor-1', status: 'open', activeConnections: 6, accepted: 6, terminated: 0 },
      { id: 'acceptor-2', status: 'closed', activeConnections: 0, accepted: 2, terminated: 2 },
    ]);
    await server.resume({ acceptor: 'acceptor-2' });
    for (let each = 0; each < 4; each++) await served(island);
    expect((await server.info()).acceptors[1]?.activeConnections).toBeGreaterThan(0);
  });

  test('lets those who come meanwhile wait if no other acceptor is there', async () => {
    await using island = await TestIsland.start(polite, { acceptors: 1 });
    await served(island);
    await island.server.drain({ acceptor: 'acceptor-1' });
    const client = await waiting(island);
    await island.server.resume({ acceptor: 'acceptor-1' });
    expect(await client.readText(1)).toBe('x');
  });

  test('that is restarted stays drained', async () => {
    await using island = await TestIsland.start(polite, { acceptors: 1 });
    const { server, runtime } = island;
    await server.drain({ acceptor: 'acceptor-1' });
    runtime.sendExit(await processAt(runtime, server.pid, 'acceptorSupervisor/acceptor-1'), 'kill');
    const client = await waiting(island);
    await server.resume({ acceptor: 'acceptor-1' });
    expect(await client.readText(1)).toBe('x');
  });

  test('suspending one is the same without the end of its connections', async () => {
    await using island = await TestIsland.start(polite, { acceptors: 2 });
    for (let each = 0; each < 2; each++) await served(island);
    await island.server.suspend({ acceptor: 'acceptor-1' });
    for (let each = 0; each < 3; each++) await served(island);
    const { acceptors } = await island.server.info();
    expect(acceptors.map((each) => each.activeConnections)).toEqual([1, 4]);
  });

  test('that there is not is refused by name', async () => {
    await using island = await TestIsland.start(polite, { acceptors: 2 });
    const choice = { acceptor: 'acceptor-3' };
    for (const refused of [
      island.server.drain(choice),
      island.server.suspend(choice),
      island.server.resume(choice),
    ]) {
      await expect(refused).rejects.toBeInstanceOf(BadArgumentError);
      await expect(refused).rejects.toThrow('acceptor-1, acceptor-2');
    }
  });
});
