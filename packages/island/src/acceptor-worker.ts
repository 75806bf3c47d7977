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
import { AcceptorAlarms } from './acceptor-alarms.ts';
import { AcceptorSpan } from './acceptor-span.ts';
import type { ConnectionSpec } from './connection-worker.ts';
import { handOver, isCustom } from './custom-connection.ts';
import type { Gate } from './gate.ts';
import type { ListenSocket } from './listen-socket.ts';
import { listener } from './listener.ts';
import type { Place } from './place.ts';
import type { ServerMemory } from './server-memory.ts';
import type { Socket } from './socket.ts';
import { childOf, ID } from './tree.ts';

/** What one acceptor works with, whichever process does. */
interface Acceptor {
  readonly memory: ServerMemory;
  readonly gate: Gate;
  readonly alarms: AcceptorAlarms;
  readonly spec: ConnectionSpec;
  readonly server: Pid;
}

/** The same, in the process that accepts. */
interface Accepting extends Acceptor {
  readonly self: Self;
  readonly span: AcceptorSpan;
  readonly listenSocket: ListenSocket;
  readonly connectionSupervisor: Pid;
}

/** Accepts one connection after the other and starts a process for each, as long as the server lives. */
async function work(self: Self, acceptor: Acceptor): Promise<void> {
  const { server, memory, gate, alarms } = acceptor;
  const [connectionSupervisor, listenerPid] = await Promise.all([
    childOf(self, self.parent as Pid, ID.connectionSupervisor),
    childOf(self, server, ID.listener),
  ]);
  if (connectionSupervisor === undefined || listenerPid === undefined) return self.exit('shutdown');
  const listenSocket = await GenServer.ref(self, listener, listenerPid).call('listenSocket');
  const span = AcceptorSpan.begin(self, memory.config.current, listenSocket.span);
  const accepting: Accepting = { ...acceptor, self, span, listenSocket, connectionSupervisor };
  alarms.start(self, connectionSupervisor);
  for (;;) {
    const socket = await listenSocket.accept(self, gate);
    span.accepted(socket);
    // If the client was gone before anybody had time for it, there is no connection, and no failure.
    if (socket.isClosed) socket.place?.leave('prematureClose');
    else await admit(accepting, socket);
    if (socket.place !== undefined) self.disown(socket.place);
    self.disown(socket);
  }
}

/** Starts a process for the socket, or closes it. */
async function admit(accepting: Accepting, socket: Socket): Promise<void> {
  const { self, memory, alarms } = accepting;
  const place = socket.place ?? (await placeFor(accepting));
  if (place === undefined) {
    refuse(accepting, socket, accepting.gate.isClosed ? 'shutdown' : 'maxChildren');
    return;
  }
  // Ours until the connection's process owns it: neither of us can be killed and leave it taken.
  if (socket.place === undefined) self.own(place);
  socket.place = place;
  const result = await start(accepting, socket);
  if (result.kind === 'ok') {
    if (isCustom(memory.config.current.handler)) handOver(self, socket, result);
    alarms.check();
    return;
  }
  place.leave('notStarted');
  refuse(accepting, socket, result.kind === 'ignore' ? 'ignore' : result.reason);
}

/** A place for a connection; when there is none, waits for one to get free. Elixir: `retry_count`, `retry_wait`. */
async function placeFor({ self, memory, gate }: Accepting): Promise<Place | undefined> {
  for (let retries = memory.config.current.maxConnectionsRetryCount; ; retries--) {
    // A place may get free because the server is being drained: it is not for those who wait.
    if (gate.isClosed) return undefined;
    const place = gate.take();
    if (place !== undefined || retries <= 0) return place;
    await self.sleep(memory.config.current.maxConnectionsRetryWait);
  }
}

function start({ self, spec, connectionSupervisor }: Accepting, socket: Socket): Promise<StartResult> {
  return DynamicSupervisor.startChild(self, connectionSupervisor, spec, socket);
}

function refuse({ span, memory }: Accepting, socket: Socket, reason: ExitReason): void {
  socket.close();
  memory.gates.refusals.add(
    reason === 'maxChildren' ? 'maxConnections' : reason === 'shutdown' ? 'shutdown' : 'spawnError',
  );
  span.reportSpawnError(reason);
}

/** The AcceptorWorker under its Acceptor. It ends of itself only when the server is going. */
export function acceptorWorkerSpec(
  memory: ServerMemory,
  gate: Gate,
  spec: ConnectionSpec,
  server: Pid,
): ChildSpec {
  const acceptor = { memory, gate, alarms: new AcceptorAlarms(memory.config, gate), spec, server };
  return taskSpec(ID.acceptorWorker, (self) => work(self, acceptor), {
    restart: 'permanent',
    label: ID.acceptorWorker,
  });
}
