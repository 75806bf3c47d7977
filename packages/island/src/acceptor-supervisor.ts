import { type ChildSpec, type Pid, Supervisor } from '@thousand-island/runtime';
import { acceptorSpec } from './acceptor.ts';
import type { ConnectionSpec } from './connection-worker.ts';
import type { ServerConfig } from './server-config.ts';
import { ID } from './tree.ts';

/** The pool of acceptors: each stands for itself. Its children are told the pid of the Server above. */
export function acceptorSupervisorSpec(config: ServerConfig, connection: ConnectionSpec): ChildSpec {
  const { acceptors } = config;
  return Supervisor.childSpec(
    ID.acceptorSupervisor,
    ({ parent: server }) => ({
      strategy: 'oneForOne',
      children: Array.from({ length: acceptors }, (_, index) => {
        return acceptorSpec(config, connection, server as Pid, `acceptor-${index + 1}`);
      }),
    }),
    { label: ID.acceptorSupervisor },
  );
}
