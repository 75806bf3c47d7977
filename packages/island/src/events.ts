import { EventBus, type ExitReason, type Pid } from '@thousand-island/runtime';
import type { SendData } from './sending.ts';
import type { Span } from './span.ts';
import type { SocketAddress, SocketStatistics } from './transport.ts';

/** What all events of a span carry. */
export interface SpanEvent {
  readonly span: Span;
  /** The span's parent. */
  readonly parentSpan: Span | undefined;
  /** What the server does with its connections: the option `handler`. */
  readonly handler: object;
  /** When it happened, in ms on the runtime's clock. That of the machine: ms since `performance.timeOrigin`. */
  readonly time: number;
}

/** The end of a span. */
export interface SpanStopped {
  /** How long the span was, in ms. */
  readonly durationMs: number;
  /** Why it ended; absent if that was in good order. */
  readonly error?: ExitReason;
}

/** What all events of a listener carry. */
export interface ListenerEvent extends SpanEvent {
  readonly server: Pid;
  readonly listener: Pid;
  readonly address: SocketAddress;
  /** The transport's name. */
  readonly transport: string;
}

/** The server listens. */
export type ListenerStarted = ListenerEvent;

/** The server does not listen any more: suspended, stopped or crashed. */
export interface ListenerStopped extends ListenerEvent, SpanStopped {}

/** Accepting a connection failed. The server goes on. */
export interface AcceptFailed extends ListenerEvent {
  /** Node's error: ECONNABORTED, ENETDOWN, … */
  readonly error: Error;
}

/** Only the reserve of descriptors is left: new connections wait, or are refused, until some are free. */
export interface DescriptorsShort extends ListenerEvent {
  /** Open descriptors, and how many there can be: of this process, or of the whole system if that is nearer to its limit. */
  readonly used: number;
  readonly limit: number;
  readonly reserve: number;
}

/** What all events of an acceptor carry. */
export interface AcceptorEvent extends SpanEvent {
  /** The AcceptorWorker. */
  readonly acceptor: Pid;
}

/** An acceptor is ready to accept. */
export type AcceptorStarted = AcceptorEvent;

/** An acceptor accepts no more. */
export interface AcceptorStopped extends AcceptorEvent, SpanStopped {
  /** How many connections it has accepted. */
  readonly connections: number;
}

/** A socket was accepted but no process could be started for it; it has been closed. */
export interface SpawnFailed extends AcceptorEvent {
  readonly reason: ExitReason;
}

/** What all events of a connection carry. */
export interface ConnectionEvent extends SpanEvent {
  readonly connection: Pid;
  /** The client's address; undefined if it was gone before anybody wanted to know. */
  readonly remote: SocketAddress | undefined;
}

/** A connection was accepted and its process runs. */
export type ConnectionStarted = ConnectionEvent;

/** A connection can be talked over: the handshake, if it has one, is done. */
export type ConnectionReady = ConnectionEvent;

/** A connection has ended. Absent `error`: either side has closed it, or the server has stopped. */
export interface ConnectionStopped extends ConnectionEvent, SpanStopped {
  readonly statistics: SocketStatistics;
}

/** Bytes have come: the chunk itself, not a copy. */
export interface DataReceived extends ConnectionEvent {
  readonly data: Buffer;
}

/** A `recv` has failed. */
export interface RecvFailed extends ConnectionEvent {
  readonly error: Error;
}

/** Data was sent: what `send` was given, not a copy. */
export interface DataSent extends ConnectionEvent {
  readonly data: SendData;
}

/** A `send` has failed. */
export interface SendFailed extends DataSent {
  readonly error: Error;
}

/** What was to be sent of a file. */
export interface FileRange {
  /** The file's path, or what else it is known by. */
  readonly file: string;
  /** Where it begins, in bytes. */
  readonly offset: number;
  /** How many bytes; 0 for all there are from `offset`. */
  readonly length: number;
}

/** A part of a file was sent. */
export interface FileSent extends ConnectionEvent, FileRange {
  readonly sentBytes: number;
}

/** A part of a file could not be sent, or not all of it. */
export interface SendfileFailed extends ConnectionEvent, FileRange {
  readonly error: Error;
}

/** The handler has closed one direction of a connection, or both. */
export interface SocketShutdown extends ConnectionEvent {
  readonly way: 'read' | 'write' | 'readWrite';
}

/**
 * A socket was closed at once: as many as allowed wait for an acceptor already, or the process may not have more open
 * descriptors.
 */
export interface ConnectionRefused {
  readonly reason: 'acceptQueueFull' | 'descriptors';
  /** How many have been refused so far, for either reason. */
  readonly refused: number;
}

/** The server, or one of its acceptors, has been drained. */
export interface Drained {
  readonly server: Pid;
  /** The id of the acceptor; absent if it was the whole server. */
  readonly acceptor?: string;
  readonly report: DrainReport;
}

/** How a drain went. */
export interface DrainReport {
  /** Connections that were there and were told to end; none when they are killed at once. */
  readonly told: number;
  /** Those of them that ended of themselves in time. */
  readonly finished: number;
  /** Those that were killed because the time was up. */
  readonly forced: number;
}

/** The server is somewhere else in its life. */
export interface StatusChanged {
  readonly server: Pid;
  readonly status: ServerStatus;
}

/** Where a server is in its life. */
export type ServerStatus = 'starting' | 'running' | 'suspended' | 'draining' | 'stopping' | 'stopped';

/** Every event of a server. Each also goes out on the diagnostics channel `island:` + its name. */
export interface IslandEventMap {
  'listener:start': ListenerStarted;
  'listener:stop': ListenerStopped;
  'acceptor:start': AcceptorStarted;
  'acceptor:stop': AcceptorStopped;
  'acceptor:spawnError': SpawnFailed;
  'acceptor:acceptError': AcceptFailed;
  'acceptor:emfile': DescriptorsShort;
  'connection:start': ConnectionStarted;
  'connection:ready': ConnectionReady;
  'connection:asyncRecv': DataReceived;
  'connection:recv': DataReceived;
  'connection:recvError': RecvFailed;
  'connection:send': DataSent;
  'connection:sendError': SendFailed;
  'connection:sendfile': FileSent;
  'connection:sendfileError': SendfileFailed;
  'connection:socketShutdown': SocketShutdown;
  'connection:stop': ConnectionStopped;
  'connection:refused': ConnectionRefused;
  'server:drained': Drained;
  'server:status': StatusChanged;
}

/** The name of an event. */
export type IslandEventName = keyof IslandEventMap;

const NAMES: readonly IslandEventName[] = [
  'listener:start',
  'listener:stop',
  'acceptor:start',
  'acceptor:stop',
  'acceptor:spawnError',
  'acceptor:acceptError',
  'acceptor:emfile',
  'connection:start',
  'connection:ready',
  'connection:asyncRecv',
  'connection:recv',
  'connection:recvError',
  'connection:send',
  'connection:sendError',
  'connection:sendfile',
  'connection:sendfileError',
  'connection:socketShutdown',
  'connection:stop',
  'connection:refused',
  'server:drained',
  'server:status',
];

/** What happens in one server. */
export type IslandEvents = EventBus<IslandEventMap>;

/** The events of one server; on the diagnostics channels they are called `island:connection:start` and so on. */
export function islandEvents(): IslandEvents {
  return new EventBus<IslandEventMap>('island:', NAMES);
}
