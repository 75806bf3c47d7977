import {
  type ChildSpec,
  DynamicSupervisor,
  type ExitReason,
  GenServer,
  type Pid,
  type Self,
  taskSpec,
} from '@thousand-island/runtime';
import { AcceptorAlarms } from './acceptor-alarms.ts';
import { AcceptorHand } from './acceptor-hand.ts';
import { AcceptorSpan } from './acceptor-span.ts';
import type { ConnectionSpec } from './connection-worker.ts';
import { handOver, isCustom } from './custom-connection.ts';
import type { Gate } from './gate.ts';
import { listener } from './listener.ts';
import type { Place } from './place.ts';
import type { ServerMemory } from './server-memory.ts';
import type { Socket } from './socket.ts';
import { childOf, ID } from './tree.ts';

/** What one acceptor works with, whichever process does. */
interface Equipment {
  /** Counted from 1. */
  readonly number: number;
  readonly memory: ServerMemory;
  readonly gate: Gate;
  readonly alarms: AcceptorAlarms;
  readonly spec: ConnectionSpec;
  readonly server: Pid;
}

/** Accepts one connection after the other and starts a process for each, as long as the server lives. */
async function work(self: Self, equipment: Equipment): Promise<void> {
  const { number, memory, gate, alarms, spec, server } = equipment;
  const [connectionSupervisor, listenerPid] = await Promise.all([
    childOf(self, self.parent as Pid, ID.connectionSupervisor),
    childOf(self, server, ID.listener),
  ]);
  if (connectionSupervisor === undefined || listenerPid === undefined) return self.exit('shutdown');
  const listenSocket = await GenServer.ref(self, listener, listenerPid).call('listenSocket', number);
  const span = AcceptorSpan.begin(self, memory.config.current, listenSocket.span);
  alarms.start(self, connectionSupervisor);
  const hand = new AcceptorHand(self, gate);
  self.own(hand);
  for (;;) {
    const socket = await listenSocket.accept(hand);
    span.accepted(socket);
    const place = socket.isClosed
      ? undefined
      : (socket.place ?? gate.tryTake() ?? (await retry(self, memory, gate)));
    if (place === undefined) letGo(span, memory, socket, gate);
    else {
      socket.place = place;
      const result = await DynamicSupervisor.startChild(self, connectionSupervisor, spec, socket);
      if (result.kind === 'ok') {
        if (isCustom(memory.config.current.handler)) handOver(self, socket, result);
        alarms.check();
      } else {
        place.leave('notStarted');
        refuse(span, memory, socket, result.kind === 'ignore' ? 'ignore' : result.reason);
      }
    }
    hand.release();
  }
}

/** A place that gets free in time; undefined if none does. Elixir: `retry_count`, `retry_wait`. */
async function retry(self: Self, memory: ServerMemory, gate: Gate): Promise<Place | undefined> {
  for (let retries = memory.config.current.maxConnectionsRetryCount; retries > 0; retries--) {
    // A place may get free because the server is being drained: it is not for those who wait.
    if (gate.isClosed) return undefined;
    await self.sleep(memory.config.current.maxConnectionsRetryWait);
    const place = gate.tryTake();
    if (place !== undefined) return place;
  }
  return undefined;
}

function letGo(span: AcceptorSpan, memory: ServerMemory, socket: Socket, gate: Gate): void {
  // If the client was gone before anybody had time for it, there is no connection, and no failure.
  if (socket.isClosed) socket.place?.leave('prematureClose');
  else refuse(span, memory, socket, gate.isClosed ? 'shutdown' : 'maxChildren');
}

function refuse(span: AcceptorSpan, memory: ServerMemory, socket: Socket, reason: ExitReason): void {
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
  number: number,
): ChildSpec {
  const equipment = { number, memory, gate, alarms: new AcceptorAlarms(memory.config, gate), spec, server };
  return taskSpec(ID.acceptorWorker, (self) => work(self, equipment), {
    restart: 'permanent',
    label: ID.acceptorWorker,
  });
}
