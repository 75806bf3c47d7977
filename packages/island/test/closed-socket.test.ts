import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Pid, Self } from '@thousand-island/runtime';
import { settle } from '@thousand-island/runtime/testing';
import { type RawSocket, type Transport, tcp, tls } from '../src/index.ts';
import { Authority } from './support/certificates.ts';
import { Channel } from './support/channel.ts';
import { Client } from './support/client.ts';
import { startInMemory } from './support/memory-island.ts';
import { TestIsland } from './support/test-island.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Keeps the sockets that connections are talked over, and those below them. */
function kept(transport: Transport, sockets: RawSocket[]): Transport {
  const { handshake } = transport;
  const listen: Transport['listen'] = (options, onSocket) =>
    transport.listen(options, (raw) => {
      sockets.push(raw);
      onSocket(raw);
    });
  if (handshake === undefined) return { name: transport.name, listen };
  return {
    name: transport.name,
    listen,
    handshake: async (raw) => {
      const secured = await handshake.call(transport, raw);
      sockets.push(secured);
      return secured;
    },
  };
}

// Node's handles, and all that they lead to, outlive young collections: a server with many short connections would pay for it.
test.each(['TCP', 'TLS'])(
  'a closed socket of Node keeps nothing of its connection, over %s',
  async (over) => {
    const authority = await Authority.make();
    const sockets: RawSocket[] = [];
    const transport = kept(over === 'TLS' ? tls(await authority.issue('a.example')) : tcp, sockets);
    const owners: WeakRef<Self>[] = [];
    const init = (_options: unknown, self: Self): void => void owners.push(new WeakRef(self));
    await using island = await TestIsland.start(
      { init, handleData: (data, socket) => socket.send(data) },
      { transport },
    );
    const stopped = Channel.of(island.server.events, 'connection:stop');
    const client = await (over === 'TLS'
      ? Client.secure(island.server.port, { ca: authority.cert, servername: 'a.example' })
      : island.connect());
    await client.send('x');
    await client.read(1);
    client.end();
    await stopped.next();
    await client.closed;
    for (let turns = 0; sockets.some((socket) => !socket.closed) && turns < 100; turns++) await settle();
    await settle(20);
    collectGarbage();
    expect(owners.map((self) => self.deref())).toEqual([undefined]);
    expect(sockets).toHaveLength(over === 'TLS' ? 2 : 1);
  },
);

test('that the socket of an ended connection is closed is nothing to tell of, what else it has left behind is', async () => {
  const told: unknown[] = [];
  const connections = new Channel<Pid>();
  const broken = new Error('left behind');
  const thrown = (error: unknown): void => {
    setImmediate(() => {
      throw error;
    });
  };
  await using setting = await startInMemory({
    handleConnection(socket, _state, { signal, pid }) {
      connections.push(pid);
      signal.addEventListener('abort', () => {
        settle()
          .then(() => socket.send('too late'))
          .catch(thrown);
        settle().then(() => thrown(broken));
      });
    },
  });
  const { runtime } = setting.island;
  runtime.events.on('callback:failed', (event) => told.push(event));
  const client = await setting.connect();
  const connection = await connections.next();
  await client[Symbol.asyncDispose]();
  await settle(20);
  expect(told).toEqual([{ error: broken, pid: connection }]);
});
