import {
  type ChildOptions,
  type ChildSpec,
  type Pid,
  type Self,
  Supervisor,
  type SupervisorInitFunction,
  type SupervisorOptions,
} from '@thousand-island/runtime';
import { acceptorSupervisorSpec } from './acceptor-supervisor.ts';
import { ListenEnding } from './listen-ending.ts';
import { listenerSpec } from './listener.ts';
import type { ServerConfig } from './server-config.ts';
import { ServerMemory } from './server-memory.ts';
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
export function serverTree(config: ServerConfig): SupervisorInitFunction {
  return (self) => treeUnder(self, config);
}

function treeUnder(self: Self, config: ServerConfig): SupervisorOptions {
  // Not a child's: it may crash, and what its siblings' code throws while they come to their end must not end the program.
  if (config.containment) self.contain();
  const memory = new ServerMemory(config);
  self.own({ close: () => memory.gates.end() });
  return {
    strategy: 'restForOne',
    children: [
      kept(heard(listenerSpec(memory), memory), (pid) => {
        memory.listener = pid;
      }),
      kept(acceptorSupervisorSpec(memory), (pid) => {
        memory.acceptorSupervisor = pid;
      }),
      shutdownListenerSpec(memory),
    ],
  };
}

/** The same child, whose start does not keep the Server from ending with its parent. */
function heard(spec: ChildSpec, memory: ServerMemory): ChildSpec {
  return {
    ...spec,
    async start(server) {
      const ending = new ListenEnding(server, memory);
      server.receiveWith(ending, 'infinity');
      try {
        return await spec.start(server);
      } finally {
        ending.end();
      }
    },
  };
}

/** The same child, whose pid is told each time it has started. */
function kept(spec: ChildSpec, keep: (pid: Pid) => void): ChildSpec {
  return {
    ...spec,
    async start(server) {
      const started = await spec.start(server);
      if ('pid' in started) keep(started.pid);
      return started;
    },
  };
}

/** A server under somebody else's supervisor. */
export function serverSpecOf(
  config: ServerConfig,
  id: string,
  options: Omit<ChildOptions, 'id' | 'type'>,
): ChildSpec {
  const { name, label } = config;
  return Supervisor.childSpec(id, serverTree(config), {
    label,
    ...(name === undefined ? {} : { name }),
    ...options,
  });
}
