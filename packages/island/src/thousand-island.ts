import {
  type Address,
  type ChildOptions,
  type ChildSpec,
  type Host,
  NoProcessError,
  Runtime,
  StartFailedError,
  Supervisor,
} from '@thousand-island/runtime';
import { AdoptedDescriptorError, BadOptionError, ListenFailedError } from './errors.ts';
import type { DrainReport } from './events.ts';
import { RunningServer } from './running-server.ts';
import { serverSpecOf, serverTree } from './server.ts';
import { type ServerConfig, serverConfig } from './server-config.ts';
import type { HandlerOptionsOf, ServerOptions } from './server-options.ts';

/** What came of stopping a server that was named. */
export type StopServerResult =
  | { readonly kind: 'ok'; readonly report: DrainReport }
  | { readonly kind: 'error'; readonly reason: 'notFound' };

async function start(host: Host, config: ServerConfig, linked: boolean): Promise<RunningServer> {
  const { label, name } = config;
  const startOptions = { label, ...(name === undefined ? {} : { name }) };
  const startServer = linked ? Supervisor.startLink : Supervisor.start;
  try {
    const pid = await startServer(host, serverTree(config), startOptions);
    return await RunningServer.of(host, pid);
  } catch (error) {
    throw error instanceof StartFailedError ? rootCause(error) : error;
  }
}

/** Why a server cannot listen, and what its transport says of its options. */
const LISTEN_ERRORS = [ListenFailedError, AdoptedDescriptorError, BadOptionError];

/** A server that does not start because it cannot listen says so, not that a child of a supervisor failed. */
function rootCause(error: StartFailedError): Error {
  const { cause } = error;
  return LISTEN_ERRORS.some((each) => cause instanceof each) ? (cause as Error) : error;
}

/** Socket servers whose connections are supervised processes. */
export const ThousandIsland = {
  /**
   * Starts a server that is nobody's child, in `runtime` or in `Runtime.default`. Resolves when clients can connect. Rejects
   * with `BadOptionError`, `ListenFailedError`, or `StartFailedError`.
   *
   * @example
   * ```ts
   * await using server = await ThousandIsland.start({
   *   port: 0,
   *   handler: { handleData: (data, socket) => socket.send(data) },
   * });
   * server.port > 0; // => true
   * ```
   */
  async start<Options>(
    options: ServerOptions<Options> & HandlerOptionsOf<Options>,
    runtime: Runtime = Runtime.default,
  ): Promise<RunningServer> {
    return start(runtime, serverConfig(options), false);
  },

  /** Starts a server linked to a process. */
  async startLink<Options>(
    host: Host,
    options: ServerOptions<Options> & HandlerOptionsOf<Options>,
  ): Promise<RunningServer> {
    return start(host, serverConfig(options), true);
  },

  /**
   * A server that runs already, found by its name or by the pid that its supervisor knows it by: for one that was started
   * from a child spec. `NoProcessError` if there is none.
   */
  ref(host: Host, server: Address): Promise<RunningServer> {
    return RunningServer.of(host, server);
  },

  /**
   * Stops a server by its name or pid, as `RunningServer.stop` does, with how it went; `notFound` if there is no such server.
   */
  async stop(host: Host, server: Address): Promise<StopServerResult> {
    try {
      const report = await (await RunningServer.of(host, server)).stop();
      return { kind: 'ok', report };
    } catch (error) {
      if (error instanceof NoProcessError) return { kind: 'error', reason: 'notFound' };
      throw error;
    }
  },

  /** The child spec of a server, to be put under a supervisor; `id` is `'thousandIsland'` unless said. */
  childSpec<Options>(
    options: ServerOptions<Options> & HandlerOptionsOf<Options>,
    childOptions: Omit<ChildOptions, 'type'> = {},
  ): ChildSpec {
    const { id = 'thousandIsland', ...rest } = childOptions;
    return serverSpecOf(serverConfig(options), id, rest);
  },
};
