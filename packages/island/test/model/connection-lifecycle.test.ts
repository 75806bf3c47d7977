import { once } from 'node:events';
import { connect as connectTcp, type Socket as NetSocket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ignore, type Pid } from '@thousand-island/runtime';
import { settle } from '@thousand-island/runtime/testing';
import {
  type ConnectionStarted,
  type ConnectionStopped,
  close,
  error,
  type Handler,
  type ServerOptions,
  type Transport,
  tcp,
  tls,
} from '../../src/index.ts';
import { Authority } from '../support/certificates.ts';
import { Channel } from '../support/channel.ts';
import { TestIsland } from '../support/test-island.ts';
import {
  type ConnectionEvent,
  type ConnectionKind,
  type ConnectionPlace,
  transitionsOf,
  type Way,
  ways,
} from './connection-life.ts';

const READ_TIMEOUT = 7_000;
const HANDSHAKE_TIMEOUT = 3_000;

/** Which of the last callbacks runs, by where the connection ends; none if it was never seen, or is killed. */
const LAST: Partial<Record<ConnectionPlace, string>> = {
  closed: 'close',
  failed: 'error',
  timedOut: 'timeout',
  shutDown: 'shutdown',
};

/** Over which transport, and how a client gets from a bare TCP connection to one that it can talk over. */
interface Wire {
  transport(): Promise<Transport>;
  shake(raw: NetSocket): Promise<NetSocket>;
}

/** One connection, led along a way through its life. */
class Walker implements AsyncDisposable {
  readonly #island: TestIsland;
  readonly #wire: Wire;
  readonly #callbacks: string[];
  readonly #go: Channel<void>;
  readonly #beginning: Channel<unknown>;
  readonly #client: NetSocket;
  readonly #starts: Channel<ConnectionStarted>;
  readonly #stops: Channel<ConnectionStopped>;
  #socket: NetSocket;
  readonly #polite: boolean;
  #pid: Pid | undefined = undefined;
  #draining: Promise<unknown> | undefined = undefined;

  private constructor(
    polite: boolean,
    island: TestIsland,
    wire: Wire,
    client: NetSocket,
    callbacks: string[],
    go: Channel<void>,
    beginning: Channel<unknown>,
  ) {
    this.#polite = polite;
    this.#island = island;
    this.#wire = wire;
    this.#client = client;
    this.#socket = client;
    this.#callbacks = callbacks;
    this.#go = go;
    this.#beginning = beginning;
    this.#starts = Channel.of(island.server.events, 'connection:start');
    this.#stops = Channel.of(island.server.events, 'connection:stop');
    client.on('error', () => {});
  }

