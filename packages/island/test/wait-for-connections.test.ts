import { BadArgumentError } from '@thousand-island/runtime';
import { settle } from '@thousand-island/runtime/testing';
import { comparison } from '../src/count-operator.ts';
import type { CountOperator, Handler } from '../src/index.ts';
import { isPending } from './support/is-pending.ts';
import { leave, served } from './support/served.ts';
import { TestIsland } from './support/test-island.ts';

const echo: Handler = { handleData: (data, socket) => socket.send(data) };

describe('waitForConnections', () => {
  test('resolves at once when there are as many already', async () => {
    await using island = await TestIsland.start(echo);
    await island.server.waitForConnections('==', 0);
    await served(island);
    await island.server.waitForConnections('>', 0);
  });

  test('resolves when connections have come, and when they have gone', async () => {
    await using island = await TestIsland.start(echo);
    const { server } = island;
    const come = server.waitForConnections('>=', 2);
    const client = await served(island);
    expect(await isPending(come)).toBe(true);
    await served(island);
    await come;
    const gone = server.waitForConnections('<', 2);
    expect(await isPending(gone)).toBe(true);
    await leave(island, client);
    await gone;
  });

  test('counts those that were removed from the count', async () => {
    await using island = await TestIsland.start({
      ...echo,
      handleConnection: (socket) => socket.removeConnection(),
    });
    await served(island);
    await island.server.waitForConnections('==', 1);
  });

  test('together with suspend and stop, drains a server by hand', async () => {
    await using island = await TestIsland.start(echo);
    const client = await served(island);
    await island.server.suspend();
    const drained = island.server.waitForConnections('==', 0);
    client.end();
    await drained;
    expect(await island.server.stop()).toMatchObject({ forced: 0 });
  });

  test('is rejected when the server has ended, unless that is what is waited for', async () => {
    await using island = await TestIsland.start(echo);
    await served(island);
    const more = island.server.waitForConnections('>', 1);
    const none = island.server.waitForConnections('==', 0);
    const noServer = { code: 'OTP_NOPROC' };
    const rejected = expect(more).rejects.toMatchObject(noServer);
    await island.server.stop();
    await rejected;
    await none;
    await expect(island.server.waitForConnections('==', 1)).rejects.toMatchObject(noServer);
    await island.server.waitForConnections('<', 1);
  });

  test('is rejected when the server is killed, as soon as its last connection has ended', async () => {
    await using island = await TestIsland.start({ ...echo, handleShutdown: () => new Promise(() => {}) });
    await served(island);
    const connection = await island.connection();
    const waits = island.server.waitForConnections('>', 1);
    island.runtime.sendExit(island.server.pid, 'kill');
    await settle();
    expect(await isPending(waits)).toBe(true);
    island.runtime.sendExit(connection, 'kill');
    await expect(waits).rejects.toMatchObject({ code: 'OTP_NOPROC' });
  });

  test('can be given up', async () => {
    await using island = await TestIsland.start(echo);
    const controller = new AbortController();
    const waits = island.server.waitForConnections('==', 5, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(waits).rejects.toThrow('enough');
    await expect(island.server.waitForConnections('==', 5, { signal: controller.signal })).rejects.toThrow(
      'enough',
    );
  });

  test.each([
    ['operator', '=>', 1],
    ['operator', 'toString', 1],
    ['operator', undefined, 1],
    ['count', '==', -1],
    ['count', '==', 1.5],
    ['count', '==', 'many'],
  ])('refuses what cannot be meant, by name: %s of %p %p', async (name, operator, count) => {
    await using island = await TestIsland.start(echo);
    const wait = (): unknown => island.server.waitForConnections(operator as CountOperator, count as number);
    expect(wait).toThrow(BadArgumentError);
    expect(wait).toThrow(name);
  });
});

test.each([
  ['>', [false, false, true]],
  ['>=', [false, true, true]],
  ['==', [false, true, false]],
  ['=<', [true, true, false]],
  ['<=', [true, true, false]],
  ['<', [true, false, false]],
])('a count %s 5: 4, 5, 6', (operator, expected) => {
  expect([4, 5, 6].map(comparison(operator, 5))).toEqual(expected);
});
