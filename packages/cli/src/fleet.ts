import type { RunningServer, ServerOptions } from '@thousand-island/island';
import type { ChildSpec, ExitReason, Pid, Runtime, Self } from '@thousand-island/runtime';
import { isListenFailure } from './island-errors.ts';
import type { Packages } from './packages.ts';

/** One server of a fleet. */
export interface FleetMember {
  readonly id: string;
  readonly options: Omit<ServerOptions, 'port'>;
  /** The ports to listen on, best first: the next one is for when one is taken. */
  readonly ports: readonly number[];
  /** Processes that the server needs: they start before it, and when one of them crashes, it starts anew too. */
  readonly companions?: readonly ChildSpec[];
}

/** How the connections of a fleet ended when it was stopped. */
export interface FleetReport {
  readonly finished: number;
  readonly forced: number;
}

/** Told of each server when it has started, and again if it had to be started anew. */
export type ServerStarted = (id: string, server: RunningServer) => void;

/**
 * Servers under one supervisor, which are started and stopped as one.
 *
 * ```
 * Supervisor (oneForOne)
 * ├─ a server
 * └─ Supervisor (restForOne), for a server with companions
 *     ├─ a companion
 *     └─ a server
 * ```
 */
export class Fleet {
  /** The supervisor on top. */
  readonly pid: Pid;
  /** Resolves when the supervisor has ended, also if it has given up. */
  readonly ended: Promise<ExitReason>;
  readonly #stop: () => Promise<void>;
  readonly #drained: FleetReport;

  private constructor(runtime: Runtime, pid: Pid, drained: FleetReport, stop: () => Promise<void>) {
    this.#stop = stop;
    this.pid = pid;
    this.#drained = drained;
    this.ended = runtime.ended(pid);
  }

  /** Starts the servers in their order. Rejects with what the first one that cannot start says, and none is left. */
  static async start(
    packages: Packages,
    runtime: Runtime,
    members: readonly FleetMember[],
    onStarted: ServerStarted,
    label = 'fleet',
  ): Promise<Fleet> {
    const { Supervisor } = packages;
    const drained = { finished: 0, forced: 0 };
    let refusal: unknown;
    const children = members.map((member) => {
      let { ports } = member;
      return memberSpec(packages, member, async (supervisor) => {
        const starting = startOnFirstFree(packages, supervisor, member.options, ports);
        const server = await starting.catch((error: unknown) => {
          refusal ??= error;
          throw error;
        });
        // Started anew, it must be where it was.
        ports = [server.port];
        server.events.on('server:drained', ({ report }) => {
          drained.finished += report.finished;
          drained.forced += report.forced;
        });
        onStarted(member.id, server);
        return server;
      });
    });
    const pid = await Supervisor.start(runtime, { children }, { label }).catch((error: unknown) => {
      throw refusal ?? error;
    });
    return new Fleet(runtime, pid, drained, () => Supervisor.stop(runtime, pid));
  }

  /** Stops the servers, last to first; each drains its connections. Resolves when no process is left. */
  async stop(): Promise<FleetReport> {
    await this.#stop();
    return this.#drained;
  }
}

type ServerStart = (supervisor: Self) => Promise<RunningServer>;

function memberSpec(
  { Supervisor }: Packages,
  { id, companions = [] }: FleetMember,
  start: ServerStart,
): ChildSpec {
  const server: ChildSpec = { id: companions.length === 0 ? id : 'server', type: 'supervisor', start };
  if (companions.length === 0) return server;
  return Supervisor.childSpec(id, { strategy: 'restForOne', children: [...companions, server] });
}

function startOnFirstFree(
  packages: Packages,
  supervisor: Self,
  options: FleetMember['options'],
  [port = 0, ...others]: readonly number[],
): Promise<RunningServer> {
  const started = packages.ThousandIsland.startLink(supervisor, { ...options, port });
  if (others.length === 0) return started;
  return started.catch((error: unknown) => {
    if (!isListenFailure(error) || error.reason !== 'EADDRINUSE') throw error;
    return startOnFirstFree(packages, supervisor, options, others);
  });
}
