import { spawnSync } from 'node:child_process';

/** A server whose process runs out of descriptors, for real. */

import { Channel } from './support/channel.ts';
import { BUILD_MS, build, ChildServer } from './support/child-server.ts';
import { Client } from './support/client.ts';
import { needing } from './support/program.ts';

const LIMIT = 40;
const CLIENTS = 60;

beforeAll(build, BUILD_MS);
const withPrlimit = needing('prlimit', ['--version']);

/** Starts a server, and then limits its process: to load its modules Node needs more than that. */
async function start(options: object = {}): Promise<{ server: ChildServer; port: number }> {
  const server = new ChildServer({ host: '127.0.0.1', port: 0, acceptBackoff: 10, ...options });
  const { address, pid } = await server.lines.next();
  const { status } = spawnSync('prlimit', ['--pid', String(pid), `--nofile=${LIMIT}:${LIMIT}`]);
  expect(status).toBe(0);
  return { server, port: address?.port as number };
}

/** What became of a client that says nothing: it was greeted, or closed without a word. */
async function fate(client: Client): Promise<'served' | 'closed'> {
  return client.readText(6).then(
    () => 'served',
    () => 'closed',
  );
}

interface Settled {
  readonly waiting: number;
  readonly refused: number;
  readonly activeConnections: number;
  readonly status: string;
}

/** Asks until every client is accounted for: none is lost without a word. */
async function settled(server: ChildServer): Promise<Settled> {
  for (;;) {
    const info = (await server.tell('info')) as Settled;
    if (info.activeConnections + info.waiting + info.refused === CLIENTS) return info;
  }
}

describe('at the limit of descriptors', () => {
  withPrlimit('some clients are served, some wait, and those that are refused are counted', async () => {
    const { server: started, port } = await start();
    await using server = started;
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => Client.connect(port)));
    const greeted = new Channel<Client>();
    const fates = clients.map(async (client) => {
      const end = await fate(client);
      if (end === 'served') greeted.push(client);
      return end;
    });

    const short = await server.lines.next();
    expect(short).toMatchObject({ event: 'acceptor:emfile', limit: LIMIT, reserve: LIMIT / 4 });
    expect(short.used).toBe(LIMIT - LIMIT / 4 + 1);
    const { waiting, refused, activeConnections, status } = await settled(server);
    expect(status).toBe('running');
    expect(activeConnections).toBeGreaterThan(0);
    expect(waiting).toBeGreaterThan(0);
    // Half of the reserve is for those that wait.
    expect(waiting).toBeLessThanOrEqual(LIMIT / 4 / 2);

    // Connections that are there are unharmed, and can open files.
    const served = await greeted.take(activeConnections);
    const [first, second] = served as [Client, Client];
    await first.send('still here\n');
    expect(await first.readText(11)).toBe('still here\n');
    await second.send('open\n');
    expect(await second.readText(7)).toBe('opened\n');

    // Those that wait are served when others go.
    for (const client of served) await client[Symbol.asyncDispose]();
    const all = await Promise.all(fates);
    expect(all.filter((each) => each === 'closed')).toHaveLength(refused);
    expect(all.filter((each) => each === 'served')).toHaveLength(activeConnections + waiting);
    await using late = await Client.connect(port);
    expect(await late.readText(6)).toBe('hello\n');
    for (const client of clients) await client[Symbol.asyncDispose]();
    expect(await server.stop()).toBe(0);
  });
});
