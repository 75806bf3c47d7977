import { Supervisor } from '@thousand-island/runtime';
import { settle } from '@thousand-island/runtime/testing';
import {
  type Handler,
  type ListenHandle,
  type ListenOptions,
  ThousandIsland,
  type Transport,
  tcp,
} from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { Client } from './support/client.ts';
import { TestIsland, TestRuntime } from './support/test-island.ts';

const echo: Handler = { handleData: (data, socket) => socket.send(data) };

/** TCP that tells of what it is asked, and begins to listen only when it is let. */
class Gated implements Transport {
  readonly name = 'gated';
  readonly asked = new Channel<ListenOptions>();
  readonly closed = new Channel<number>();
  readonly gate = new Channel<void>();

  async listen(options: ListenOptions, onSocket: Parameters<Transport['listen']>[1]): Promise<ListenHandle> {
    this.asked.push(options);
    await this.gate.next();
    const handle = await tcp.listen(options, onSocket);
    const close = (): void => {
      handle.close();
      this.closed.push(handle.address.port);
    };
    return { address: handle.address, close };
  }
}

describe('a transport', () => {
  test('is told how to listen, with defaults filled in, and hands over sockets', async () => {
    const transport = new Gated();
    transport.gate.push();
    await using island = await TestIsland.start(echo, { transport, backlog: 7, noDelay: false });
    expect(transport.asked.seen).toEqual([
      {
        host: '127.0.0.1',
        port: 0,
        backlog: 7,
        noDelay: false,
        ipv6Only: false,
        reusePort: false,
        unix: undefined,
        fd: undefined,
      },
    ]);
    const client = await island.connect();
    await client.send('through another transport');
    expect(await client.readText(25)).toBe('through another transport');
    await island.server.stop();
    expect(transport.closed.seen).toEqual([island.server.port]);
  });

  test('that is still about to listen when its server is killed leaves nothing open', async () => {
    const transport = new Gated();
    await using runtime = new TestRuntime();
    const child = ThousandIsland.childSpec({
      host: '127.0.0.1',
      port: 0,
      handler: echo,
      transport,
      name: 'web',
    });
    const starting = Supervisor.start(runtime, { children: [child] }).catch(() => 'failed');
    await transport.asked.next();
    for (const pid of runtime.processes()) runtime.sendExit(pid, 'kill');
    expect(await starting).toBe('failed');
    transport.gate.push();
    const port = await transport.closed.next();
    await expect(Client.connect(port)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    expect(transport.asked.seen).toHaveLength(1);
  });
});

describe('an error in what a callback has started', () => {
  const boom = new Error('boom');
  /** Answers, and has something fail on its own afterwards. */
  const careless: Handler = {
    handleConnection: (socket) => socket.send('hi'),
    handleData(data, socket) {
      const fail = (): never => {
        throw boom;
      };
      if (data.toString() === 'immediate') setImmediate(fail);
      if (data.toString() === 'await') void settle().then(() => setImmediate(fail));
      if (data.toString() === 'tick') process.nextTick(fail);
      return socket.send('.');
    },
    handleError: (reason, socket) => socket.send(String(reason)),
  };

  test.each(['immediate', 'await', 'tick'])('%s: ends its own connection and no other', async (word) => {
    await using island = await TestIsland.start(careless);
    const other = await island.connect();
    await other.read(2);
    const client = await island.connect();
    await client.read(2);
    await client.send(word);
    expect(await client.closed).toBe('end');
    await other.send('fine');
    expect(await other.readText(1)).toBe('.');
    expect(island.runtime.crashes).toEqual([boom]);
  });
});
