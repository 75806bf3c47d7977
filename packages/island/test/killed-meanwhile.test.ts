import type { Pid, Runtime } from '@thousand-island/runtime';
import { settle } from '@thousand-island/runtime/testing';
import {
  continueAs,
  encodeProxyHeaderV1,
  type Handler,
  type RawSocket,
  switchTransport,
  type Transport,
  takeSocket,
  tcp,
} from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { SpanAudit } from './support/span-audit.ts';
import { TestIsland } from './support/test-island.ts';

/** More than lie between the end of what a connection waits for and its next callback. */
const TURNS = Array.from({ length: 16 }, (_, turn) => turn);

/** TCP whose handshakes, and switches to it, are done when the test says so. */
function released(releases: Channel<() => void>): Transport {
  const wait = (raw: RawSocket): Promise<RawSocket> =>
    new Promise((resolve) => releases.push(() => resolve(raw)));
  return { name: 'released', listen: tcp.listen, handshake: wait, upgrade: wait };
}

/** TCP that tells when something of a connection is read first. */
function telling(onRead: () => void): Transport {
  return {
    ...tcp,
    listen: (options, onSocket) =>
      tcp.listen(options, (raw) => {
        onSocket(raw);
        raw.prependOnceListener('data', onRead);
      }),
  };
}

/** Kills a process so many microtasks from now. */
async function killAfter(runtime: Runtime, pid: Pid, turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await undefined;
  runtime.sendExit(pid, 'kill');
}

describe('nothing of a connection runs any more', () => {
  test.each(TURNS)('that is killed %i turns after its handshake', async (turns) => {
    const releases = new Channel<() => void>();
    const audit = new SpanAudit();
    const order: string[] = [];
    for (const event of ['connection:start', 'connection:ready', 'connection:stop'] as const)
      audit.events.on(event, () => order.push(event));
    const handler: Handler = {
      handleConnection: (_socket, _state, self) => void order.push(`alive: ${self.alive}`),
    };
    const options = { transport: released(releases), acceptors: 1, events: audit.events };
    await using island = await TestIsland.start(handler, options);
    const client = await island.connect();
    const release = await releases.next();
    const connection = await island.connection();
    release();
    await killAfter(island.runtime, connection, turns);
    await client.closed;
    await settle(island.runtime);
    expect(order.at(-1)).toBe('connection:stop');
    expect(order).not.toContain('alive: false');
    await island.server.stop();
    expect(audit.faults()).toEqual([]);
  });

  test.each(TURNS)('that is killed %i turns after the header of its proxy has come', async (turns) => {
    const audit = new SpanAudit();
    const transport = telling(() => void killAfter(island.runtime, connection, turns));
    const handler: Handler = { handleConnection: (_socket, _state, self) => void alive.push(self.alive) };
    const alive: boolean[] = [];
    const options = { transport, acceptors: 1, proxyProtocol: 'required', events: audit.events } as const;
    await using island = await TestIsland.start(handler, options);
    const client = await island.connect();
    await settle(island.runtime);
    const connection = await island.connection();
    await client.send(encodeProxyHeaderV1());
    await client.closed;
    await settle(island.runtime);
    expect(alive).not.toContain(false);
    await island.server.stop();
    expect(audit.faults()).toEqual([]);
  });

  test.each(TURNS)(
    'that is a process of ones own, killed %i turns after the header of its proxy',
    async (turns) => {
      const audit = new SpanAudit();
      const transport = telling(() => void killAfter(island.runtime, connection, turns));
      const handler: Handler = {
        startConnection: (socket, supervisor) => ({
          kind: 'ok',
          pid: supervisor.spawnLink(async (self) => {
            await takeSocket(socket, self);
            await socket.recv();
          }),
        }),
      };
      const options = { transport, acceptors: 1, proxyProtocol: 'required', events: audit.events } as const;
      await using island = await TestIsland.start(handler, options);
      const client = await island.connect();
      await settle(island.runtime);
      const connection = await island.connection();
      await client.send(encodeProxyHeaderV1());
      await client.closed;
      await settle(island.runtime);
      await island.server.stop();
      expect(audit.faults()).toEqual([]);
    },
  );

  const continued: string[] = [];
  const onward = async (done: Promise<void>): Promise<ReturnType<typeof continueAs>> => {
    await done;
    return continueAs({ continue: 'on' });
  };

  test.each(['handleConnection', 'handleData', 'handleInfo', 'handleContinue', 'switchTransport'])(
    'that is killed while %s is busy and would go on',
    async (busy) => {
      continued.length = 0;
      const releases = new Channel<() => void>();
      const wait = (): Promise<void> => new Promise((resolve) => releases.push(resolve));
      const when = (callback: string): unknown => (busy === callback ? onward(wait()) : undefined);
      const handler = {
        handleConnection: () => when('handleConnection'),
        handleData: () => {
          if (busy === 'switchTransport') return switchTransport(released(releases), { continue: 'on' });
          return busy === 'handleContinue' ? continueAs({ continue: 'first' }) : when('handleData');
        },
        handleInfo: () => when('handleInfo'),
        handleContinue: (argument: unknown) => {
          if (argument === 'first') return onward(wait());
          continued.push(busy);
          return undefined;
        },
      } as Handler;
      await using island = await TestIsland.start(handler, { acceptors: 1 });
      const client = await island.connect();
      if (busy === 'handleInfo') {
        await settle(island.runtime);
        island.runtime.send(await island.connection(), 'hello');
      } else await client.send('x');
      const release = await releases.next();
      island.runtime.sendExit(await island.connection(), 'kill');
      release();
      await client.closed;
      await settle(island.runtime);
      expect(continued).toEqual([]);
      expect(island.runtime.crashes).toEqual([]);
    },
  );
});
