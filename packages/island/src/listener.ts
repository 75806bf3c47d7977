import {
  type ChildSpec,
  defineServer,
  ExitMessage,
  type ExitReason,
  type Pid,
  reply,
  type Self,
  serverSpec,
  stop,
} from '@thousand-island/runtime';
import { DescriptorWatch } from './descriptor-watch.ts';
import { readDescriptors } from './descriptors.ts';
import { AdoptedDescriptorError, ListenerClosedError, ListenFailedError } from './errors.ts';
import type { ConnectionRefused } from './events.ts';
import { askHook, dismissHook, GIVE_UP } from './listen-hook.ts';
import { ListenSocket } from './listen-socket.ts';
import { ListenerSpan } from './listener-span.ts';
import type { ServerConfig } from './server-config.ts';
import type { ServerMemory } from './server-memory.ts';
import { Socket } from './socket.ts';
import { formatAddress } from './socket-address.ts';
import type { ListenHandle, RawSocket, SocketAddress } from './transport.ts';
import { adoptedTwice } from './transports/descriptor.ts';

interface ListenerState {
  /** The options as they were when it listened last. */
  config: ServerConfig;
  readonly memory: ServerMemory;
  /** One for each socket that is listened on; they outlive suspensions. */
  readonly listenSockets: readonly ListenSocket[];
  readonly descriptors: DescriptorWatch;
  /** Shared by all who refuse. */
  readonly refusals: Refusals;
  /** Empty while the server does not listen. */
  handles: readonly ListenHandle[];
  span: ListenerSpan | undefined;
  /** The process that `postListen` was called in. */
  hook: Pid | undefined;
}

/** What the Listener tells of itself. */
export interface ListenerInfo {
  readonly status: 'running' | 'suspended';
  /** Where the server listens; undefined while it does not. */
  readonly address: SocketAddress | undefined;
  /** Sockets that wait for an acceptor, or for descriptors to be free, and those that were refused because too many did. */
  readonly waiting: number;
  readonly refused: number;
}

/** Sent to the Listener by itself when what it listens with was closed by somebody else. */
const LOST = Symbol('lost');

/** How many sockets were refused, for whatever reason. */
class Refusals {
  count = 0;
  readonly #memory: ServerMemory;

  constructor(memory: ServerMemory) {
    this.#memory = memory;
  }

  add(reason: ConnectionRefused['reason']): void {
    const { gates, config } = this.#memory;
    gates.refusals.add(reason);
    config.current.events.publish('connection:refused', { reason, refused: ++this.count });
  }
}

/** Listens, and tells so. The process owns what it listens with, also if it ends while Node is still at it. */
async function listen(state: ListenerState, self: Self): Promise<void> {
  const { memory, listenSockets } = state;
  const config = memory.config.current;
  state.config = config;
  if (config.fd !== undefined && memory.address !== undefined) throw adoptedTwice(config.fd);
  // Who connects before it has been said that they may is not to be served.
  if (config.postListen !== undefined) for (const listenSocket of listenSockets) listenSocket.hold();
  try {
    await open(state, self, config);
  } catch (error) {
    for (const listenSocket of listenSockets) listenSocket.letGo(false);
    throw error;
  }
  for (const listenSocket of listenSockets) listenSocket.letGo(true);
}

async function open(state: ListenerState, self: Self, config: ServerConfig): Promise<void> {
  const { memory } = state;
  const handles = await bindAll(state, memory.address?.port ?? config.port).catch((error: unknown) => {
    // The port a server was given once may be taken meanwhile; if any port was wanted, another will do.
    if (config.port === 0 && config.unix === undefined && memory.address !== undefined)
      return bindAll(state, 0);
    throw error;
  });
  const [first] = handles as [ListenHandle];
  if (!self.alive) return closeAll(handles);
  for (const handle of handles) self.own(handle);
  memory.address = first.address;
  if (config.postListen !== undefined) {
    state.hook = await askHook(self, memory, config.postListen, first.address).catch((error: unknown) => {
      for (const handle of handles) self.disown(handle);
      closeAll(handles);
      throw error;
    });
  }
  state.handles = handles;
  state.span = ListenerSpan.begin(self, config, first.address);
  for (const listenSocket of state.listenSockets) listenSocket.span = state.span.span;
  for (const handle of handles) watch(handle, state.span, self);
}

/** All of them, or none: the others listen on the port that the first was given. */
async function bindAll(state: ListenerState, port: number): Promise<readonly ListenHandle[]> {
  const handles: ListenHandle[] = [];
  try {
    for (const listenSocket of state.listenSockets) {
      handles.push(await bind(state, handles[0]?.address.port ?? port, listenSocket));
    }
  } catch (error) {
    closeAll(handles);
    throw error;
  }
  return handles;
}

function bind(
  { config, memory, descriptors }: ListenerState,
  port: number,
  to: ListenSocket,
): Promise<ListenHandle> {
  const { host, backlog, noDelay, ipv6Only, unix, fd, listenSockets, transport } = config;
  const reusePort = listenSockets > 1;
  return transport.listen(
    { host, port, backlog, noDelay, ipv6Only, reusePort, unix, fd },
    (raw: RawSocket) => {
      descriptors.admit(new Socket(raw, memory.config.current), to);
    },
  );
}

function closeAll(handles: readonly ListenHandle[]): void {
  for (const handle of handles) handle.close();
}

