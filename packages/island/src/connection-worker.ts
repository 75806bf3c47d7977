import {
  type AnyServer,
  type Awaitable,
  type DynamicChildSpec,
  type ExitReason,
  type From,
  IgnoreResult,
  OkResult,
  ok,
  type Self,
  type ServerView,
  StopResult,
  serversSpec,
} from '@thousand-island/runtime';
import { isPromise } from './awaitable.ts';
import { atEnd, endWith, finish, type Outcome, onReadTimeout } from './connection-end.ts';
import { open } from './connection-open.ts';
import { fromProcess, goOn, received } from './connection-result.ts';
import { ConnectionState, DRAIN, Making, READ_TIMEOUT } from './connection-state.ts';
import type { LiveConfig } from './live-config.ts';
import type { Socket } from './socket.ts';
import { formatAddress } from './socket-address.ts';
import type { SocketReader } from './socket-reader.ts';

/** How many chunks a connection handles before other messages of its own get their turn. */
const CHUNKS_PER_TURN = 32;

const READY = Symbol('ready');
const THEN_READY = { continue: READY };

/** The least that starting it needs to know. */
interface ConnectionServer extends AnyServer {
  init(socket: Socket, self: Self): Awaitable<unknown>;
}

/** How ConnectionSupervisors start connections: one spec for all, given the socket. */
export type ConnectionSpec = DynamicChildSpec<Socket>;

/** A connection is never restarted: its client is gone. It has as long to stop as the server gives it. */
export function connectionSpec(live: LiveConfig): ConnectionSpec {
  const { shutdownTimeout: timeout } = live.current;
  const shutdown = timeout === 0 ? 'brutalKill' : timeout === Number.POSITIVE_INFINITY ? 'infinity' : timeout;
  return serversSpec(connectionWorker(live), { restart: 'temporary', shutdown });
}

/**
 * The process of one connection: a GenServer whose messages are the socket's and whose callbacks are the handler's. Made
 * once per server, so that a connection costs no closures.
 */
function connectionWorker(live: LiveConfig): ConnectionServer {
  const { handler } = live.current;

  return {
    init(socket: Socket, self: Self): Awaitable<unknown> {
      self.trapExit(true);
      const config = live.current;
      socket.reader.self = self;
      const connection = new ConnectionState(self, socket, config);
      self.own(connection);
      const made = handler.init === undefined ? connection.state : handler.init(config.handlerOptions, self);
      // What takes its time does so in the process of this one connection: the next ones need not wait for it.
      if (isPromise(made)) {
        // If the client goes meanwhile, that is to be known when there is a state.
        socket.reader.hear();
        connection.state = new Making(made);
        // It is looked at when the process has its turn, and may fail before.
        made.then(undefined, () => {});
      } else if (made instanceof IgnoreResult || made instanceof StopResult) return made;
      else connection.state = made instanceof OkResult ? made.state : made;
      return ok(connection, THEN_READY);
    },

    handleCall: mapTable(handler.handleCall, (call, request) => {
      const callback = `handleCall.${request}`;
      return (payload: unknown, from: From, connection: ConnectionState, self: Self) => {
        const { socket, state } = connection;
        return fromProcess(connection, call(payload, from, socket, state, self), callback);
      };
    }),

    handleCast: mapTable(handler.handleCast, (cast, request) => {
      const callback = `handleCast.${request}`;
      return (payload: unknown, connection: ConnectionState, self: Self) => {
        const { socket, state } = connection;
        return fromProcess(connection, cast(payload, socket, state, self), callback);
      };
    }),

    handleContinue(argument: unknown, connection: ConnectionState): Awaitable<Outcome> {
      if (argument !== READY) return goOn(connection, argument, 'process');
      const { state } = connection;
      return state instanceof Making ? make(connection, state.state) : open(connection);
    },

    handleInfo(message: unknown, connection: ConnectionState, self: Self): Awaitable<unknown> {
      if (message === connection.socket.reader) return pump(connection);
      if (message === READ_TIMEOUT) return onReadTimeout(connection);
      if (message === DRAIN) return onDrain(connection);
      if (handler.handleInfo === undefined) return self.reportUnhandled(message);
      const { socket, state } = connection;
      return fromProcess(connection, handler.handleInfo(message, socket, state, self), 'handleInfo');
    },

    terminate(reason: ExitReason, connection: ConnectionState): Awaitable<void> {
      return finish(connection, reason);
    },

    formatStatus: (status: ServerView<ConnectionState>) => ({ ...status, state: status.state?.state }),

    describe: (connection: ConnectionState) => {
      const remote = connection.socket.peername();
      const { sentBytes, receivedBytes } = connection.socket.getstat();
      const label = remote === undefined ? {} : { label: formatAddress(remote) };
      return { ...label, details: { received: receivedBytes, sent: sentBytes } };
    },
    name: 'ConnectionWorker',
  };
}

