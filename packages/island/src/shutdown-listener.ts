import { type ChildSpec, defineServer, GenServer, ok, type Pid, type Self, serverSpec } from '@thousand-island/runtime';
import { drain } from './drain.ts';
import { listener } from './listener.ts';
import type { ServerConfig } from './server-config.ts';
import { childOf, connectionSupervisors, ID } from './tree.ts';

interface ShutdownState {
  readonly config: ServerConfig;
  readonly server: Pid;
  listener: Pid | undefined;
  acceptorSupervisor: Pid | undefined;
}

/** Learns who its siblings are: to be asked before it is needed, since a server that stops answers nobody. */
async function learn(state: ShutdownState, self: Self): Promise<void> {
  state.listener = await childOf(self, state.server, ID.listener);
  state.acceptorSupervisor = await childOf(self, state.server, ID.acceptorSupervisor);
}

/** First no new connections, then the end of those that are there. */
async function shutDown(state: ShutdownState, self: Self): Promise<void> {
  const { config } = state;
  if (state.listener !== undefined) {
    const ref = GenServer.ref(self, listener, state.listener);
    await ref.call('suspend');
  }
  if (state.acceptorSupervisor === undefined) return;
  const supervisors = await connectionSupervisors(self, state.acceptorSupervisor);
  const report = await drain(self, supervisors, config.shutdownTimeout);
  config.events.publish('server:drained', { report });
}

/**
 * The last child of a Server, and so the first to be stopped: it closes the listener and drains the connections, while all
 * the processes that they need are still there. Elixir: `ThousandIsland.ShutdownListener`.
 */
export const shutdownListener = defineServer({
  name: 'ShutdownListener',
  init({ config, server }: { readonly config: ServerConfig; readonly server: Pid }, self) {
    self.trapExit(true);
    const state: ShutdownState = { config, server, listener: undefined, acceptorSupervisor: undefined };
    return ok(state, { continue: undefined });
  },
  handleContinue: (_argument, state: ShutdownState, self) => learn(state, self),
  terminate: (_reason, state: ShutdownState, self) => shutDown(state, self),
});

/** The ShutdownListener under its Server. It ends as soon as the connections have, so it is never hurried itself. */
export function shutdownListenerSpec(config: ServerConfig): ChildSpec {
  return {
    id: ID.shutdownListener,
    shutdown: 'infinity',
    start: (server) => serverSpec(shutdownListener, { config, server: server.pid }, { id: ID.shutdownListener, label: ID.shutdownListener }).start(server),
  };
}
