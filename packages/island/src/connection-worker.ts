import {
  type AnyServer,
  type Awaitable,
  BadReturnError,
  type DynamicChildSpec,
  type ExitReason,
  type From,
  IgnoreResult,
  isShutdown,
  NoReplyResult,
  noReply,
  OkResult,
  ok,
  type Pid,
  ReplyResult,
  reply,
  type Self,
  StopResult,
  serversSpec,
  stateAfter,
  stop,
  stopWithReply,
} from '@thousand-island/runtime';
import { type ConnectionEnd, ConnectionState, READ_TIMEOUT } from './connection-state.ts';
import { IslandError } from './errors.ts';

import { CloseResult, ContinueResult, ErrorResult } from './handler-result.ts';
import { KEEP_STATE, type KeptState } from './kept-state.ts';
import type { ServerConfig } from './server-config.ts';
import { isSent, type Socket } from './socket.ts';

/** Sent to a connection when the server is being drained. */
export const DRAIN = Symbol('drain');

/** How many chunks a connection handles before other messages of its own get their turn. */
const CHUNKS_PER_TURN = 32;

const READY = Symbol('ready');

/** The least that starting it needs to know. */
interface ConnectionServer extends AnyServer {
  init(socket: Socket, self: Self): Awaitable<unknown>;
}

/** What a callback's result means to the GenServer: nothing to do, or one of its own results. */
type Outcome = ReturnType<typeof stop> | NoReplyResult<ConnectionState> | undefined;

/** Which waiting the end of a callback begins: only what the client does, and our dealing with it, restarts its time. */
type Source = 'network' | 'process';

/** How ConnectionSupervisors start connections: one spec for all, given the socket. */
export type ConnectionSpec = DynamicChildSpec<Socket>;

/** A connection is never restarted: its client is gone. It has as long to stop as the server gives it. */
export function connectionSpec(config: ServerConfig): ConnectionSpec {
  const { shutdownTimeout: timeout } = config;
  const shutdown = timeout === 0 ? 'brutalKill' : timeout === Number.POSITIVE_INFINITY ? 'infinity' : timeout;
  return serversSpec(connectionWorker(config), { restart: 'temporary', shutdown });
}

/**
 * The process of one connection: a GenServer whose messages are the socket's and whose callbacks are the handler's. Made
 * once per server, so that a connection costs no closures.
 */
function connectionWorker(config: ServerConfig): ConnectionServer {
  const handler = config.handler;

  return {
    init(socket: Socket, self: Self): Awaitable<unknown> {
      self.trapExit(true);
      const connection = new ConnectionState(self, socket, config);
      self.own(connection);
      socket.attach(self);
      const made = handler.init === undefined ? connection.state : handler.init(config.handlerOptions, self);
      // What takes its time does so in the process of this one connection: the next ones need not wait for it.
      if (isPromise(made)) connection.making = made;
      else if (made instanceof IgnoreResult || made instanceof StopResult) return made;
      else connection.state = made instanceof OkResult ? made.state : made;
      return ok(connection, { continue: READY });
    },

    handleCall: mapTable(handler.handleCall, (call) => {
      return (payload: unknown, from: From, connection: ConnectionState, self: Self) => {
        const { socket, state } = connection;
        return fromProcess(connection, self, call(payload, from, socket, state, self));
      };
    }),

    handleCast: mapTable(handler.handleCast, (cast) => {
      return (payload: unknown, connection: ConnectionState, self: Self) => {
        const { socket, state } = connection;
        return fromProcess(connection, self, cast(payload, socket, state, self));
      };
    }),

    handleContinue(argument: unknown, connection: ConnectionState, self: Self): Awaitable<Outcome> {
      if (argument !== READY) return goOn(connection, self, argument, 'process');
      return connection.making === undefined
        ? open(connection, self)
        : make(connection, self, connection.making);
    },

    handleInfo(message: unknown, connection: ConnectionState, self: Self): Awaitable<unknown> {
      if (message === connection.socket) return pump(connection, self);
      if (message === READ_TIMEOUT) return onReadTimeout(connection);
      if (message === DRAIN) return endWith(connection, { kind: 'shutdown' }, 'shutdown');
      if (handler.handleInfo === undefined) return self.reportUnhandled(message);
      const { socket, state } = connection;
      return fromProcess(connection, self, handler.handleInfo(message, socket, state, self));
    },

    terminate(reason: ExitReason, connection: ConnectionState, self: Self): Awaitable<void> {
      return finish(connection, self, reason);
    },

    formatState: (connection: ConnectionState) => connection.state,

    describe: (connection: ConnectionState) => {
      const remote = connection.socket.peername();
      const { sentBytes, receivedBytes } = connection.socket.getstat();
      const label = remote === undefined ? {} : { label: `${remote.address}:${remote.port}` };
      return { ...label, details: { received: receivedBytes, sent: sentBytes } };
    },
    name: 'ConnectionWorker',
  };
}

