import {
  type ChildSpec,
  defineServer,
  type ExitReason,
  type Pid,
  reply,
  type Self,
  serverSpec,
} from '@thousand-island/runtime';
import { ListenFailedError } from './errors.ts';
import { ListenSocket } from './listen-socket.ts';
import { ListenerSpan } from './listener-span.ts';
import type { ServerConfig } from './server-config.ts';
import type { ServerMemory } from './server-memory.ts';
import { Socket } from './socket.ts';
import type { ListenHandle, RawSocket, SocketAddress } from './transport.ts';

interface ListenerState {
  /** The options as they were when it listened last. */
  config: ServerConfig;
  readonly memory: ServerMemory;
  readonly listenSocket: ListenSocket;
  /** Undefined while the server does not listen. */
  handle: ListenHandle | undefined;
  span: ListenerSpan | undefined;
}

/** What the Listener tells of itself. */
export interface ListenerInfo {
  readonly status: 'running' | 'suspended';
  /** Where the server listens; undefined while it does not. */
  readonly address: SocketAddress | undefined;
  /** Sockets that wait for an acceptor, and those that were refused because too many did. */
  readonly waiting: number;
  readonly refused: number;
}

/** Listens, and tells so. The process owns what it listens with, also if it ends while Node is still at it. */
async function listen(state: ListenerState, self: Self): Promise<void> {
  const { memory, listenSocket } = state;
  const config = memory.config.current;
  state.config = config;
  const { host, backlog, noDelay } = config;
  const onSocket = (raw: RawSocket): void =>
    listenSocket.push(new Socket(raw, config.transport, memory.config.current));
  const bind = (port: number): Promise<ListenHandle> => {
    return config.transport.listen({ host, port, backlog, noDelay }, onSocket);
  };
  const handle = await bind(memory.address?.port ?? config.port).catch((error: unknown) => {
    // The port a server was given once may be taken meanwhile; if any port was wanted, another will do.
    if (config.port === 0 && memory.address !== undefined) return bind(0);
    throw error;
  });
  if (!self.alive) {
    handle.close();
    return;
  }
  self.own(handle);
  memory.address = handle.address;
  state.handle = handle;
  state.span = ListenerSpan.begin(self, config, handle.address);
  listenSocket.span = state.span.span;
}

/** Stops listening; what was accepted stays. Nothing happens if the server does not listen. */
function unlisten(state: ListenerState, self: Self, reason: ExitReason = 'shutdown'): void {
  const { handle, span } = state;
  if (handle === undefined) return;
  state.handle = undefined;
  self.disown(handle);
  handle.close();
  span?.end(reason);
}

function infoOf(state: ListenerState): ListenerInfo {
  const { handle, listenSocket } = state;
  const { waiting, refused } = listenSocket;
  return {
    status: handle === undefined ? 'suspended' : 'running',
    address: handle?.address,
    waiting,
    refused,
  };
}

/** The process that listens. Elixir: `ThousandIsland.Listener`. */
export const listener = defineServer({
  name: 'Listener',
  async init(memory: ServerMemory, self) {
    self.trapExit(true);
    const config = memory.config.current;
    if (config.containment) self.contain();
    const listenSocket = new ListenSocket(config.maxAcceptQueue, (refused) => {
      memory.gates.refusals.add('acceptQueueFull');
      config.events.publish('connection:refused', { reason: 'acceptQueueFull', refused });
    });
    self.own(listenSocket);
    memory.gates.onRoom = () => listenSocket.handOut();
    const state: ListenerState = { config, memory, listenSocket, handle: undefined, span: undefined };
    if (memory.listens) await listen(state, self);
    return state;
  },
  handleCall: {
    listenSocket: (_: undefined, _from, state) => reply(state.listenSocket),
    info: (_: undefined, _from, state) => reply(infoOf(state)),
    /** What the one who holds the server needs to know of it. */
    about: (_: undefined, _from, { memory }, self) => reply({ memory, server: self.parent as Pid }),
    suspend: (_: undefined, _from, state, self) => {
      unlisten(state, self);
      return reply(undefined);
    },
    /** The server is going: it listens no more, and who waits for an acceptor is not let in either. */
    close: (_: undefined, _from, state, self) => {
      unlisten(state, self);
      state.listenSocket.close();
      return reply(undefined);
    },
    async resume(_: undefined, _from, state, self) {
      if (state.handle !== undefined) return reply(undefined);
      // That the port is taken is for the one who asked to know: the connections need not suffer for it.
      const failure = await listen(state, self).catch((thrown: unknown) => {
        if (thrown instanceof ListenFailedError) return thrown;
        throw thrown;
      });
      return reply(failure ?? undefined);
    },
  },
  terminate: (reason, state: ListenerState, self) => {
    unlisten(state, self, reason);
    // It is the last of a server to end; one that crashes is in no such state.
    state.memory.lifecycle.tell('stopped');
  },
  describe: (state) => {
    const { address } = infoOf(state);
    return { details: address === undefined ? {} : { at: `${address.address}:${address.port}` } };
  },
});

/** The Listener under its Server. */
export function listenerSpec(memory: ServerMemory): ChildSpec {
  return serverSpec(listener, memory, { id: 'listener', label: 'listener' });
}
