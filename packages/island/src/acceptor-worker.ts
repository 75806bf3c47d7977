import {
  type ChildSpec,
  DynamicSupervisor,
  type ExitReason,
  GenServer,
  type Pid,
  type Self,
  type StartResult,
  taskSpec,
} from '@thousand-island/runtime';
import type { ConnectionSpec } from './connection-worker.ts';
import type { ListenSocket } from './listen-socket.ts';
import { listener } from './listener.ts';
import type { ServerConfig } from './server-config.ts';
import type { Socket } from './socket.ts';
import { childOf, ID } from './tree.ts';

/** Accepts one connection after the other and starts a process for each, as long as the server lives. */
async function work(self: Self, config: ServerConfig, spec: ConnectionSpec, server: Pid): Promise<void> {
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
    const result = await start(self, config, listenSocket, connectionSupervisor, spec, socket);
    self.disown(socket);
    if (result.kind !== 'ok')
      refuse(self, config, socket, result.kind === 'ignore' ? 'ignore' : result.reason);
  }
}

/** Starts the connection's process; when there are as many as can be, waits for one to end. Elixir: `retry_count`, `_wait`. */
async function start(
  self: Self,
  config: ServerConfig,
  listenSocket: ListenSocket,
  supervisor: Pid,
  spec: ConnectionSpec,
  socket: Socket,
): Promise<StartResult> {
  for (let retries = config.maxConnectionsRetryCount; ; retries--) {
    // A place may get free because the server is being drained: it is not for those who wait.
    if (listenSocket.isClosed) return { kind: 'error', reason: 'shutdown' };
    const result = await DynamicSupervisor.startChild(self, supervisor, spec, socket);
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

/** The AcceptorWorker under its Acceptor. It ends of itself only when the server is going. */
export function acceptorWorkerSpec(config: ServerConfig, spec: ConnectionSpec, server: Pid): ChildSpec {
  return taskSpec(ID.acceptorWorker, (self) => work(self, config, spec, server), { restart: 'permanent' });
}
