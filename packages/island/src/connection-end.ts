import { type Awaitable, type ExitReason, isShutdown, type StopResult, stop } from '@thousand-island/runtime';
import { isPromise } from './awaitable.ts';
import { type ConnectionEnd, type ConnectionState, Making } from './connection-state.ts';
import { IslandError } from './errors.ts';
import { isSent } from './sending.ts';
import { shutdownDetail } from './shutdown-detail.ts';
import type { SocketEnd } from './socket-reader.ts';

/** The end of a connection, as its GenServer is told of it. */
export type Ending = StopResult<never, never>;

/** How a connection ends, or that it goes on. */
export type Outcome = Ending | undefined;

/** How long a client that we have said goodbye to may take to say it too, in ms. */
const LINGER_MS = 1_000;

/** The socket is over: because the client has said its last word, or the handler has closed it, or because it broke. */
export function atEnd(connection: ConnectionState): Ending {
  const { end, isClosedByUs } = connection.socket.reader;
  if (end?.kind !== 'error')
    return endWith(connection, { kind: 'close' }, { shutdown: isClosedByUs ? 'localClosed' : 'peerClosed' });
  return endWith(connection, { kind: 'error', reason: end.error }, { shutdown: end.error });
}

/** The read timeout has come; if the client was heard meanwhile, it is none any more. */
export function onReadTimeout(connection: ConnectionState): Outcome {
  if (connection.isSilent()) return endWith(connection, { kind: 'timeout' }, { shutdown: 'timeout' });
  connection.lookAgain();
  return undefined;
}

/** Ends the connection; how decides the last callback. */
export function endWith(connection: ConnectionState, end: ConnectionEnd, reason: ExitReason): Ending {
  connection.end = end;
  return stop(reason);
}

/** The last callback, then what was sent goes out, then the socket is closed: whatever goes wrong on the way. */
export function finish(connection: ConnectionState, reason: ExitReason): Awaitable<void> {
  const end = connection.end ?? (connection.state instanceof Making ? endOfMaking(reason) : endOf(reason));
  let last: unknown;
  try {
    last = lastCallback(connection, end, reason);
  } catch (thrown) {
    return failAfter(goodbye(connection, end), thrown);
  }
  return isPromise(last) && !isSent(last)
    ? finishLater(connection, end, reason, last)
    : flush(connection, end, reason);
}

// Functions of their own, as everywhere here where something has to wait: most connections end at once, and make no closures.
function finishLater(
  connection: ConnectionState,
  end: ConnectionEnd,
  reason: ExitReason,
  last: PromiseLike<unknown>,
): PromiseLike<void> {
  return last.then(
    () => flush(connection, end, reason),
    async (thrown) => {
      const why = endOfLast(connection, end, reason, thrown);
      if (why === undefined) return failAfter(goodbye(connection, end), thrown);
      await flush(connection, end, why);
      if (why !== reason) connection.self.exit(why);
    },
  );
}

function goodbye(connection: ConnectionState, end: ConnectionEnd): Promise<void> | undefined {
  return connection.socket.finish(lingerOf(connection, end), end.kind === 'close');
}

function flush(connection: ConnectionState, end: ConnectionEnd, why: ExitReason): Awaitable<void> {
  const flushed = goodbye(connection, end);
  return flushed === undefined ? connection.close(why) : closeAfter(connection, flushed, why);
}

function closeAfter(connection: ConnectionState, flushed: Promise<void>, why: ExitReason): Promise<void> {
  return flushed.then(
    () => connection.close(why),
    (lost) => closeAfterLoss(connection, why, lost),
  );
}

/** What the last callback has thrown is for its process to judge, with whose end the connection ends too. */
function failAfter(flushed: Promise<void> | undefined, thrown: unknown): Promise<never> {
  const fail = (): never => {
    throw thrown;
  };
  return flushed === undefined ? fail() : flushed.then(fail, fail);
}

/** Why the connection ends whose last callback was rejected: if that could not reach the client, it has not failed itself. */
function endOfLast(
  connection: ConnectionState,
  { kind }: ConnectionEnd,
  reason: ExitReason,
  thrown: unknown,
): ExitReason | undefined {
  const fault = faultOf(connection, thrown);
  if (fault === undefined || kind === 'error') return fault && reason;
  const { end } = connection.socket.reader;
  if (fault === 'timeout') return { shutdown: 'timeout' };
  return end?.kind === 'error' ? { shutdown: end.error } : reason;
}

/** Whose fault a rejection is, if it is not the callback's own: the client's, who was silent, or that of a socket that is over. */
export function faultOf({ socket }: ConnectionState, thrown: unknown): 'timeout' | 'socket' | undefined {
  if (!(thrown instanceof IslandError)) return undefined;
  if (thrown.code === 'ISLAND_RECV_TIMEOUT') return 'timeout';
  const { end } = socket.reader;
  return end !== undefined && isOfSocket(thrown, end) ? 'socket' : undefined;
}

const OF_SOCKET = [
  'ISLAND_SOCKET_CLOSED',
  'ISLAND_SOCKET_ERROR',
  'ISLAND_SEND_TIMEOUT',
  'ISLAND_SEND_OVERFLOW',
];

/** Whether an error says no more than that the socket is over. */
function isOfSocket(thrown: IslandError, end: SocketEnd): boolean {
  return OF_SOCKET.includes(thrown.code) || (end.kind === 'error' && end.error === thrown);
}

/**
 * How long the client may take to say goodbye too. Closed while it still speaks, a socket answers with a reset, and that may take
 * our last words with it. Who stops the server has said how long that may take, and what takes longer is killed.
 */
function lingerOf({ config }: ConnectionState, end: ConnectionEnd): number {
  return end.kind === 'shutdown' ? Math.min(LINGER_MS, config.shutdownTimeout / 2) : LINGER_MS;
}

/**
 * What was sent could not be taken to the end. Where the server has ended the connection in good order, that is how it ends; a
 * client that has closed it was not waiting for more, and what has failed has failed.
 */
function closeAfterLoss(connection: ConnectionState, why: ExitReason, lost: Error): void {
  const isTold = lost instanceof IslandError && lost.code !== 'ISLAND_SOCKET_CLOSED';
  const isOurs = isShutdown(why) && connection.end?.kind !== 'error' && shutdownDetail(why) !== 'peerClosed';
  const reason = isTold && isOurs ? { shutdown: lost } : why;
  connection.close(reason);
  if (reason !== why) connection.self.exit(reason);
}

/** There is no state yet that a callback could be given. */
function endOfMaking(reason: ExitReason): ConnectionEnd {
  return { kind: isShutdown(reason) ? 'unready' : 'unborn' };
}

function endOf(reason: ExitReason): ConnectionEnd {
  if (isShutdown(reason)) return { kind: 'shutdown' };
  return reason === 'normal' ? { kind: 'close' } : { kind: 'error', reason };
}

function lastCallback(connection: ConnectionState, end: ConnectionEnd, reason: ExitReason): unknown {
  const { socket, state, self, config } = connection;
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
      return reportUnborn(connection, reason);
    case 'unready':
      // There is nothing yet that a last word could be said over.
      return undefined;
    default:
      return end satisfies never;
  }
}

/** The handler did not want the connection, or could not have it: nothing of it was seen, and nothing is called. */
function reportUnborn({ socket }: ConnectionState, reason: ExitReason): void {
  socket.acceptor?.reportSpawnError(shutdownDetail(reason) as ExitReason);
}
