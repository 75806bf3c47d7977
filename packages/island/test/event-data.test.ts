import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ignore, type Pid } from '@thousand-island/runtime';
import { settle } from '@thousand-island/runtime/testing';
import {
  close,
  type Handler,
  type IslandEventMap,
  type IslandEventName,
  islandEvents,
} from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { TestIsland } from './support/test-island.ts';

const PAGE = readFileSync(join(__dirname, '../../../docs/events.md'), 'utf8');

/** What the page says an event carries; *span* stands for three. */
function fieldsOf(event: string): string[] {
  const row = PAGE.split('\n').find((line) => line.startsWith(`| \`${event}\` |`)) ?? '';
  const [, , , measurements = '', metadata = ''] = row.split('|');
  const above = metadata.includes('the same') ? fieldsOf(event.replace(':stop', ':start')) : [];
  const columns = [measurements.replace(/:.*/, ''), metadata];
  const named = columns.flatMap((column) =>
    [...column.matchAll(/`(\w+)`/g)].map(([, field]) => field as string),
  );
  const span = metadata.includes('*span*') ? ['span', 'parentSpan', 'handler'] : [];
  return [...new Set([...named, ...span, ...above])];
}

/** Collects what is told of, in its order. */
class Record {
  readonly events = islandEvents();
  readonly seen: { readonly event: IslandEventName; readonly payload: object }[] = [];
  readonly #channel = new Channel<IslandEventName>();

  constructor() {
    for (const event of Object.keys(this.events.topics) as IslandEventName[]) {
      this.events.on(event, (payload) => {
        this.seen.push({ event, payload });
        this.#channel.push(event);
      });
    }
  }

