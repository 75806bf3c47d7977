import type { SupervisorReport } from '@thousand-island/runtime';
import { settle } from '@thousand-island/runtime/testing';
import { type Handler, ThousandIsland } from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { Client } from './support/client.ts';
import { processAt, processesById } from './support/processes.ts';
import { TestIsland, TestRuntime } from './support/test-island.ts';

/** Echoes, with a last word that tells how it ended. */
const echo: Handler = {
  handleData: (data, socket) => socket.send(data),
  handleShutdown: (socket) => socket.send('shutdown'),
  handleError: (reason, socket) => socket.send(`error ${String(reason)}`),
};

const ACCEPTORS = 3;
const SERVER = ['', 'listener', 'acceptorSupervisor', 'shutdownListener'];
const POOL = Array.from({ length: ACCEPTORS }, (_, index) => acceptor(index + 1)).flat();

function acceptor(number: number): string[] {
  const path = `acceptorSupervisor/acceptor-${number}`;
  return [path, `${path}/connectionSupervisor`, `${path}/acceptorWorker`];
}

async function roundTrip(client: Client): Promise<void> {
  await client.send('x');
  expect(await client.readText(1)).toBe('x');
}

/** The seed: who is started anew when a process is killed, and whose connections end, with which last word. */
const rows: { kill: string; restarts: string[]; ends: number[]; lastWord: string }[] = [
  {
    kill: 'listener',
    restarts: ['listener', 'acceptorSupervisor', 'shutdownListener', ...POOL],
    ends: [1, 2, 3],
    lastWord: 'shutdown',
  },
  {
    kill: 'acceptorSupervisor',
    restarts: ['acceptorSupervisor', 'shutdownListener', ...POOL],
    ends: [1, 2, 3],
    lastWord: 'shutdown',
  },
  {
    kill: 'shutdownListener',
    restarts: ['shutdownListener'],
    ends: [],
    lastWord: '',
  },
  {
    kill: 'acceptorSupervisor/acceptor-2',
    restarts: acceptor(2),
    ends: [2],
    lastWord: 'shutdown',
  },
  {
    kill: 'acceptorSupervisor/acceptor-2/connectionSupervisor',
    restarts: acceptor(2).slice(1),
    ends: [2],
    lastWord: 'error killed',
  },
  {
    kill: 'acceptorSupervisor/acceptor-2/acceptorWorker',
    restarts: acceptor(2).slice(2),
    ends: [],
    lastWord: '',
  },
];

