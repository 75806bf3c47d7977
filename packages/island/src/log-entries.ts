import { types } from 'node:util';
import { type ExitReason, formatExitReason } from '@thousand-island/runtime';
import type { ConnectionEvent, IslandEventMap, IslandEventName, SpanEvent } from './events.ts';
import type { SendData } from './sending.ts';
import { formatAddress } from './socket-address.ts';

/** How much is logged, least first: each level has what those before it have, and more. */
export const LOG_LEVELS = ['error', 'info', 'debug', 'trace'] as const;

/** One of the levels. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** What is logged of an event: what a logger keeps as fields, and what a person reads. Safe to turn into JSON. */
export interface LogEntry {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** How an event is logged. */
export interface LogRule<Payload> {
  readonly level: LogLevel;
  readonly entry: (payload: Payload) => LogEntry;
}

/** Of data, no more than this is logged, in bytes. */
const SHOWN_BYTES = 256;

/** Every event, the level at which it is logged, and how. Elixir: `ThousandIsland.Logger` has them at the same levels. */
export const LOG_RULES: { readonly [Event in IslandEventName]: LogRule<IslandEventMap[Event]> } = {
  'acceptor:spawnError': rule('error', 'a connection could not be started', (event) => ({
    acceptor: String(event.acceptor),
    ...reasonOf(event.reason),
  })),
  'acceptor:acceptError': rule('error', 'a connection could not be accepted', ({ address, error }) => ({
    address: formatAddress(address),
    err: error,
  })),
  'acceptor:emfile': rule('error', 'descriptors are short', ({ address, used, limit, reserve }) => ({
    address: formatAddress(address),
    used,
    limit,
    reserve,
  })),
  'connection:refused': rule('error', 'a connection was refused', ({ reason, refused }) => ({
    reason,
    refused,
  })),
  'listener:start': rule('info', 'the server listens', ({ address, transport }) => ({
    address: formatAddress(address),
    transport,
  })),
  'listener:stop': rule('info', 'the server listens no more', (event) => ({
    address: formatAddress(event.address),
    ...endOf(event),
  })),
  'server:drained': rule('info', 'the connections are drained', ({ acceptor, report }) => ({
    ...(acceptor === undefined ? {} : { acceptor }),
    ...report,
  })),
  'server:status': rule('debug', 'the server is somewhere else in its life', ({ status }) => ({ status })),
  'acceptor:start': rule('debug', 'an acceptor has started', ({ acceptor }) => ({
    acceptor: String(acceptor),
  })),
  'acceptor:stop': rule('debug', 'an acceptor has stopped', (event) => ({
    acceptor: String(event.acceptor),
    connections: event.connections,
    ...endOf(event),
  })),
  'connection:start': rule('debug', 'a connection has started', whoOf),
  'connection:stop': rule('debug', 'a connection has ended', (event) => ({
    ...whoOf(event),
    ...event.statistics,
    ...endOf(event),
  })),
  'connection:ready': rule('trace', 'a connection is ready', whoOf),
  'connection:asyncRecv': rule('trace', 'data has come', (event) => ({
    ...whoOf(event),
    ...dataOf(event.data),
  })),
  'connection:recv': rule('trace', 'data was received', (event) => ({
    ...whoOf(event),
    ...dataOf(event.data),
  })),
  'connection:recvError': rule('trace', 'nothing was received', (event) => ({
    ...whoOf(event),
    ...reasonOf(event.error),
  })),
  'connection:send': rule('trace', 'data was sent', (event) => ({ ...whoOf(event), ...dataOf(event.data) })),
  'connection:sendError': rule('trace', 'data was not sent', (event) => ({
    ...whoOf(event),
    ...dataOf(event.data),
    ...reasonOf(event.error),
  })),
  'connection:sendfile': rule('trace', 'a file was sent', (event) => {
    const { file, offset, length, sentBytes } = event;
    return { ...whoOf(event), file, offset, length, sentBytes };
  }),
  'connection:sendfileError': rule('trace', 'a file was not sent', (event) => {
    const { file, offset, length, error } = event;
    return { ...whoOf(event), file, offset, length, ...reasonOf(error) };
  }),
  'connection:socketShutdown': rule('trace', 'a socket was shut down', (event) => ({
    ...whoOf(event),
    way: event.way,
  })),
};

function rule<Payload>(
  level: LogLevel,
  message: string,
  fieldsOf: (payload: Payload) => LogEntry['fields'],
): LogRule<Payload> {
  return { level, entry: (payload) => ({ fields: fieldsOf(payload), message }) };
}

function whoOf({ connection, remote, span }: ConnectionEvent): LogEntry['fields'] {
  return {
    connection: String(connection),
    span: span.id,
    ...(remote === undefined ? {} : { remote: formatAddress(remote) }),
  };
}

function endOf(
  event: SpanEvent & { readonly durationMs: number; readonly error?: ExitReason },
): LogEntry['fields'] {
  const { durationMs } = event;
  return 'error' in event ? { durationMs, ...reasonOf(event.error) } : { durationMs };
}

/** An error under the name at which pino and its like look for one, whatever else in words. */
function reasonOf(reason: ExitReason): LogEntry['fields'] {
  return types.isNativeError(reason) ? { err: reason } : { reason: formatExitReason(reason) };
}

/** How many bytes, and the first of them as text. */
function dataOf(data: SendData): LogEntry['fields'] {
  const parts = typeof data === 'string' || data instanceof Uint8Array ? [data] : data;
  let bytes = 0;
  const shown: Buffer[] = [];
  for (const part of parts) {
    const left = SHOWN_BYTES - bytes;
    if (left > 0) shown.push(Buffer.from(part.slice(0, left)));
    bytes += Buffer.byteLength(part);
  }
  return { bytes, data: Buffer.concat(shown).toString() };
}
