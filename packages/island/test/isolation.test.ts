import type { ExitReason, Pid } from '@thousand-island/runtime';
import { settle } from '@thousand-island/runtime/testing';
import { type Handler, SocketError } from '../src/index.ts';
import { childOf, ID } from '../src/tree.ts';
import { Channel } from './support/channel.ts';
import type { Client } from './support/client.ts';
import { TestIsland } from './support/test-island.ts';

const OTHERS = 1_000;
const MUCH = Buffer.alloc(32 * 1024 * 1024, 'much');

/** An echo that some words make go wrong, in every way code can. */
function fragile(reasons: Channel<ExitReason>): Handler {
  return {
    handleData(data, socket, _state, self) {
      switch (data.toString()) {
        case 'throw':
          throw new Error('thrown');
        case 'throw junk':
          throw 'no error at all';
        case 'reject':
          return Promise.reject(new Error('rejected'));
        case 'reject later':
          return settle().then(() => Promise.reject(new Error('rejected later')));
        case 'junk':
          return 'junk' as never;
        case 'exit':
          return self.exit('had enough');
        case 'flood':
          return socket.send(MUCH);
        case 'hang':
          reasons.push('hangs');
          return new Promise<void>(() => {});
        default:
          return socket.send(data);
      }
    },
    handleError: (reason) => reasons.push(reason),
  };
}

/** Every client sends bytes of its own and reads them back. */
async function allEcho(clients: readonly Client[], round: number): Promise<void> {
  const texts = clients.map((_, index) => `client ${index} in round ${round};`.padEnd(64, '.'));
  await Promise.all(clients.map((client, index) => client.send(texts[index] as string)));
  const echoes = await Promise.all(clients.map((client) => client.readText(64)));
  expect(echoes).toEqual(texts);
}

test('what ends one connection leaves a thousand others echoing correct bytes', async () => {
  const reasons = new Channel<ExitReason>();
  await using island = await TestIsland.start(fragile(reasons), { readTimeout: 'infinity' });
  const others = await Promise.all(Array.from({ length: OTHERS }, () => island.connect()));
  await allEcho(others, 0);
  const before = await island.server.connections();
  expect(before).toHaveLength(OTHERS);

  const failures: [string, unknown][] = [
    ['throw', expect.objectContaining({ message: 'thrown' })],
    ['throw junk', expect.objectContaining({ code: 'OTP_NOCATCH', value: 'no error at all' })],
    ['reject', expect.objectContaining({ message: 'rejected' })],
    ['reject later', expect.objectContaining({ message: 'rejected later' })],
    ['junk', expect.objectContaining({ code: 'OTP_BAD_RETURN' })],
    ['exit', 'had enough'],
  ];
  let round = 0;
  for (const [word, reason] of failures) {
    const client = await island.connect();
    const echoing = allEcho(others, ++round);
    await client.send(word);
    expect(await reasons.next()).toEqual(reason);
    expect(await client.closed).toBe('end');
    await echoing;
  }
  expect(island.runtime.crashes).toHaveLength(failures.length);

  // Clients that break the connection: idle, while they are sent to, and while their handler hangs.
  const quiet = await island.connect();
  await allEcho([quiet], 0);
  const flooded = await island.connect({ paused: true });
  await flooded.send('flood');
  const hanging = await island.connect();
  await hanging.send('hang');
  expect(await reasons.next()).toBe('hangs');
  const hangs = new Set(await island.server.connections());
  for (const pid of before) hangs.delete(pid);
  const echoing = allEcho(others, ++round);
  await Promise.all([quiet.reset(), flooded.reset(), hanging.reset()]);
  expect(await reasons.take(2)).toEqual([expect.any(SocketError), expect.any(SocketError)]);
  await echoing;
  for (const pid of await island.server.connections())
    if (hangs.has(pid)) island.runtime.sendExit(pid, 'kill');

  await settle();
  expect(new Set(await island.server.connections())).toEqual(new Set(before));
  await allEcho(others, ++round);
  expect(island.runtime.crashes).toHaveLength(failures.length);
}, 30_000);

/** The process that is killed: the Server itself, or a child of it. */
const killed: [string, (island: TestIsland) => Promise<Pid | undefined>][] = [
  ['Server', async ({ server }) => server.pid],
  ['Listener', ({ runtime, server }) => childOf(runtime, server.pid, ID.listener)],
  ['AcceptorSupervisor', ({ runtime, server }) => childOf(runtime, server.pid, ID.acceptorSupervisor)],
];

test.each(killed)(
  'when the %s is killed, connections have their errors for themselves until the end',
  async (_name, find) => {
    const leaving = new Channel<() => void>();
    const broken = new Error('thrown where nobody catches it');
    const handler: Handler = {
      async handleShutdown() {
        await new Promise<void>((resolve) => leaving.push(resolve));
        setImmediate(() => {
          throw broken;
        });
        // Something that never comes.
        await new Promise(() => {});
      },
    };
    const island = await TestIsland.start(handler);
    await using runtime = island.runtime;
    const clients = [await island.connect(), await island.connect()];
    await island.server.waitForConnections('==', clients.length);
    const connections = await island.server.connections();
    runtime.sendExit((await find(island)) as Pid, 'kill');
    // Acceptors are stopped one after the other where nobody drains them.
    for (const _ of clients) (await leaving.next())();
    await Promise.all(connections.map((pid) => runtime.ended(pid)));
    expect(runtime.crashes.filter((reason) => reason === broken)).toHaveLength(clients.length);
    for (const client of clients) await client[Symbol.asyncDispose]();
    if (runtime.isAlive(island.server.pid)) await island.server.stop();
  },
);

test('a storm of resets in the middle of transfers ends only the connections that were reset', async () => {
  const reasons = new Channel<ExitReason>();
  await using island = await TestIsland.start(fragile(reasons), { readTimeout: 'infinity' });
  const stopped = Channel.of(island.server.events, 'connection:stop');
  const others = await Promise.all(Array.from({ length: 50 }, () => island.connect()));
  await allEcho(others, 0);
  const storm = await Promise.all(Array.from({ length: 200 }, () => island.connect()));
  const sending = storm.map((client) => client.send(Buffer.alloc(256 * 1024, 'x')).catch(() => {}));
  await Promise.all(storm.map((client) => client.read(1)));
  const echoing = allEcho(others, 1);
  await Promise.all(storm.map((client) => client.reset()));
  await Promise.all(sending);
  await echoing;
  await stopped.take(200);
  expect(await island.server.connections()).toHaveLength(50);
  await allEcho(others, 2);
  expect(island.runtime.crashes).toEqual([]);
});
