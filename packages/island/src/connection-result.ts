import {
  type Awaitable,
  BadReturnError,
  type ExitReason,
  NoReplyResult,
  noReply,
  ReplyResult,
  reply,
  StopResult,
  stateAfter,
  stop,
  stopWithReply,
} from '@thousand-island/runtime';
import { isPromise } from './awaitable.ts';
import { atEnd, endWith, faultOf, type Outcome } from './connection-end.ts';
import { type Preparing, ready } from './connection-ready.ts';
import type { ConnectionState } from './connection-state.ts';
import {
  CloseResult,
  type ContinueOptions,
  ContinueResult,
  ErrorResult,
  type SwitchOptions,
  SwitchTransportResult,
} from './handler-result.ts';
import { KEEP_STATE, type KeptState } from './kept-state.ts';
import { isSent } from './sending.ts';
import type { Transport } from './transport.ts';

/** Which waiting the end of a callback begins: only what the client does, and our dealing with it, restarts its time. */
type Source = 'network' | 'process';

/** Calls `handleConnection`; what it sends goes out together, and what it throws ends the connection. */
export function connected(connection: ConnectionState): Awaitable<Outcome> {
  const { socket, config } = connection;
  socket.beginBatch();
  let result: unknown;
  try {
    result = config.handler.handleConnection?.(socket, connection.state, connection.self);
  } finally {
    socket.endBatch();
  }
  return settle(connection, result, 'network', 'handleConnection');
}

/** Calls `handleData`, likewise. Once a chunk, so without a function made for it. */
export function received(connection: ConnectionState, chunk: Buffer): Awaitable<Outcome> {
  const { socket, config } = connection;
  socket.beginBatch();
  let result: unknown;
  try {
    result = config.handler.handleData?.(chunk, socket, connection.state, connection.self);
  } finally {
    socket.endBatch();
  }
  return settle(connection, result, 'network', 'handleData');
}

/**
 * Waits for a callback's result if it is a promise. Meanwhile reading pauses as soon as something has come; and the process may
 * have been killed, of which nothing runs any more then.
 */
function settle(
  connection: ConnectionState,
  result: unknown,
  source: Source,
  callback: string,
): Awaitable<Outcome> {
  if (result === undefined || isSent(result)) return conclude(connection, undefined, source, callback);
  if (!isPromise(result)) return conclude(connection, result, source, callback);
  return settleLater(connection, result, source, callback);
}

// A function of its own: what its closures share is made when it is entered, and most callbacks need none.
function settleLater(
  connection: ConnectionState,
  result: PromiseLike<unknown>,
  source: Source,
  callback: string,
): PromiseLike<Outcome> {
  const { reader } = connection.socket;
  reader.setBusy(true);
  return result.then(
    (settled) => {
      if (!connection.self.alive) return undefined;
      reader.setBusy(false);
      return conclude(connection, settled, source, callback);
    },
    (thrown) => onRejected(connection, thrown),
  );
}

/** What the result of this callback comes to. */
export function conclude(
  connection: ConnectionState,
  result: unknown,
  source: Source,
  callback: string,
): Awaitable<Outcome> {
  if (result === undefined) {
    if (source === 'network') connection.awaitClient(undefined, undefined);
    return undefined;
  }
  if (result instanceof ContinueResult) {
    adopt(connection, result.state);
    return goOnWith(connection, result.options, source);
  }
  if (result instanceof SwitchTransportResult) {
    adopt(connection, result.state);
    return goOnOver(connection, result.transport, result.options);
  }
  if (result instanceof CloseResult) {
    adopt(connection, result.state);
    return endWith(connection, { kind: 'close' }, { shutdown: 'localClosed' });
  }
  if (result instanceof ErrorResult) {
    adopt(connection, result.state);
    if (result.reason === 'timeout') return endWith(connection, { kind: 'timeout' }, { shutdown: 'timeout' });
    const reason = result.reason as ExitReason;
    const { silentTerminateOnError } = connection.config;
    return endWith(
      connection,
      { kind: 'error', reason },
      silentTerminateOnError ? { shutdown: reason } : reason,
    );
  }
  throw new BadReturnError(isOfAnotherCopy(result) ? `${callback}, with ${OTHER_COPY},` : callback, result);
}

