import { settle } from '@thousand-island/runtime/testing';
import { transition } from 'xstate';
import { getSimplePaths } from 'xstate/graph';
import {
  close,
  defineHandler,
  islandEvents,
  type ServerStatus,
  type StatusChanged,
} from '../../src/index.ts';
import { type LifecycleEvent, serverLifecycle } from '../../src/server-lifecycle.ts';
import { Channel } from '../support/channel.ts';
import { Client } from '../support/client.ts';
import { processAt } from '../support/processes.ts';
import { TestIsland } from '../support/test-island.ts';

type EventType = LifecycleEvent['type'];
type Walk = readonly { readonly event: EventType; readonly to: ServerStatus }[];

const EVENTS: readonly EventType[] = [
  'listening',
  'suspend',
  'resume',
  'drain',
  'drained',
  'lost',
  'stop',
  'stopped',
];

/** Every simple path to the end of a server's life, and a way through every transition that leads back. */
function walks(): Walk[] {
  const paths = getSimplePaths(serverLifecycle, { events: EVENTS.map((type) => ({ type })) });
  const ends: Walk[] = [];
  const shortest = new Map<ServerStatus, Walk>();
  for (const { state, steps } of paths) {
    const walk = steps.map((step) => ({ event: step.event.type as EventType, to: step.state.value }));
    const steady = walk.filter(({ event }) => EVENTS.includes(event));
    if (state.value === 'stopped') ends.push(steady);
    const known = shortest.get(state.value);
    if (known === undefined || known.length > steady.length) shortest.set(state.value, steady);
  }
  const back = [...shortest].flatMap(([from, walk]) =>
    EVENTS.flatMap((event) => {
      const [next] = transition(serverLifecycle, serverLifecycle.resolveState({ value: from }), {
        type: event,
      });
      const visited = ['starting', ...walk.map(({ to }) => to)];
      if (next.value === from || !visited.includes(next.value)) return [];
      return [[...walk, { event, to: next.value }]];
    }),
  );
  return [...ends, ...back];
}

/** Echoes, and ends when the client says so; that it is being drained alone does not end it. */
const handler = defineHandler({
  handleData: (data, socket) => (data.toString() === 'end' ? close() : socket.send(data)),
  handleDrain: (socket) => socket.send('d'),
});

/** A server with one connection, which is there for as long as nobody lets it go. */
class Walker implements AsyncDisposable {
  readonly island: TestIsland;
  readonly statuses: Channel<StatusChanged>;
  #client: Client | undefined = undefined;
  readonly #pending: Promise<unknown>[] = [];

  private constructor(island: TestIsland, statuses: Channel<StatusChanged>) {
    this.island = island;
    this.statuses = statuses;
  }

  static async start(): Promise<Walker> {
    const events = islandEvents();
    const statuses = Channel.of(events, 'server:status');
    const options = { events, acceptors: 2, readTimeout: 'infinity', shutdownTimeout: 'infinity' } as const;
    const walker = new Walker(await TestIsland.start(handler, options), statuses);
    walker.#client = await walker.#connect();
    return walker;
  }

  /** Brings the event about. */
  async do(event: EventType): Promise<void> {
    const { server, runtime } = this.island;
    switch (event) {
      case 'listening':
        while (server.status() === 'starting') await settle();
        return;
      case 'suspend':
        return server.suspend();
      case 'resume':
        return server.resume();
      case 'drain':
        this.#pending.push(server.drain());
        return this.#told();
      case 'stop':
        this.#pending.push(server.stop());
        return this.#told();
      case 'drained':
      case 'stopped':
        await this.letGo();
        await Promise.all(this.#pending);
        return;
      case 'lost':
        runtime.sendExit(await processAt(runtime, server.pid, 'listener'), 'kill');
        await settle(20);
        // What it has accepted is ended politely before it starts anew.
        await this.letGo();
        await settle(20);
        return;
      default:
        return event satisfies never;
    }
  }

  /** What is true of a server that is there. */
  async check(status: ServerStatus): Promise<void> {
    const { server, runtime } = this.island;
    expect(server.status()).toBe(status);
    expect(runtime.isAlive(server.pid)).toBe(status !== 'stopped');
    if (status === 'running') await using(await this.#connect());
    else await expect(Client.connect(server.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  }

  async letGo(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    if (client === undefined) return;
    await client.send('end');
    await client.closed;
  }

  async #connect(): Promise<Client> {
    const client = await this.island.connect();
    await client.send('x');
    await client.read(1);
    return client;
  }

  /** Whoever is connected has been told. Told twice, it has nothing to say. */
  async #told(): Promise<void> {
    await settle(50);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.letGo();
    await this.island[Symbol.asyncDispose]();
    await Promise.all(this.#pending);
  }
}

async function using(client: Client): Promise<void> {
  client.end('end');
  await client.closed;
}

describe('the life of a server', () => {
  const all = walks();

  test('is walked through every state and every transition', () => {
    const edges = all.flatMap((walk) =>
      walk.map(({ event, to }, index) => `${walk[index - 1]?.to ?? 'starting'} ${event} ${to}`),
    );
    const states = serverLifecycle.config.states ?? {};
    const wanted = Object.entries(states).flatMap(([from, { on = {} }]) =>
      Object.entries(on).map(([event, to]) => `${from} ${event} ${String(to)}`),
    );
    expect(new Set(edges)).toEqual(new Set(wanted));
  });

  test.each(all.map((walk): [string, Walk] => [walk.map(({ event }) => event).join(', '), walk]))(
    'goes this way: %s',
    async (_way, walk) => {
      await using walker = await Walker.start();
      for (const [index, { event, to }] of walk.entries()) {
        await walker.do(event);
        // Where nothing keeps a server, it is further already.
        if (walker.statuses.seen.length === index + 1) await walker.check(to);
      }
      const seen = walker.statuses.seen.map(({ status }) => status);
      expect(seen.slice(0, walk.length)).toEqual(walk.map(({ to }) => to));
    },
  );
});
