import {
  type ChildSpec,
  DynamicSupervisor,
  defineServer,
  type ExitReason,
  GenServer,
  ok,
  type Pid,
  ResponseMessage,
  type Self,
  type StartResult,
  type StopResult,
  serverSpec,
  stop,
} from '@thousand-island/runtime';
import { AcceptorAlarms } from './acceptor-alarms.ts';
import { AcceptorHand } from './acceptor-hand.ts';
import { AcceptorSpan } from './acceptor-span.ts';
import type { ConnectionSpec } from './connection-worker.ts';
import { handOver, isCustom } from './custom-connection.ts';
import type { Gate } from './gate.ts';
import type { ListenSocket } from './listen-socket.ts';
import { listener } from './listener.ts';
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

/** Sent by an acceptor to itself when there was no place: there may be one now. */
const RETRY = Symbol('retry');

/** Accepts one connection after the other and has a process started for each, as long as the server lives. */
class Accepting {
  readonly #equipment: Equipment;
  readonly #self: Self;
  readonly #hand: AcceptorHand;
  readonly #span: AcceptorSpan;
  readonly #listenSocket: ListenSocket;
  readonly #connectionSupervisor: Pid;
  /** How often the socket in the hand may still be tried again. */
  #retries = 0;

  constructor(equipment: Equipment, self: Self, listenSocket: ListenSocket, connectionSupervisor: Pid) {
    const { memory, gate, alarms } = equipment;
    this.#equipment = equipment;
    this.#self = self;
    this.#listenSocket = listenSocket;
    this.#connectionSupervisor = connectionSupervisor;
    this.#span = AcceptorSpan.begin(self, memory.config.current, listenSocket.span);
    alarms.start(self, connectionSupervisor);
    this.#hand = new AcceptorHand(self, gate);
    self.own(this.#hand);
    listenSocket.accept(this.#hand);
  }

  /** Nobody is waited for with a promise: a connection would cost four of them. */
  handle(message: unknown): StopResult<never, never> | undefined {
    const { socket } = this.#hand;
    if (message === this.#hand && socket !== undefined) this.#accepted(socket);
    else if (message === RETRY && socket !== undefined) this.#admit(socket);
    else if (message instanceof ResponseMessage && socket !== undefined) {
      // The supervisor has crashed, and takes us along.
      if (message.outcome.kind === 'error') return stop('shutdown');
      this.#started(socket, message.outcome.reply as StartResult);
    } else this.#self.reportUnhandled(message);
    return undefined;
  }

  #accepted(socket: Socket): void {
    const { gate, memory } = this.#equipment;
    if (gate.isClosed && memory.keepsClients) {
      this.#passOn(socket);
      return;
    }
    this.#span.accepted(socket);
    this.#retries = memory.config.current.maxConnectionsRetryCount;
    this.#admit(socket);
  }

  /** The acceptor was closed when the socket was in its hand: it goes to the others. */
  #passOn(socket: Socket): void {
    socket.leave();
    if (this.#listenSocket.isClosed) socket.close();
    else this.#listenSocket.push(socket);
    this.#next();
  }

  /** Has a process started for the socket, if there is a place for it. Elixir: `retry_count`, `retry_wait`. */
  #admit(socket: Socket): void {
    const { gate, memory, spec } = this.#equipment;
    // If the client was gone before anybody had time for it, there is no connection, and no failure.
    if (socket.isClosed) {
      socket.leave('prematureClose');
      this.#next();
      return;
    }
    // Who has a place already may start no more either: a drain has looked for those that it tells.
    if (!gate.isClosed && (socket.isAdmitted || gate.tryAdmit(socket))) {
      DynamicSupervisor.requestChild(this.#self, this.#connectionSupervisor, spec, socket);
    } else if (this.#retries-- > 0 && !gate.isClosed) {
      this.#self.sendAfter(memory.config.current.maxConnectionsRetryWait, this.#self.pid, RETRY);
    } else if (gate.isClosed && memory.keepsClients) this.#passOn(socket);
    else {
      socket.leave();
      // A place may get free because the server is being drained: it is not for those who wait.
      this.#refuse(socket, gate.isClosed ? 'shutdown' : 'maxChildren');
    }
  }

  #started(socket: Socket, result: StartResult): void {
    const { memory, alarms } = this.#equipment;
    if (result.kind !== 'ok') {
      socket.leave('notStarted');
      this.#refuse(socket, result.kind === 'ignore' ? 'ignore' : result.reason);
      return;
    }
    if (isCustom(memory.config.current.handler)) handOver(this.#self, socket, result);
    alarms.check();
    this.#next();
  }

  #refuse(socket: Socket, reason: ExitReason): void {
    socket.close();
    this.#equipment.memory.gates.refusals.add(
      reason === 'maxChildren' ? 'maxConnections' : reason === 'shutdown' ? 'shutdown' : 'spawnError',
    );
    this.#span.reportSpawnError(reason);
    this.#next();
  }

  #next(): void {
    this.#hand.socket = undefined;
    this.#listenSocket.accept(this.#hand);
  }
}

/** Undefined until it has found out whom it works with. */
type AcceptorState = { accepting: Accepting | undefined };

const acceptorWorker = defineServer({
  name: 'AcceptorWorker',
  // Its supervisor, which it has to ask, is waiting for it.
  init: (equipment: Equipment) => ok<AcceptorState>({ accepting: undefined }, { continue: equipment }),
  async handleContinue(equipment, state: AcceptorState, self) {
    const { number, server } = equipment as Equipment;
    const [connectionSupervisor, listenerPid] = await Promise.all([
      childOf(self, self.parent as Pid, ID.connectionSupervisor),
      childOf(self, server, ID.listener),
    ]);
    if (connectionSupervisor === undefined || listenerPid === undefined) return stop('shutdown');
    const listenSocket = await GenServer.ref(self, listener, listenerPid).call('listenSocket', number);
    state.accepting = new Accepting(equipment as Equipment, self, listenSocket, connectionSupervisor);
    return undefined;
  },
  handleInfo: (message, { accepting }: AcceptorState) => accepting?.handle(message),
});

/** The AcceptorWorker under its Acceptor. It ends of itself only when the server is going. */
export function acceptorWorkerSpec(
  memory: ServerMemory,
  gate: Gate,
  spec: ConnectionSpec,
  server: Pid,
  number: number,
): ChildSpec {
  const equipment = { number, memory, gate, alarms: new AcceptorAlarms(memory.config, gate), spec, server };
  return serverSpec(acceptorWorker, equipment, { id: ID.acceptorWorker, label: ID.acceptorWorker });
}
