import { type ConnectionStopped, formatAddress, type RunningServer } from '@thousand-island/island';
import {
  type ExitReason,
  formatExitReason,
  isShutdown,
  type Pid,
  type Runtime,
} from '@thousand-island/runtime';

interface Open {
  readonly server: string;
  readonly peer: string;
  stopped: ConnectionStopped | undefined;
  exit: { readonly reason: ExitReason } | undefined;
}

/** Tells of connections as they come and go, in one line each. */
export class ConnectionLog {
  readonly #say: (line: string) => void;
  readonly #open = new Map<Pid, Open>();

  constructor(runtime: Runtime, say: (line: string) => void) {
    this.#say = say;
    runtime.events.on('process:exit', ({ pid, reason }) => this.#update(pid, { exit: { reason } }));
  }

  /** Tells of this server's connections from now on, and calls it `name`. */
  watch(name: string, { events }: RunningServer): void {
    events.on('connection:start', ({ connection, remote }) => {
      const peer = remote === undefined ? 'somebody' : formatAddress(remote);
      this.#open.set(connection, { server: name, peer, stopped: undefined, exit: undefined });
      this.#say(`+ ${name} ${connection} ${peer}`);
    });
    events.on('connection:stop', (stopped) => this.#update(stopped.connection, { stopped }));
  }

  /** The server knows what went over the connection, the runtime why its process ended: whoever comes last completes it. */
  #update(connection: Pid, news: Partial<Pick<Open, 'stopped' | 'exit'>>): void {
    const open = this.#open.get(connection);
    if (open === undefined) return;
    const { server, peer, stopped, exit } = Object.assign(open, news);
    if (stopped === undefined || exit === undefined) return;
    this.#open.delete(connection);
    const { receivedBytes, sentBytes } = stopped.statistics;
    const traffic = `${receivedBytes} B in, ${sentBytes} B out, ${Math.round(stopped.durationMs)} ms`;
    this.#say(`- ${server} ${connection} ${peer}: ${describeEnd(exit.reason)}; ${traffic}`);
  }
}

/** Why a connection has ended, in words. */
export function describeEnd(reason: ExitReason): string {
  if (reason === 'killed') return 'killed';
  if (!isShutdown(reason)) return `crashed (${formatExitReason(reason)})`;
  if (reason === 'shutdown') return 'told to end, as the server stops';
  switch (reason.shutdown) {
    case 'peerClosed':
      return 'closed by the client';
    case 'localClosed':
      return 'closed by the server';
    case 'timeout':
      return 'silent for too long';
    default:
      return formatExitReason(reason.shutdown);
  }
}
