import type { Pid } from '@thousand-island/runtime';
import type { ServerStatus } from './events.ts';
import type { Gate } from './gate.ts';
import type { AnyHandler } from './handler.ts';
import type { ServerMemory } from './server-memory.ts';
import type { SocketAddress } from './transport.ts';

/** One acceptor at one moment. */
export interface AcceptorInfo {
  readonly id: string;
  /** Whether it accepts; `'retired'` is one too many, which goes when its connections have. */
  readonly status: 'open' | 'closed' | 'retired';
  /** The connections that count against `maxConnections`. */
  readonly activeConnections: number;
  /** All of them, also those that were removed from the count. */
  readonly allConnections: number;
  /** How many connections it has started so far, and how many of them have ended. */
  readonly accepted: number;
  readonly terminated: number;
}

/** A server at one moment. ranch: `info/1`. */
export interface ServerInfo {
  readonly pid: Pid;
  readonly status: ServerStatus;
  /** Where the server listens; undefined while it does not. */
  readonly address: SocketAddress | undefined;
  readonly transport: string;
  readonly handler: AnyHandler;
  readonly handlerOptions: unknown;
  readonly maxConnections: number | 'infinity';
  readonly maxTotalConnections: number | 'infinity';
  /** The connections that count against the limits, and all there are. */
  readonly activeConnections: number;
  readonly allConnections: number;
  readonly acceptors: readonly AcceptorInfo[];
  /** Sockets that wait for an acceptor, and those that were refused because too many did. */
  readonly waiting: number;
  readonly refused: number;
  /** How many clients were let go without a connection, by why. */
  readonly refusals: Readonly<Record<string, number>>;
  /** How many connections have ended, by why. */
  readonly exits: Readonly<Record<string, number>>;
}

/** What is known of a server without asking its processes. */
export function serverInfo(
  memory: ServerMemory,
): Omit<ServerInfo, 'pid' | 'address' | 'waiting' | 'refused'> {
  const { gates, lifecycle } = memory;
  const { transport, handler, handlerOptions, maxConnections, maxTotalConnections } = memory.config.current;
  return {
    status: lifecycle.status,
    transport: transport.name,
    handler,
    handlerOptions,
    maxConnections: limit(maxConnections),
    maxTotalConnections: limit(maxTotalConnections),
    activeConnections: gates.active,
    allConnections: gates.all,
    acceptors: gates.list().map(acceptorInfo),
    refusals: gates.refusals.read(),
    exits: gates.exits.read(),
  };
}

function acceptorInfo(gate: Gate): AcceptorInfo {
  const { id, isRetired, isOpen, active, all, accepted, terminated } = gate;
  const status = isRetired ? 'retired' : isOpen ? 'open' : 'closed';
  return { id, status, activeConnections: active, allConnections: all, accepted, terminated };
}

function limit(value: number): number | 'infinity' {
  return value === Number.POSITIVE_INFINITY ? 'infinity' : value;
}