  static async start(wire: Wire, { polite }: ConnectionKind): Promise<Walker> {
    const callbacks: string[] = [];
    const go = new Channel<void>();
    const beginning = new Channel<unknown>();
    const handler: Handler = {
      init: async () => {
        const outcome = await beginning.next();
        if (outcome instanceof Error) throw outcome;
        return outcome as never;
      },
      async handleData(data, socket) {
        switch (data.toString()) {
          case 'work':
            await socket.send('w');
            await go.next();
            if (callbacks.includes('throw')) throw new Error('thrown when busy');
            return socket.send('d');
          case 'close':
            return close();
          case 'error':
            return error('said');
          case 'throw':
            throw new Error('thrown');
          default:
            return socket.send(data);
        }
      },
      handleClose: () => void callbacks.push('close'),
      handleError: () => void callbacks.push('error'),
      handleShutdown: () => void callbacks.push('shutdown'),
      handleTimeout: () => void callbacks.push('timeout'),
      ...(polite ? { handleDrain: (socket) => socket.send('g') } : {}),
    };
    const options: Omit<ServerOptions, 'handler'> = {
      transport: await wire.transport(),
      acceptors: 1,
      maxConnections: 1,
      whenFull: 'park',
      readTimeout: READ_TIMEOUT,
      handshakeTimeout: HANDSHAKE_TIMEOUT,
      shutdownTimeout: 'infinity',
    };
    const island = await TestIsland.start(handler, options);
    const client = connectTcp({ port: island.server.port, host: '127.0.0.1', allowHalfOpen: true });
    const walker = new Walker(polite, island, wire, client, callbacks, go, beginning);
    await once(client, 'connect');
    await island.server.waitForConnections('==', 1);
    while (walker.#pid === undefined) {
      await settle();
      [walker.#pid] = await island.server.connections();
    }
    return walker;
  }

  async do(event: ConnectionEvent, from: ConnectionPlace): Promise<void> {
    switch (event) {
      case 'ignore':
        return this.#beginning.push(ignore());
      case 'failInit':
        return this.#beginning.push(new Error('no state'));
      case 'begin':
        this.#beginning.push({});
        await this.#starts.next();
        return;
      case 'shake':
        this.#socket = await this.#wire.shake(this.#client);
        this.#socket.on('error', () => {});
        return;
      case 'garble':
        this.#client.write('this is no handshake, whatever it may be\r\n\r\n');
        return;
      case 'stall':
        return this.#island.clock.advance(HANDSHAKE_TIMEOUT);
      case 'silence':
        return this.#island.clock.advance(READ_TIMEOUT);
      case 'leave':
      case 'hangUp':
        this.#socket.end();
        return;
      case 'reset':
        this.#client.resetAndDestroy();
        return;
      case 'work':
        return this.#say('work', 'w');
      case 'done':
        this.#go.push();
        return this.#heard('d');
      case 'close':
      case 'error':
        this.#socket.write(event);
        return;
      case 'throw':
        if (from === 'busy') {
          this.#callbacks.push('throw');
          this.#go.push();
        } else this.#socket.write('throw');
        return;
      case 'drain':
        this.#draining = this.#island.server.drain();
        return this.#polite && from === 'open' ? this.#heard('g') : undefined;
      case 'kill':
        this.#island.runtime.sendExit(this.#pid as Pid, 'kill');
        return;
      default:
        return event satisfies never;
    }
  }

  /** What is true of a connection that is there. */
  async check(to: ConnectionPlace): Promise<void> {
    const { server, runtime } = this.#island;
    if (to === 'open') await this.#say('x', 'x');
    if (to === 'handshaking' || to === 'open' || to === 'busy' || to === 'leaving') {
      expect(runtime.isAlive(this.#pid as Pid)).toBe(true);
      await expect(server.info()).resolves.toMatchObject({ activeConnections: 1 });
      return;
    }
    // It has ended: completely, and once.
    this.#socket.resume();
    this.#socket.end();
    await server.waitForConnections('==', 0);
    await runtime.ended(this.#pid as Pid);
    // The server does not leave its side open either.
    if (!this.#socket.closed) await new Promise((resolve) => this.#socket.once('close', resolve));
    await settle();
    expect(this.#callbacks.filter((each) => each !== 'throw')).toEqual([LAST[to] ?? []].flat());
    const isSeen = to !== 'unborn';
    expect([this.#starts.seen.length, this.#stops.seen.length]).toEqual(isSeen ? [1, 1] : [0, 0]);
    expect(await server.info()).toMatchObject({ activeConnections: 0, allConnections: 0 });
    await this.#draining;
  }

  async #say(word: string, answer: string): Promise<void> {
    this.#socket.write(word);
    await this.#heard(answer);
  }

  async #heard(answer: string): Promise<void> {
    let heard = '';
    while (!heard.endsWith(answer)) {
      const [data] = (await once(this.#socket, 'data')) as [Buffer];
      heard += data.toString();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#client.destroy();
    this.#beginning.push({});
    this.#go.push();
    await this.#island[Symbol.asyncDispose]();
  }
}

const clear: Wire = { transport: async () => tcp, shake: async (raw) => raw };

const secured: Wire = {
  transport: async () => tls(await (await Authority.make()).issue('localhost')),
  async shake(raw) {
    const socket = connectTls({ socket: raw, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    return socket;
  },
};

describe.each([
  ['over TCP', false, clear],
  ['over TLS', true, secured],
])('a connection %s', (_over, secure, wire) => {
  describe.each([
    ['with a handler that is shut down', false],
    ['with a handler that can finish politely', true],
  ])('%s', (_how, polite) => {
    const kind: ConnectionKind = { secure, polite };
    const all = ways(kind);

    test('is led through every transition', () => {
      const walked = all.flatMap((way) =>
        way.map(({ event, to }, index) => `${way[index - 1]?.to ?? 'starting'} ${event} ${to}`),
      );
      expect(new Set(walked)).toEqual(new Set(transitionsOf(kind)));
    });

    test.each(all.map((way): [string, Way] => [way.map(({ event }) => event).join(', '), way]))(
      'lives this way: %s',
      async (_name, way) => {
        await using walker = await Walker.start(wire, kind);
        let from: ConnectionPlace = 'starting';
        for (const { event, to } of way) {
          await walker.do(event, from);
          await walker.check(to);
          from = to;
        }
      },
    );
  });
});