function watch(handle: ListenHandle, span: ListenerSpan, self: Self): void {
  handle.watch?.({
    // Whatever it is, the next one may go well, as ranch and Thousand Island have it; and if not, it is told again.
    onError: (error) => span.acceptError(error),
    onLost: () => self.send(self.pid, LOST),
  });
}

/** Stops listening; what was accepted stays. Nothing happens if the server does not listen. */
function unlisten(state: ListenerState, self: Self, reason: ExitReason = 'shutdown'): void {
  const { handles, span, hook } = state;
  if (handles.length === 0) return;
  state.handles = [];
  state.hook = undefined;
  if (hook !== undefined) dismissHook(self, hook);
  for (const handle of handles) {
    self.disown(handle);
    handle.close();
  }
  span?.end(reason);
}

function infoOf({ handles, listenSockets, descriptors, refusals }: ListenerState): ListenerInfo {
  const [first] = handles;
  return {
    status: first === undefined ? 'suspended' : 'running',
    address: first?.address,
    waiting: listenSockets.reduce((sum, { waiting }) => sum + waiting, descriptors.waiting),
    refused: refusals.count,
  };
}

function initialState(memory: ServerMemory, self: Self): ListenerState {
  const config = memory.config.current;
  const refusals = new Refusals(memory);
  const listenSockets = ListenSocket.some(config.listenSockets, config.maxAcceptQueue, () =>
    refusals.add('acceptQueueFull'),
  );
  const descriptors = new DescriptorWatch(self, {
    reserve: config.descriptorReserve,
    backoff: config.acceptBackoff,
    read: readDescriptors,
    onShort: (short, reserve) => state.span?.emfile({ ...short, reserve }),
    onRefused: () => refusals.add('descriptors'),
  });
  for (const listenSocket of listenSockets) self.own(listenSocket);
  self.own(descriptors);
  memory.gates.onRoom = () => {
    for (const listenSocket of listenSockets) listenSocket.handOut();
  };
  const state: ListenerState = {
    config,
    memory,
    listenSockets,
    descriptors,
    refusals,
    handles: [],
    span: undefined,
    hook: undefined,
  };
  return state;
}

/** The process that listens. Elixir: `ThousandIsland.Listener`. */
export const listener = defineServer({
  name: 'Listener',
  async init(memory: ServerMemory, self) {
    self.trapExit(true);
    const state = initialState(memory, self);
    if (memory.listens) await listen(state, self);
    return state;
  },
  handleCall: {
    /** What the acceptor of this number, counted from 1, accepts from. ranch: the association of acceptors and sockets. */
    listenSocket: (acceptor: number, _from, { listenSockets }) => {
      return reply(listenSockets[(acceptor - 1) % listenSockets.length] as ListenSocket);
    },
    info: (_: undefined, _from, state) => reply(infoOf(state)),
    /** What the one who holds the server needs to know of it. */
    about: (_: undefined, _from, { memory }, self) => reply({ memory, server: self.parent as Pid }),
    suspend: (_: undefined, _from, state, self) => {
      // A descriptor that was given could not be listened on again: clients wait, as they would in the kernel's queue.
      if (state.config.fd !== undefined) state.memory.gates.setClosed(true);
      else unlisten(state, self);
      return reply(undefined);
    },
    /** Lets go of those who wait; others may come. */
    dismiss: (_: undefined, _from, { descriptors, listenSockets }) => {
      descriptors.close();
      for (const listenSocket of listenSockets) listenSocket.dismiss();
      return reply(undefined);
    },
    /** The server is going: it listens no more, and who waits for an acceptor is not let in either. */
    close: (_: undefined, _from, state, self) => {
      unlisten(state, self);
      state.descriptors.close();
      for (const listenSocket of state.listenSockets) listenSocket.close();
      return reply(undefined);
    },
    async resume(_: undefined, _from, state, self) {
      if (state.handles.length > 0) return reply(undefined);
      // That the port is taken is for the one who asked to know: the connections need not suffer for it.
      const failure = await listen(state, self).catch((thrown: unknown) => {
        if (thrown instanceof ListenFailedError || thrown instanceof AdoptedDescriptorError) return thrown;
        throw thrown;
      });
      return reply(failure ?? undefined);
    },
  },
  handleInfo(message, state: ListenerState, self) {
    // Its `postListen` has come to an end already.
    if (message === GIVE_UP) return undefined;
    // What that has left behind has failed, which was told as the crash of its process.
    if (message instanceof ExitMessage && message.from === state.hook) return undefined;
    if (message !== LOST) return self.reportUnhandled(message);
    // Suspended meanwhile, or closed by ourselves.
    if (state.handles.length === 0) return undefined;
    const where = formatAddress(state.handles[0]?.address as SocketAddress);
    return stop(new ListenerClosedError(`what listened on ${where} was closed`), state);
  },
  terminate: (reason, state: ListenerState, self) => {
    unlisten(state, self, reason);
    // It is the last of a server to end; one that crashes is in no such state.
    state.memory.lifecycle.tell('stopped');
  },
  describe: (state) => {
    const { address } = infoOf(state);
    return { details: address === undefined ? {} : { at: formatAddress(address) } };
  },
});

/** The Listener under its Server. */
export function listenerSpec(memory: ServerMemory): ChildSpec {
  return serverSpec(listener, memory, { id: 'listener', label: 'listener' });
}