const OTHER_COPY = 'a result of another copy of @thousand-island/island than the server has';
const RESULTS = [ContinueResult, SwitchTransportResult, CloseResult, ErrorResult];

/** What a handler makes with the package of its own folder is nothing to a server that has been started with another one. */
function isOfAnotherCopy(result: unknown): boolean {
  return RESULTS.some(({ name }) => name === (result as object | null)?.constructor?.name);
}

/** Waits for the client as the handler says, and continues if it says so. */
function goOnWith(
  connection: ConnectionState,
  options: ContinueOptions | undefined,
  source: Source,
): Awaitable<Outcome> {
  awaitClient(connection, options, source);
  return continues(options) ? goOn(connection, options.continue, 'network') : undefined;
}

function awaitClient(
  connection: ConnectionState,
  options: ContinueOptions | undefined,
  source: Source,
): void {
  const { timeout, persistentTimeout } = options ?? {};
  if (source === 'network' || timeout !== undefined || persistentTimeout !== undefined)
    connection.awaitClient(milliseconds(timeout), milliseconds(persistentTimeout));
}

function continues(options: ContinueOptions | undefined): options is { readonly continue: unknown } {
  return options !== undefined && 'continue' in options;
}

/** Goes on over another transport, as far as the client takes part. */
async function goOnOver(
  connection: ConnectionState,
  transport: Transport,
  options: SwitchOptions,
): Promise<Outcome> {
  const { reader } = connection.socket;
  reader.setBusy(true);
  const upgrade: Preparing = (_connection, onDone, onFailed) => {
    connection.socket.upgrade(transport, options.unread).then(onDone, onFailed);
  };
  const failure = await ready(connection, upgrade);
  if (failure !== undefined || !connection.self.alive) return failure;
  reader.setBusy(false);
  return goOnWith(connection, options, 'network');
}

/** Runs `handleContinue`, before anything else of the connection. */
export function goOn(connection: ConnectionState, argument: unknown, source: Source): Awaitable<Outcome> {
  const { handler } = connection.config;
  if (handler.handleContinue === undefined)
    throw new BadReturnError('a handler without handleContinue', argument);
  let next = argument;
  let from = source;
  for (let left = CONTINUES_PER_TURN; ; left--) {
    const { socket, state, self } = connection;
    const result: unknown = handler.handleContinue(next, socket, state, self);
    if (!(result instanceof ContinueResult) || !continues(result.options))
      return settle(connection, result, from, 'handleContinue');
    if (left === 0) return settle(connection, inNextTurn(result), from, 'handleContinue');
    adopt(connection, result.state);
    awaitClient(connection, result.options, from);
    next = result.options.continue;
    from = 'network';
  }
}

/** So many at a time: a handler may continue for ever, and Node's loop is to have its turn. */
const CONTINUES_PER_TURN = 100;

function inNextTurn<Value>(value: Value): Promise<Value> {
  return new Promise((resolve) => setImmediate(resolve, value));
}

/** A callback for other processes may answer as a GenServer's does, or as a handler's. */
export function fromProcess(
  connection: ConnectionState,
  result: unknown,
  callback: string,
): Awaitable<unknown> {
  if (isPromise(result) && !isSent(result)) {
    connection.socket.reader.setBusy(true);
    return result.then(
      (settled) => {
        if (!connection.self.alive) return undefined;
        connection.socket.reader.setBusy(false);
        return fromProcess(connection, settled, callback);
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
  return conclude(connection, isSent(result) ? undefined : result, 'process', callback);
}

/** A promise of a callback was rejected: because the socket is over, which is no fault of the handler, or for real. */
function onRejected(connection: ConnectionState, thrown: unknown): Outcome {
  const fault = faultOf(connection, thrown);
  if (fault === 'timeout') return endWith(connection, { kind: 'timeout' }, { shutdown: 'timeout' });
  if (fault === 'socket') return atEnd(connection);
  throw thrown;
}

function adopt(connection: ConnectionState, state: KeptState<unknown>): void {
  if (state !== KEEP_STATE) connection.state = state;
}

function milliseconds(timeout: number | 'infinity' | undefined): number | undefined {
  return timeout === 'infinity' ? Number.POSITIVE_INFINITY : timeout;
}
