/** Whether the kernel holds small writes back, as the kernel itself tells it of each connection. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type ListenOptions, type RawSocket, tcp } from '../../src/index.ts';
import { Channel } from '../support/channel.ts';
import { Client } from '../support/client.ts';
import { needing } from '../support/program.ts';

const withPerl = needing('perl', ['-v']);

const ASK =
  'use Socket qw(IPPROTO_TCP TCP_NODELAY); print unpack("i", getsockopt(STDIN, IPPROTO_TCP, TCP_NODELAY))';

/** TCP_NODELAY of the socket, asked for by a child that is given it: Node can set it and not read it. */
async function noDelayOf(raw: RawSocket): Promise<boolean> {
  const child = spawn('perl', ['-e', ASK], { stdio: [raw as Socket, 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const printed = await text(child.stdout as NonNullable<typeof child.stdout>);
  await closed;
  expect(printed).toMatch(/^[01]$/);
  return printed === '1';
}

/** Tells of the connections that wait already, `waiting` of them, and of as many clients that connect later. */
async function noDelayOfEach(noDelay: boolean, waiting: number): Promise<boolean[]> {
  const sockets = new Channel<RawSocket>();
  const options: ListenOptions = {
    host: '127.0.0.1',
    port: 0,
    backlog: 2,
    noDelay,
    ipv6Only: false,
    reusePort: false,
    unix: undefined,
    fd: undefined,
  };
  const listening = await tcp.listen(options, (raw) => sockets.push(raw));
  const seen: boolean[] = [];
  const look = async (): Promise<void> => {
    const accepted = await sockets.next();
    seen.push(await noDelayOf(accepted));
    accepted.destroy();
    await once(accepted, 'close');
  };
  for (let index = 0; index < waiting; index++) await look();
  for (let index = 0; index < 4; index++) {
    await using client = await Client.connect(listening.address.port);
    await look();
    await client.closed;
  }
  listening.close();
  return seen;
}

describe('connections over TCP', () => {
  withPerl('hold nothing back', async () => {
    expect(await noDelayOfEach(true, 0)).toEqual([true, true, true, true]);
  });

  withPerl('hold small writes back when noDelay is false', async () => {
    expect(await noDelayOfEach(false, 0)).toEqual([false, false, false, false]);
  });

  withPerl('hold nothing back that have waited since before the server was told to', async () => {
    const { listen } = Server.prototype;
    const early = jest.spyOn(Server.prototype, 'listen').mockImplementation(function (
      this: Server,
      place,
      done,
    ) {
      return listen.call(this, place as object, () => {
        const { port } = this.address() as AddressInfo;
        const connect = `require('node:net').connect(${port}, '127.0.0.1', () => process.exit())`;
        for (const _each of [1, 2, 3]) expect(spawnSync(process.execPath, ['-e', connect]).status).toBe(0);
        (done as unknown as () => void)();
      });
    } as typeof listen);
    try {
      expect(await noDelayOfEach(true, 3)).toEqual([true, true, true, true, true, true, true]);
    } finally {
      early.mockRestore();
    }
  });
});
