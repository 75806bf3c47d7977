import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect, Server, Socket } from 'node:net';
import fc from 'fast-check';
import { defineHandler, type RawSocket, type Transport, tcp } from '../../src/index.ts';
import { AcceptedSocket } from '../../src/transports/accepted-socket.ts';
import { Channel } from '../support/channel.ts';
import { TestIsland } from '../support/test-island.ts';

/** Both ends of a connection over TCP. */
interface Ends extends AsyncDisposable {
  readonly accepted: AcceptedSocket;
  readonly client: Socket;
}

async function bothEnds(): Promise<Ends> {
  const sockets = new Channel<RawSocket>();
  const listening = await tcp.listen(
    {
      host: '127.0.0.1',
      port: 0,
      backlog: 16,
      noDelay: true,
      ipv6Only: false,
      reusePort: false,
      unix: undefined,
      fd: undefined,
    },
    (raw) => sockets.push(raw),
  );
  const client = connect({ port: listening.address.port, host: '127.0.0.1' });
  const accepted = (await sockets.next()) as AcceptedSocket;
  return {
    accepted,
    client,
    async [Symbol.asyncDispose]() {
      client.destroy();
      accepted.destroy();
      listening.close();
      await Promise.all([client, accepted].map((each) => each.closed || once(each, 'close')));
    },
  };
}

/** TCP that shows each socket before anybody else has it. */
function showing(show: (raw: RawSocket) => void): Transport {
  return {
    name: 'showing',
    listen: (options, onSocket) =>
      tcp.listen(options, (raw) => {
        show(raw);
        onSocket(raw);
      }),
  };
}

/** Collects what comes to it. */
class Receiver {
  readonly chunks = new Channel<string>();
  onData(chunk: Buffer): void {
    this.chunks.push(chunk.toString());
  }
}

/** Resolves when another connection has been heard that said something later: the loop has looked at all. */
async function othersHeard(): Promise<void> {
  await using others = await bothEnds();
  const later = new Receiver();
  others.accepted.receiver = later;
  others.client.write('later');
  await later.chunks.next();
}

test('a socket tells its receiver what it had read before there was one, then what comes', async () => {
  await using ends = await bothEnds();
  const { accepted, client } = ends;
  client.write('early');
  while (accepted.readableLength < 5) await once(accepted, 'readable');
  accepted.removeAllListeners('readable');
  const receiver = new Receiver();
  accepted.receiver = receiver;
  expect(await receiver.chunks.next()).toBe('early');
  client.write('late');
  expect(await receiver.chunks.next()).toBe('late');
});

test('a socket whose receiver is gone is a stream like all others, and can have one again', async () => {
  await using ends = await bothEnds();
  const { accepted, client } = ends;
  const receiver = new Receiver();
  accepted.receiver = receiver;
  client.write('one');
  expect(await receiver.chunks.next()).toBe('one');
  accepted.pause();
  accepted.receiver = undefined;
  client.write('two');
  // Paused as it is, it reads ahead for who asks it.
  while (accepted.readableLength < 3) await once(accepted, 'readable');
  expect(String(accepted.read())).toBe('two');
  accepted.removeAllListeners('readable');
  accepted.resume();
  accepted.receiver = receiver;
  client.write('three');
  expect(await receiver.chunks.next()).toBe('three');
});

test('a socket that is paused tells nothing until it is resumed', async () => {
  await using ends = await bothEnds();
  const { accepted, client } = ends;
  const receiver = new Receiver();
  accepted.receiver = receiver;
  accepted.pause();
  client.write('waits');
  await othersHeard();
  expect(receiver.chunks.seen).toEqual([]);
  accepted.resume();
  expect(await receiver.chunks.next()).toBe('waits');
});

test('a socket without a receiver that is paused before anything has come still says that it can be read', async () => {
  await using ends = await bothEnds();
  const { accepted, client } = ends;
  accepted.pause();
  const readable = once(accepted, 'readable', { signal: AbortSignal.timeout(2_000) });
  client.write('waits');
  await readable;
  expect(String(accepted.read())).toBe('waits');
});

test('a socket that is paused before it has a receiver tells it nothing until it is resumed', async () => {
  await using ends = await bothEnds();
  const { accepted, client } = ends;
  accepted.pause();
  const receiver = new Receiver();
  accepted.receiver = receiver;
  client.write('waits');
  await othersHeard();
  expect(receiver.chunks.seen).toEqual([]);
  accepted.resume();
  expect(await receiver.chunks.next()).toBe('waits');
});

