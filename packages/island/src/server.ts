import { type ChildOptions, type ChildSpec, Supervisor, type SupervisorOptions } from '@thousand-island/runtime';
import { acceptorSupervisorSpec } from './acceptor-supervisor.ts';
import { connectionWorker } from './connection-worker.ts';
import { type ListenerMemory, listenerSpec } from './listener.ts';
import type { ServerConfig } from './server-config.ts';
import { shutdownListenerSpec } from './shutdown-listener.ts';

/**
 * The top of the tree. `restForOne`: when the Listener crashes, all that lives from what it accepted starts anew; when the
 * AcceptorSupervisor does, the Listener goes on.
 *
 * ```
 * Server (restForOne)
 * ├─ Listener
 * ├─ AcceptorSupervisor (oneForOne)
 * │   └─ n × Acceptor (restForOne)
 * │       ├─ ConnectionSupervisor (dynamic)
 * │       │   └─ n × ConnectionWorker
 * │       └─ AcceptorWorker
 * └─ ShutdownListener
 * ```
 */
export function serverTree(config: ServerConfig): SupervisorOptions {
  const memory: ListenerMemory = { port: undefined };
  return {
    strategy: 'restForOne',
    children: [
      listenerSpec(config, memory),
      acceptorSupervisorSpec(config, connectionWorker(config)),
      shutdownListenerSpec(config),
    ],
  };
}

/** A server under somebody else's supervisor. */
export function serverSpecOf(config: ServerConfig, id: string, options: Omit<ChildOptions, 'id' | 'type'>): ChildSpec {
  const { name } = config;
  return Supervisor.childSpec(id, () => serverTree(config), {
    label: 'server',
    ...(name === undefined ? {} : { name }),
    ...options,
  });
}
