import {
  type AnyServer,
  type ChildSpec,
  DynamicSupervisor,
  type ExitReason,
  GenServer,
  type Pid,
  type Self,
  type StartResult,
  serverSpec,
  taskSpec,
} from '@thousand-island/runtime';
import { listener } from './listener.ts';
import type { ServerConfig } from './server-config.ts';
import type { Socket } from './socket.ts';
import { childOf, ID } from './tree.ts';

/** Accepts one connection after the other and starts a process for each, as long as the server lives. */
async function work(self: Self, config: ServerConfig, worker: AnyServer, server: Pid): Promise<void> {
  const [connectionSupervisor, listenerPid] = await Promise.all([
    childOf(self, self.parent as Pid, ID.connectionSupervisor),
    childOf(self, server, ID.listener),
  ]);
  if (connectionSupervisor === undefined || listenerPid === undefined) return self.exit('shutdown');
  const listenSocket = await GenServer.ref(self, listener, listenerPid).call('listenSocket');
  for (;;) {
    const socket = await listenSocket.accept(self);
    if (socket.isClosed) {
      // The client was gone before anybody had time for it: no connection, and no failure.
      self.disown(socket);
      continue;
    }
    const result = await start(self, config, connectionSupervisor, connectionSpec(config, worker, socket));
    self.disown(socket);
    if (result.kind !== 'ok') refuse(self, config, socket, result.kind === 'ignore' ? 'ignore' : result.reason);
  }
}

/** Starts the connection's process; when there are as many as can be, waits for one to end. Elixir: `retry_count`, `_wait`. */
async function start(self: Self, config: ServerConfig, supervisor: Pid, spec: ConnectionSpec): Promise<StartResult> {
  for (let retries = config.maxConnectionsRetryCount; ; retries--) {
    const result = await DynamicSupervisor.startChild(self, supervisor, spec);
    if (result.kind !== 'error' || result.reason !== 'maxChildren' || retries === 0) return result;
    await self.sleep(config.maxConnectionsRetryWait);
  }
}

function refuse(self: Self, config: ServerConfig, socket: Socket, reason: ExitReason): void {
  socket.close();
  if (config.events.wants('acceptor:spawnError')) {
    config.events.publish('acceptor:spawnError', { acceptor: self.pid, reason });
  }
}

type ConnectionSpec = Omit<ChildSpec, 'id'>;

function connectionSpec(config: ServerConfig, worker: AnyServer, socket: Socket): ConnectionSpec {
  const { shutdownTimeout: timeout } = config;
  const shutdown = timeout === 0 ? 'brutalKill' : timeout === Number.POSITIVE_INFINITY ? 'infinity' : timeout;
  return serverSpec(worker, socket as never, { id: 'connection', restart: 'temporary', shutdown });
}

/** The AcceptorWorker under its Acceptor. It ends of itself only when the server is going. */
export function acceptorWorkerSpec(config: ServerConfig, worker: AnyServer, server: Pid): ChildSpec {
  return taskSpec(ID.acceptorWorker, (self) => work(self, config, worker, server), { restart: 'permanent' });
}
