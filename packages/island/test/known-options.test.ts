import {
  encodeProxyHeaderV2,
  ProxyHeaderReader,
  parseProxyHeader,
  type Socket,
  takeSocket,
} from '../src/index.ts';
import { Channel } from './support/channel.ts';
import { TestIsland } from './support/test-island.ts';

describe('options that there are not', () => {
  test.each([
    ['misspelt', { timout: 1 }, 'timout'],
    ['a number, as the timeout is in Elixir', 1_000, 'options'],
    ['null', null, 'options'],
  ])('of a recv, a file and a wait are refused by name: %s', async (_, options, option) => {
    const sockets = new Channel<Socket>();
    await using island = await TestIsland.start({ handleConnection: (socket) => sockets.push(socket) });
    await island.connect();
    const socket = await sockets.next();
    const refusal = expect.objectContaining({ code: 'ISLAND_BAD_OPTION', option });
    expect(() => socket.recv(0, options as never)).toThrow(refusal);
    expect(() => socket.sendfile('README.md', options as never)).toThrow(refusal);
    expect(() => island.server.waitForConnections('==', 1, options as never)).toThrow(refusal);
  });

  test('of a wait: a signal that is none', async () => {
    await using island = await TestIsland.start({});
    expect(() => island.server.waitForConnections('==', 0, { signal: 1 as never })).toThrow(
      'the option signal must be an AbortSignal, not 1',
    );
  });

  test.each([
    [{ timout: 1 }, 'takeSocket has no option timout; it has timeout'],
    [{ timeout: -1 }, "the option timeout must be a whole number >= 0 or 'infinity', not -1"],
    [5_000, 'the option options must be an object of options of takeSocket, not 5000'],
  ])('of takeSocket are refused before anything is done: %j', async (options, message) => {
    const told = new Channel<unknown>();
    await using island = await TestIsland.start({
      startConnection: (socket, supervisor) =>
        supervisor.spawnLink(async (self) => {
          await takeSocket(socket, self, options as never).catch((error: Error) => told.push(error.message));
          await takeSocket(socket, self);
          await socket.send('hello');
        }),
    });
    const client = await island.connect();
    expect(await told.next()).toBe(message);
    expect(await client.readText(5)).toBe('hello');
  });

  test('of PROXY headers are refused by name', () => {
    const options = { maxHeaderByte: 16 } as never;
    const refusal = 'a reader of PROXY headers has no option maxHeaderByte; it has maxHeaderBytes';
    expect(() => new ProxyHeaderReader(options)).toThrow(refusal);
    expect(() => parseProxyHeader(Buffer.from('PROXY'), options)).toThrow(refusal);
    expect(() => encodeProxyHeaderV2({}, { crc: true } as never)).toThrow(
      'encodeProxyHeaderV2 has no option crc; it has checksum, padTo',
    );
  });
});