  /** Waits until this event has come. */
  async until(event: IslandEventName): Promise<void> {
    while ((await this.#channel.next()) !== event);
  }

  of<Event extends IslandEventName>(event: Event): IslandEventMap[Event][] {
    return this.seen
      .filter((each) => each.event === event)
      .map(({ payload }) => payload as IslandEventMap[Event]);
  }

  /** The events of connections, without the word connection. */
  get ofConnections(): string[] {
    return this.seen
      .filter(({ event }) => event.startsWith('connection:'))
      .map(({ event }) => event.replace('connection:', ''));
  }
}

test('what goes over a connection is told of in its order, with the very chunks', async () => {
  const record = new Record();
  const chunks: Buffer[] = [];
  const answer = Buffer.from('three');
  await using island = await TestIsland.start(
    {
      async handleConnection(socket) {
        await socket.send('one');
        chunks.push(await socket.recv(3));
        await socket.recv(1, { timeout: 0 }).catch(() => {});
      },
      handleData(data, socket) {
        chunks.push(data);
        socket.send(answer);
        socket.send(['fo', 'ur']);
        socket.shutdown('write');
        socket.send('five');
        return close();
      },
    },
    { events: record.events },
  );
  const client = await island.connect();
  await client.read(3);
  await client.send('abc');
  await record.until('connection:recv');
  await island.clock.advance(0);
  await record.until('connection:recvError');
  await client.send('defg');
  expect((await client.readAll()).toString()).toBe('threefour');
  await record.until('connection:stop');

  expect(record.ofConnections).toEqual(
    ['start', 'ready', 'send', 'recv', 'recvError', 'asyncRecv'].concat([
      'send',
      'send',
      'socketShutdown',
      'sendError',
      'stop',
    ]),
  );
  expect(record.of('connection:recv')[0]?.data === chunks[0]).toBe(true);
  expect(record.of('connection:asyncRecv')[0]?.data === chunks[1]).toBe(true);
  expect(record.of('connection:send').map(({ data }) => data)).toEqual(['one', answer, ['fo', 'ur']]);
  expect(record.of('connection:send')[1]?.data === answer).toBe(true);
  expect(record.of('connection:recvError').map(({ error }) => error.name)).toEqual(['RecvTimeoutError']);
  expect(record.of('connection:sendError').map(({ data, error }) => [data, error.name])).toEqual([
    ['five', 'SocketClosedError'],
  ]);
  expect(record.of('connection:socketShutdown')[0]?.way).toBe('write');
  const spans = record.seen.filter(({ event }) => event.startsWith('connection:'));
  expect(new Set(spans.map(({ payload }) => Reflect.get(payload, 'span'))).size).toBe(1);
});

test('a send that has to wait is told of when it has waited', async () => {
  const record = new Record();
  const large = Buffer.alloc(8 * 1024 * 1024);
  const outcomes = new Channel<string>();
  const handler: Handler = {
    async handleConnection(socket) {
      await socket.send(large).then(
        () => outcomes.push('taken'),
        () => outcomes.push('not taken'),
      );
    },
  };
  await using island = await TestIsland.start(handler, { events: record.events });
  const reading = await island.connect({ paused: true });
  await record.until('connection:ready');
  expect(record.of('connection:send')).toEqual([]);
  reading.socket.resume();
  expect(await outcomes.next()).toBe('taken');
  await record.until('connection:send');
  const leaving = await island.connect({ paused: true });
  await record.until('connection:ready');
  await leaving.reset();
  expect(await outcomes.next()).toBe('not taken');
  await record.until('connection:sendError');
  expect(record.of('connection:send').map(({ data }) => data)).toEqual([large]);
  expect(record.of('connection:sendError')[0]?.data === large).toBe(true);
});

test.each<[string, (island: TestIsland, pid: Pid) => unknown]>([
  ['is killed', (island, pid) => island.runtime.sendExit(pid, 'kill')],
  ['closes its socket', (island, pid) => island.runtime.send(pid, 'close')],
])('the stop is the last that is told of a connection that %s while it sends', async (_how, end) => {
  const record = new Record();
  const outcomes = new Channel<string>();
  const handler: Handler = {
    handleConnection(socket, _state, self) {
      for (const send of [socket.send(Buffer.alloc(8 * 1024 * 1024)), socket.sendfile(__filename)])
        send.catch((error) => outcomes.push(error.code));
      outcomes.push(String(self.pid));
    },
    handleInfo(_message, socket) {
      socket.close();
      return close();
    },
  };
  await using island = await TestIsland.start(handler, { events: record.events });
  await island.connect({ paused: true });
  await outcomes.next();
  end(island, await island.connection());
  expect(await outcomes.take(2)).toEqual(['ISLAND_SOCKET_CLOSED', 'ISLAND_SOCKET_CLOSED']);
  await island.server.waitForConnections('==', 0);
  await settle();
  expect(record.ofConnections).toEqual(['start', 'ready', 'stop']);
});

test('a recv that is refused at once is told of too', async () => {
  const record = new Record();
  const codes = new Channel<unknown>();
  await using island = await TestIsland.start(
    {
      async handleConnection(socket) {
        const waiting = socket.recv(3);
        await socket.recv(1).catch(({ code }) => codes.push(code));
        await waiting;
        socket.shutdown('read');
        await socket.recv(1).catch(({ code }) => codes.push(code));
      },
    },
    { events: record.events },
  );
  const client = await island.connect();
  await codes.next();
  await client.send('abc');
  await codes.next();
  expect(codes.seen).toEqual(['ISLAND_SOCKET_BUSY', 'ISLAND_SOCKET_CLOSED']);
  expect(record.of('connection:recvError').map(({ error }) => 'code' in error && error.code)).toEqual(
    codes.seen,
  );
});

test('an observer who comes later is told of what happens from then on', async () => {
  await using island = await TestIsland.start({ handleData: (data, socket) => socket.send(data) });
  const client = await island.connect();
  await client.send('a');
  await client.read(1);
  const stops = Channel.of(island.server.events, 'connection:stop');
  const sends = Channel.of(island.server.events, 'connection:send');
  await client.send('b');
  await client.read(1);
  client.end();
  const { span, remote } = await stops.next();
  expect(sends.seen.map((sent) => sent.span === span)).toEqual([true]);
  expect(remote?.port).toBe(client.socket.localPort);
});

test('nothing is asked of a socket when nobody looks on', async () => {
  const spans: unknown[] = [];
  await using island = await TestIsland.start({
    async handleConnection(socket) {
      Object.defineProperty(socket, 'span', { get: () => spans.push('asked') });
      await socket.recv(1);
    },
    handleData: (data, socket) => socket.send(data),
  });
  const client = await island.connect();
  await client.send('ab');
  expect(await client.readText(1)).toBe('b');
  client.end();
  await client.closed;
  await island.server.stop();
  expect(spans).toEqual([]);
});

test('every event carries what the page says, and nothing else', async () => {
  const record = new Record();
  let clients = 0;
  const handler: Handler = {
    init: () => (++clients === 2 ? ignore() : undefined),
    async handleConnection(socket) {
      await socket.recv(1);
      await socket.recv(1, { timeout: 0 }).catch(() => {});
    },
    async handleData(data, socket) {
      await socket.send(data);
      const range = { file: '/etc/motd', offset: 0, length: 2 };
      socket.span?.fileSent({ ...range, sentBytes: 2 });
      socket.span?.sendfileFailed(range, new Error('gone'));
      socket.shutdown('write');
      await socket.send('').catch(() => {});
      throw new Error('boom');
    },
  };
  await using island = await TestIsland.start(handler, { events: record.events, acceptors: 1 });
  const client = await island.connect();
  await client.send('a');
  await record.until('connection:recv');
  await island.clock.advance(0);
  await client.send('b');
  await client.closed;
  await (await island.connect()).closed;
  await island.server.stop();

  const told = new Set(record.seen.map(({ event }) => event));
  for (const { event, payload } of record.seen) {
    const fields = fieldsOf(event);
    const carried = Object.keys(payload);
    const optional = event.endsWith(':stop') ? 'error' : event === 'server:drained' ? 'acceptor' : undefined;
    if (optional !== undefined && !carried.includes(optional)) carried.push(optional);
    expect([event, carried.sort()]).toEqual([event, fields.sort()]);
  }
  const untold = Object.keys(record.events.topics).filter((event) => !told.has(event as IslandEventName));
  expect(untold.sort()).toEqual(['acceptor:acceptError', 'acceptor:emfile', 'connection:refused']);
});