/** Waits for an `init` that is async. If it does not come to a state, the connection was never there. */
function make(connection: ConnectionState, making: PromiseLike<unknown>): Awaitable<Outcome> {
  return making.then(
    (made) => {
      if (made instanceof IgnoreResult)
        return endWith(connection, { kind: 'unborn' }, { shutdown: 'ignore' });
      if (made instanceof StopResult)
        return endWith(connection, { kind: 'unborn' }, { shutdown: made.reason });
      connection.state = made instanceof OkResult ? made.state : made;
      return open(connection);
    },
    (thrown) => {
      connection.end = { kind: 'unborn' };
      throw thrown;
    },
  );
}

/** The server is being drained: a handler that can finish politely is told once, and goes on; another one ends. */
function onDrain(connection: ConnectionState): Awaitable<unknown> {
  const { socket, state, self, config } = connection;
  const { handler } = config;
  if (handler.handleDrain === undefined) return endWith(connection, { kind: 'shutdown' }, 'shutdown');
  if (!connection.beginDraining()) return undefined;
  return fromProcess(connection, handler.handleDrain(socket, state, self), 'handleDrain');
}

/** Something has come, or nothing will any more: chunk by chunk to the handler, then the end. */
function pump(connection: ConnectionState): Awaitable<Outcome> {
  const { socket, config } = connection;
  const { handler } = config;
  const { topics } = config.events;
  const { reader } = socket;
  reader.look();
  for (let count = 0; count < CHUNKS_PER_TURN; count++) {
    const chunk = reader.nextChunk();
    if (chunk === undefined) break;
    if (topics['connection:asyncRecv'].isWanted) socket.span?.asyncReceived(chunk);
    if (handler.handleData === undefined) {
      // Nobody wants to hear it, but the client is not silent.
      connection.awaitClient(undefined, undefined);
      continue;
    }
    const outcome = received(connection, chunk);
    if (outcome === undefined) continue;
    return isPromise<Outcome>(outcome) ? lookAgainAfter(outcome, reader) : outcome;
  }
  reader.setBusy(false);
  if (reader.hasChunks) {
    reader.lookAgain();
    return undefined;
  }
  return reader.end === undefined ? undefined : atEnd(connection);
}

function lookAgainAfter(outcome: PromiseLike<Outcome>, reader: SocketReader): PromiseLike<Outcome> {
  return outcome.then((settled) => {
    if (settled === undefined) reader.lookAgain();
    return settled;
  });
}

type Callback = (...parameters: unknown[]) => unknown;

function mapTable(
  table: unknown,
  wrap: (callback: Callback, request: string) => unknown,
): Readonly<Record<string, unknown>> {
  const entries = Object.entries((table ?? {}) as Readonly<Record<string, Callback>>);
  return Object.fromEntries(
    entries.map(([request, callback]) => [request, wrap(callback.bind(table), request)]),
  );
}