test('whoever listens to the stream as well hears what the receiver is told', async () => {
  const heard: string[] = [];
  const transport = showing((raw) => void raw.on('data', (chunk: Buffer) => heard.push(chunk.toString())));
  const handler = defineHandler({ handleData: (data, socket) => socket.send(data) });
  await using island = await TestIsland.start(handler, { transport });
  const client = await island.connect();
  await client.send('both');
  expect((await client.read(4)).toString()).toBe('both');
  expect(heard).toEqual(['both']);
});

test('those who watch a program on net.server.socket hear of each socket', async () => {
  const sockets = new Channel<unknown>();
  const onMessage = (message: unknown): void => sockets.push((message as { socket: unknown }).socket);
  channel('net.server.socket').subscribe(onMessage);
  try {
    await using ends = await bothEnds();
    expect(await sockets.next()).toBe(ends.accepted);
  } finally {
    channel('net.server.socket').unsubscribe(onMessage);
  }
});

test('nobody but who wants to hears that a client has ended, and can still answer it', async () => {
  await using ends = await bothEnds();
  const { accepted, client } = ends;
  expect(accepted.listenerCount('end')).toBe(0);
  client.end();
  accepted.resume();
  await once(accepted, 'end');
  accepted.end('answer');
  const [answer] = await once(client, 'data');
  expect(String(answer)).toBe('answer');
});

test('the sockets of servers are net.Sockets, with all that those have', async () => {
  await using ends = await bothEnds();
  const { accepted, client } = ends;
  expect(accepted).toBeInstanceOf(AcceptedSocket);
  expect(accepted).toBeInstanceOf(Socket);
  expect(accepted.remotePort).toBe(client.localPort);
  expect(accepted.allowHalfOpen).toBe(true);
});

test("on a Node that does not show where it accepts, the sockets are Node's own, and all goes as ever", async () => {
  const { listen } = Server.prototype;
  const spy = jest.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server, ...args) {
    this.once('listening', () => Reflect.set(this, '_handle', hiding(Reflect.get(this, '_handle'))));
    return Reflect.apply(listen, this, args);
  });
  const isAccepted = new Channel<boolean>();
  const transport = showing((raw) => isAccepted.push(raw instanceof AcceptedSocket));
  try {
    const handler = defineHandler({ handleData: (data, socket) => socket.send(data) });
    await using island = await TestIsland.start(handler, { transport });
    const client = await island.connect();
    await client.send('ping');
    expect((await client.read(4)).toString()).toBe('ping');
    expect(await isAccepted.next()).toBe(false);
  } finally {
    spy.mockRestore();
  }
});

/** The handle of a server, as it would be if it did not show what is called with each connection. */
function hiding(handle: object): object {
  return new Proxy(handle, {
    get(target, key) {
      const value: unknown = key === 'onconnection' ? undefined : Reflect.get(target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

test('chunks that are kept stay as they came, whatever comes after on any connection', async () => {
  // Each piece by the connection it is sent on, and its length.
  const pieces = fc.array(
    fc.tuple(fc.nat(3), fc.oneof(fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 200_000 }))),
    { minLength: 1, maxLength: 30 },
  );
  const kept = new Map<string, Buffer[]>();
  const ended = new Channel<string>();
  const handler = defineHandler({
    handleData(data, socket) {
      const port = String(socket.peername()?.port);
      kept.set(port, [...(kept.get(port) ?? []), data]);
    },
    handleClose: (socket) => void ended.push(String(socket.peername()?.port)),
  });
  await using island = await TestIsland.start(handler);
  await fc.assert(
    fc.asyncProperty(pieces, async (plan) => {
      kept.clear();
      const clients = await Promise.all(Array.from({ length: 4 }, () => island.connect()));
      const sent = clients.map(() => [] as Buffer[]);
      plan.forEach(([index, length], at) => {
        const piece = Buffer.alloc(length, at + 1);
        sent[index]?.push(piece);
        clients[index]?.socket.write(piece);
      });
      const ports = clients.map(({ socket }) => String(socket.localPort));
      for (const { socket } of clients) socket.end();
      for (const _ of clients) await ended.next();
      ports.forEach((port, index) => {
        const expected = Buffer.concat(sent[index] as Buffer[]);
        expect(Buffer.concat(kept.get(port) ?? []).equals(expected)).toBe(true);
      });
    }),
    { numRuns: 40 },
  );
});
