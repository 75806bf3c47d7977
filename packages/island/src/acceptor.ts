import { type ChildSpec, DynamicSupervisor, type Pid, Supervisor } from '@thousand-island/runtime';
import { acceptorWorkerSpec } from './acceptor-worker.ts';
import type { ConnectionSpec } from './connection-worker.ts';
import type { ServerConfig } from './server-config.ts';
import { ID } from './tree.ts';

/**
 * One acceptor: a worker that accepts, and the supervisor of the connections it has accepted. When the supervisor crashes its
 * connections are gone and the worker starts anew with the new one; when the worker crashes, only the worker does.
 */
export function acceptorSpec(
  config: ServerConfig,
  connection: ConnectionSpec,
  server: Pid,
  id: string,
): ChildSpec {
  return Supervisor.childSpec(
    id,
    {
      strategy: 'restForOne',
      children: [
        DynamicSupervisor.childSpec(ID.connectionSupervisor, {
          maxChildren:
            config.maxConnections === Number.POSITIVE_INFINITY ? 'infinity' : config.maxConnections,
        }),
        acceptorWorkerSpec(config, connection, server),
      ],
    },
    { label: id },
  );
}
