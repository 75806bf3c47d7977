import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { error, type Handler } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { TestIsland } from './support/test-island.ts';

const boom = new Error('boom');
const moody: Handler = {
  handleConnection: (socket) => socket.send('hi'),
  handleData(data) {
    if (data.toString() === 'throw') throw boom;
    if (data.toString() === 'error') return error('nonsense');
    return undefined;
  },
};

describe('a connection', () => {
  test.each([
    ['that the client closes', 'end', undefined],
    ['that throws', 'throw', boom],
    ['that fails', 'error', 'nonsense'],
    ['that the client breaks', 'reset', expect.objectContaining({ code: 'ISLAND_SOCKET_ERROR' })],
    ['that times out', 'silence', 'timeout'],
    ['that is killed', 'kill', 'killed'],
    ['that the server stops', 'stop', undefined],
  ])('%s is told of twice: when it starts and when it stops', async (_what, how, reason) => {
    await using island = await TestIsland.start(moody, { readTimeout: 1_000 });
    const { events } = island.server;
    const starts = Channel.of(events, 'connection:start');
    const stops = Channel.of(events, 'connection:stop');
    const client = await island.connect();
    await client.read(2);
    const pid = await island.connection();
    const remote = { address: '127.0.0.1', family: 'IPv4', port: client.socket.localPort };
    const started = await starts.next();
    expect(started.connection).toBe(pid);
    expect(started.remote).toEqual(remote);

    await island.clock.advance(10);
    if (how === 'end') client.end();
    else if (how === 'reset') await client.reset();
    else if (how === 'kill') island.runtime.sendExit(pid, 'kill');
    else if (how === 'silence') await island.clock.advance(990);
    else if (how === 'stop') await island.server.stop();
    else await client.send(how);
    const stopped = await stops.next();
    expect(stopped.connection).toBe(pid);
    expect(stopped.remote).toEqual(remote);
    expect(stopped.durationMs).toBe(how === 'silence' ? 1_000 : 10);
    expect(stopped.statistics.sentBytes).toBe(2);
    expect(stopped.error).toEqual(reason);
    await client.closed;
    await island.server.stop();
    expect(starts.seen).toHaveLength(1);
    expect(stops.seen).toHaveLength(1);
  });
});

test('the events of a server go out on diagnostics channels too', async () => {
  const told: string[] = [];
  const names = ['listener:start', 'listener:stop', 'connection:start', 'connection:stop', 'server:drained'];
  const listeners = names.map((name) => [`island:${name}`, () => void told.push(name)] as const);
  for (const [name, listener] of listeners) subscribe(name, listener);
  {
    await using island = await TestIsland.start(moody);
    const client = await island.connect();
    await client.read(2);
  }
  for (const [name, listener] of listeners) unsubscribe(name, listener);
  expect(told.filter((name) => name === 'connection:stop')).toHaveLength(1);
  expect(told.filter((name) => name !== 'connection:stop')).toEqual([
    'listener:start',
    'connection:start',
    'listener:stop',
    'server:drained',
  ]);
});
