import {
  type ChildSpec,
  defineServer,
  GenServer,
  type Pid,
  type Self,
  serverSpec,
} from '@thousand-island/runtime';
import { drain } from './drain.ts';
import { listener } from './listener.ts';
import type { ServerConfig } from './server-config.ts';
import { connectionSupervisors, ID } from './tree.ts';

/** Who a server's processes are at the moment: kept for one who has to know without asking. */
export interface Siblings {
  listener: Pid | undefined;
  acceptorSupervisor: Pid | undefined;
}

interface ShutdownState {
  readonly config: ServerConfig;
  readonly siblings: Siblings;
}

/** First no new connections, then the end of those that are there. */
async function shutDown({ config, siblings }: ShutdownState, self: Self): Promise<void> {
  const { listener: listenerPid, acceptorSupervisor } = siblings;
  // It has crashed and takes us along: the server starts it anew and goes on, so the listener must too.
  if (acceptorSupervisor === undefined || !self.isAlive(acceptorSupervisor)) return;
  if (listenerPid !== undefined && self.isAlive(listenerPid)) {
    await GenServer.ref(self, listener, listenerPid).call('close');
  }
  const supervisors = await connectionSupervisors(self, acceptorSupervisor);
  const report = await drain(self, supervisors, config.shutdownTimeout);
  config.events.publish('server:drained', { server: self.parent as Pid, report });
}

/**
 * The last child of a Server, and so the first to be stopped: it closes the listener and drains the connections, while all
 * the processes that they need are still there. Elixir: `ThousandIsland.ShutdownListener`.
 */
const shutdownListener = defineServer({
  name: 'ShutdownListener',
  init(state: ShutdownState, self) {
    self.trapExit(true);
    return state;
  },
  terminate: (_reason, state, self) => shutDown(state, self),
});

/**
 * The ShutdownListener under its Server. It ends as soon as the connections have, so it is never hurried itself. It cannot
 * ask the Server who its siblings are, neither when it stops nor before: the Server may be stopping already, and answers
 * nobody then.
 */
export function shutdownListenerSpec(config: ServerConfig, siblings: Siblings): ChildSpec {
  const options = { id: ID.shutdownListener, label: ID.shutdownListener, shutdown: 'infinity' } as const;
  return serverSpec(shutdownListener, { config, siblings }, options);
}