describe('when a process of the tree is killed', () => {
  test.each(rows)(
    '$kill: those come back that the strategies say',
    async ({ kill, restarts, ends, lastWord }) => {
      await using island = await TestIsland.start(echo, { acceptors: ACCEPTORS });
      const { runtime, server } = island;
      const { port } = server;
      const reports: SupervisorReport[] = [];
      runtime.events.on('supervisor:report', (report) => reports.push(report));
      // One connection for each acceptor, in the order in which they wait.
      const clients = new Map<number, Client>();
      for (let each = 0; each < ACCEPTORS; each++) {
        const known = new Set((await processesById(runtime, server.pid)).keys());
        const client = await island.connect();
        await roundTrip(client);
        const now = [...(await processesById(runtime, server.pid)).keys()];
        const path = now.find((place) => place.endsWith('/connection') && !known.has(place)) ?? '';
        clients.set(Number(/acceptor-(\d+)/.exec(path)?.[1]), client);
      }
      expect([...clients.keys()].sort()).toEqual([1, 2, 3]);
      const before = await processesById(runtime, server.pid);

      runtime.sendExit(await processAt(runtime, server.pid, kill), 'kill');
      const restarted = Channel.of(runtime.events, 'supervisor:progress');
      const last = restarts.filter((path) => SERVER.includes(path)).at(-1) ?? (restarts.at(-1) as string);
      while ((await restarted.next()).id !== last.split('/').at(-1));
      for (const number of ends) {
        const client = clients.get(number) as Client;
        expect((await client.readAll()).toString()).toBe(lastWord);
        expect(await client.closed).toBe('end');
      }
      await settle();

      const after = await processesById(runtime, server.pid);
      const tree = [...SERVER, ...POOL];
      expect(tree.filter((path) => after.get(path) === undefined)).toEqual([]);
      expect(tree.filter((path) => after.get(path) !== before.get(path)).sort()).toEqual(
        [...restarts].sort(),
      );

      for (const [number, client] of clients) if (!ends.includes(number)) await roundTrip(client);
      expect(server.port).toBe(port);
      expect(server.status()).toBe('running');
      for (let each = 0; each < 2 * ACCEPTORS; each++) await roundTrip(await island.connect());
      expect(await server.connections()).toHaveLength(3 - ends.length + 2 * ACCEPTORS);
      // The death itself is reported, and nothing that went wrong on the way back.
      expect(reports.map((report) => [report.context, report.id])).toEqual([
        ['childTerminated', kill.split('/').at(-1)],
      ]);
      // OTP: supervisors below one that was killed end with its reason.
      expect(runtime.crashes.filter((reason) => reason !== 'killed')).toEqual([]);
    },
  );

  test.each(rows)('$kill: the server can still be stopped and drains what is there', async ({ kill }) => {
    await using island = await TestIsland.start(echo, { acceptors: ACCEPTORS });
    const { runtime, server } = island;
    const restarted = Channel.of(runtime.events, 'supervisor:progress');
    runtime.sendExit(await processAt(runtime, server.pid, kill), 'kill');
    while ((await restarted.next()).id !== kill.split('/').at(-1));
    const client = await connectSoon(island);
    await roundTrip(client);
    expect(await server.stop()).toEqual({ told: 1, finished: 1, forced: 0 });
    expect((await client.readAll()).toString()).toBe('shutdown');
    expect(runtime.processCount).toBe(0);
  });

  test('the server itself: nothing of it is left', async () => {
    await using island = await TestIsland.start(echo, { acceptors: ACCEPTORS });
    const { runtime, server } = island;
    const client = await island.connect();
    await roundTrip(client);
    const exits = Channel.of(runtime.events, 'process:exit');
    runtime.sendExit(server.pid, 'kill');
    expect((await client.readAll()).toString()).toBe('shutdown');
    await client.closed;
    while (runtime.processCount > 0) await exits.next();
    await expect(Client.connect(server.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});

test('a process that crashes again and again takes its supervisor along, and in the end the server', async () => {
  await using runtime = new TestRuntime();
  const server = await ThousandIsland.start(
    { host: '127.0.0.1', port: 0, acceptors: 2, handler: echo },
    runtime,
  );
  const ended = runtime.ended(server.pid);
  const started = Channel.of(runtime.events, 'supervisor:progress');
  let kills = 0;
  const killer = (async () => {
    while (runtime.isAlive(server.pid)) {
      await processAt(runtime, server.pid, 'listener').then(
        (pid) => {
          runtime.sendExit(pid, 'kill');
          kills++;
        },
        () => {},
      );
      await Promise.race([started.next(), ended]);
    }
  })();
  expect(await ended).toBe('shutdown');
  await killer;
  expect(kills).toBeGreaterThanOrEqual(4);
  await server.stop();
});

test('the crash of a connection costs no restart of anything', async () => {
  await using island = await TestIsland.start({
    handleData() {
      throw new Error('boom');
    },
  });
  const { runtime, server } = island;
  const before = await processesById(runtime, server.pid);
  for (let each = 0; each < 50; each++) {
    const client = await island.connect();
    await client.send('x');
    await client.closed;
  }
  await settle();
  expect(await processesById(runtime, server.pid)).toEqual(before);
  expect(runtime.crashes).toHaveLength(50);
});

/** The listener may be on its way back. */
async function connectSoon(island: TestIsland): Promise<Client> {
  for (;;) {
    const client = await island.connect().catch(() => undefined);
    if (client !== undefined) return client;
    await settle();
  }
}