/** Waits for an `init` that is async; what it comes to is as if it had come to that at once. */
function make(connection: ConnectionState, self: Self, making: PromiseLike<unknown>): Awaitable<Outcome> {
  return making.then(
    (made) => {
      if (made instanceof IgnoreResult) return miscarry(connection, self, 'ignore');
      if (made instanceof StopResult) return miscarry(connection, self, made.reason);
      connection.state = made instanceof OkResult ? made.state : made;
      return open(connection, self);
    },
    (thrown) => miscarry(connection, self, thrown as ExitReason),
  );
}

/** The handler does not want the connection, or cannot have it: nothing of it was seen, and nothing is called. */
function miscarry(connection: ConnectionState, self: Self, reason: ExitReason): Outcome {
  const { events } = connection.config;
  const acceptor = self.parent as Pid;
  if (events.wants('acceptor:spawnError')) events.publish('acceptor:spawnError', { acceptor, reason });
  return endWith(connection, { kind: 'unborn' }, { shutdown: reason });
}

function open(connection: ConnectionState, self: Self): Awaitable<Outcome> {
  connection.reportStart();
  return whenSettled(begin(connection, self), (outcome) => {
    if (outcome === undefined) connection.socket.activate();
    return outcome;
  });
}

function begin(connection: ConnectionState, self: Self): Awaitable<Outcome> {
  const { socket, state, config } = connection;
  if (config.handler.handleConnection === undefined) return conclude(connection, self, undefined, 'network');
  return inBatch(connection, self, () => config.handler.handleConnection?.(socket, state, self));
}

/** Something has come, or nothing will any more: chunk by chunk to the handler, then the end. */
function pump(connection: ConnectionState, self: Self): Awaitable<Outcome> {
  const { socket, config } = connection;
  const { handler } = config;
  socket.look();
  for (let count = 0; count < CHUNKS_PER_TURN; count++) {
    const chunk = socket.nextChunk();
    if (chunk === undefined) break;
    if (handler.handleData === undefined) {
      // Nobody wants to hear it, but the client is not silent.
      connection.awaitClient(undefined, undefined);
      continue;
    }
    const outcome = inBatch(connection, self, () =>
      handler.handleData?.(chunk, socket, connection.state, self),
    );
    if (outcome === undefined) continue;
    if (!isPromise(outcome)) return outcome;
    return outcome.then((settled) => {
      if (settled === undefined) socket.lookAgain();
      return settled;
    });
  }
  socket.setBusy(false);
  if (socket.hasChunks) {
    socket.lookAgain();
    return undefined;
  }
  return socket.end === undefined ? undefined : atEnd(connection);
}

/** Runs a callback of the network's; what it sends goes out together, and what it throws ends the connection. */
function inBatch(connection: ConnectionState, self: Self, callback: () => unknown): Awaitable<Outcome> {
  const { socket } = connection;
  socket.beginBatch();
  let result: unknown;
  try {
    result = callback();
  } finally {
    socket.endBatch();
  }
  return settle(connection, self, result, 'network');
}

function settle(
  connection: ConnectionState,
  self: Self,
  result: unknown,
  source: Source,
): Awaitable<Outcome> {
  if (result === undefined || isSent(result)) return conclude(connection, self, undefined, source);
  if (!isPromise(result)) return conclude(connection, self, result, source);
  const { socket } = connection;
  socket.setBusy(true);
  return result.then(
    (settled) => {
      socket.setBusy(false);
      return conclude(connection, self, settled, source);
    },
    (thrown) => onRejected(connection, thrown),
  );
}

/** What a callback's result comes to. */
function conclude(
  connection: ConnectionState,
  self: Self,
  result: unknown,
  source: Source,
): Awaitable<Outcome> {
  if (result === undefined) {
    if (source === 'network') connection.awaitClient(undefined, undefined);
    return undefined;
  }
  if (result instanceof ContinueResult) {
    adopt(connection, result.state);
    const { timeout, persistentTimeout } = result.options ?? {};
    if (source === 'network' || timeout !== undefined || persistentTimeout !== undefined) {
      connection.awaitClient(milliseconds(timeout), milliseconds(persistentTimeout));
    }
    if (result.options === undefined || !('continue' in result.options)) return undefined;
    return goOn(connection, self, result.options.continue, 'network');
  }
  if (result instanceof CloseResult) {
    adopt(connection, result.state);
    return endWith(connection, { kind: 'close' }, { shutdown: 'localClosed' });
  }
  if (result instanceof ErrorResult) {
    adopt(connection, result.state);
    if (result.reason === 'timeout') return endWith(connection, { kind: 'timeout' }, { shutdown: 'timeout' });
    const reason = result.reason as ExitReason;
    return endWith(connection, { kind: 'error', reason }, reason);
  }
  throw new BadReturnError('a callback of the handler', result);
}

