import { EventBus, type ExitReason, type Pid } from '@thousand-island/runtime';
import type { SocketAddress, SocketStatistics } from './transport.ts';

/** The server listens. */
export interface ListenerStarted {
  readonly server: Pid;
  readonly listener: Pid;
  readonly address: SocketAddress;
}

/** The server does not listen any more: suspended, stopped or crashed. */
export interface ListenerStopped {
  readonly server: Pid;
  readonly listener: Pid;
  readonly address: SocketAddress;
}

/** A connection was accepted and its process runs. */
export interface ConnectionStarted {
  readonly connection: Pid;
  readonly remote: SocketAddress | undefined;
}

/** A connection has ended. */
export interface ConnectionStopped {
  readonly connection: Pid;
  readonly remote: SocketAddress | undefined;
  readonly durationMs: number;
  readonly statistics: SocketStatistics;
  /** Why it ended; absent if it was closed in good order by either side. */
  readonly error?: ExitReason;
}

/** A socket was accepted but no process could be started for it; it has been closed. */
export interface SpawnFailed {
  readonly acceptor: Pid;
  readonly reason: ExitReason;
}

/** A socket was closed at once, since as many as allowed wait for an acceptor already. */
export interface ConnectionRefused {
  readonly reason: 'acceptQueueFull';
  /** How many have been refused so far. */
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
  'connection:start': ConnectionStarted;
  'connection:stop': ConnectionStopped;
  'connection:refused': ConnectionRefused;
  'acceptor:spawnError': SpawnFailed;
  'server:drained': Drained;
  'server:status': StatusChanged;
}

/** The name of an event. */
export type IslandEventName = keyof IslandEventMap;

const NAMES: readonly IslandEventName[] = [
  'listener:start',
  'listener:stop',
  'connection:start',
  'connection:stop',
  'connection:refused',
  'acceptor:spawnError',
  'server:drained',
  'server:status',
];

/** What happens in one server. */
export type IslandEvents = EventBus<IslandEventMap>;

/** The events of one server; on the diagnostics channels they are called `island:connection:start` and so on. */
export function islandEvents(): IslandEvents {
  return new EventBus<IslandEventMap>('island:', NAMES);
}
