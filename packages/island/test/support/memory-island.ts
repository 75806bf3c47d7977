import type { Handler, ServerOptions } from '../../src/index.ts';
import { type MemoryConnectOptions, type MemoryTransport, memory } from '../../src/testing/index.ts';
import type { Channel } from './channel.ts';
import { TestIsland } from './test-island.ts';

export const ECHO: Handler = { handleData: (data, socket) => socket.send(data) };

/** A server in memory, with its clients. */
export interface Setting extends AsyncDisposable {
  readonly island: TestIsland;
  readonly transport: MemoryTransport;
  connect(options?: MemoryConnectOptions): ReturnType<MemoryTransport['connect']>;
}

/** A server in memory, and clients that are gone at the end of the test. */
export async function startInMemory(
  handler: Handler,
  options: Partial<ServerOptions> = {},
): Promise<Setting> {
  const transport = memory();
  const island = await TestIsland.start(handler, { ...options, transport });
  const clients: AsyncDisposable[] = [];
  return {
    island,
    transport,
    async connect(connectOptions) {
      const client = await transport.connect(connectOptions);
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client[Symbol.asyncDispose]();
      await island[Symbol.asyncDispose]();
    },
  };
}

/** Tells all that befalls it. */
export function tells(log: Channel<unknown>): Handler {
  return {
    handleConnection: () => log.push('connected'),
    handleData: (data) => log.push(data.toString()),
    handleClose: () => log.push('closed'),
    handleError: (reason) => log.push(reason),
    handleShutdown: (socket) => void socket.send('GOODBYE'),
    handleTimeout: () => log.push('timeout'),
  };
}