function goOn(
  connection: ConnectionState,
  self: Self,
  argument: unknown,
  source: Source,
): Awaitable<Outcome> {
  const { handler } = connection.config;
  if (handler.handleContinue === undefined)
    throw new BadReturnError('a handler without handleContinue', argument);
  return settle(
    connection,
    self,
    handler.handleContinue(argument, connection.socket, connection.state, self),
    source,
  );
}

/** A callback for other processes may answer as a GenServer's does, or as a handler's. */
function fromProcess(connection: ConnectionState, self: Self, result: unknown): Awaitable<unknown> {
  if (isPromise(result) && !isSent(result)) {
    connection.socket.setBusy(true);
    return result.then(
      (settled) => {
        connection.socket.setBusy(false);
        return fromProcess(connection, self, settled);
      },
      (thrown) => onRejected(connection, thrown),
    );
  }
  if (result instanceof ReplyResult) {
    connection.state = stateAfter(result, connection.state);
    return reply(result.reply, connection, result.after);
  }
  if (result instanceof NoReplyResult) {
    connection.state = stateAfter(result, connection.state);
    return noReply(connection, result.after);
  }
  if (result instanceof StopResult) {
    connection.state = stateAfter(result, connection.state);
    const { reason } = result;
    return result.reply === undefined ? stop(reason) : stopWithReply(reason, result.reply[0]);
  }
  return conclude(connection, self, isSent(result) ? undefined : result, 'process');
}

/** A promise of a callback was rejected: because the socket is over, which is no fault of the handler, or for real. */
function onRejected(connection: ConnectionState, thrown: unknown): Outcome {
  if (thrown instanceof IslandError) {
    if (thrown.code === 'ISLAND_RECV_TIMEOUT')
      return endWith(connection, { kind: 'timeout' }, { shutdown: 'timeout' });
    if (connection.socket.end !== undefined) return atEnd(connection);
  }
  throw thrown;
}

function atEnd(connection: ConnectionState): Outcome {
  const { end } = connection.socket;
  if (end?.kind !== 'error') return endWith(connection, { kind: 'close' }, { shutdown: 'peerClosed' });
  return endWith(connection, { kind: 'error', reason: end.error }, { shutdown: end.error });
}

function onReadTimeout(connection: ConnectionState): Outcome {
  if (connection.isSilent()) return endWith(connection, { kind: 'timeout' }, { shutdown: 'timeout' });
  connection.lookAgain();
  return undefined;
}

function endWith(connection: ConnectionState, end: ConnectionEnd, reason: ExitReason): Outcome {
  connection.end = end;
  return stop(reason);
}

/** The last callback, then what was sent goes out, then the socket is closed: whatever goes wrong on the way. */
function finish(connection: ConnectionState, self: Self, reason: ExitReason): Awaitable<void> {
  const { socket } = connection;
  const close = (): void => connection.close(reason);
  const flush = (): Awaitable<void> => {
    const flushed = socket.finish();
    return flushed === undefined ? close() : flushed.then(close);
  };
  let last: unknown;
  try {
    last = lastCallback(connection, self, connection.end ?? endOf(reason));
  } catch (thrown) {
    return whenSettled(flush(), () => {
      throw thrown;
    });
  }
  if (!isPromise(last) || isSent(last)) return flush();
  return last.then(flush, async (thrown) => {
    await flush();
    throw thrown;
  });
}

function endOf(reason: ExitReason): ConnectionEnd {
  if (isShutdown(reason)) return { kind: 'shutdown' };
  return reason === 'normal' ? { kind: 'close' } : { kind: 'error', reason };
}

function lastCallback(connection: ConnectionState, self: Self, end: ConnectionEnd): unknown {
  const { socket, state, config } = connection;
  const { handler } = config;
  switch (end.kind) {
    case 'close':
      return handler.handleClose?.(socket, state, self);
    case 'error':
      return handler.handleError?.(end.reason, socket, state, self);
    case 'shutdown':
      return handler.handleShutdown?.(socket, state, self);
    case 'timeout':
      return handler.handleTimeout?.(socket, state, self);
    case 'unborn':
      return undefined;
    default:
      return end satisfies never;
  }
}

function adopt(connection: ConnectionState, state: KeptState<unknown>): void {
  if (state !== KEEP_STATE) connection.state = state;
}

function milliseconds(timeout: number | 'infinity' | undefined): number | undefined {
  return timeout === 'infinity' ? Number.POSITIVE_INFINITY : timeout;
}

type Callback = (...parameters: unknown[]) => unknown;

function mapTable(table: unknown, wrap: (callback: Callback) => unknown): Readonly<Record<string, unknown>> {
  const entries = Object.entries((table ?? {}) as Readonly<Record<string, Callback>>);
  return Object.fromEntries(entries.map(([request, callback]) => [request, wrap(callback.bind(table))]));
}

function isPromise<Value>(value: unknown): value is PromiseLike<Value> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function whenSettled<Value, Result>(
  value: Awaitable<Value>,
  next: (value: Value) => Result,
): Awaitable<Result> {
  return isPromise<Value>(value) ? value.then(next) : next(value as Value);
}
