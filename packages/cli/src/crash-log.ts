import { formatAddress, type LogSink, type RunningServer } from '@thousand-island/island';
import type { ExitReason, Pid, Runtime } from '@thousand-island/runtime';

/** Logs what has crashed in a runtime: a server's own log knows only how its connections have ended. */
export class CrashLog {
  readonly #log: Pick<LogSink, 'error'>;
  /** The connections that live, and who they are with. */
  readonly #peers = new Map<Pid, string>();

  constructor(runtime: Runtime, log: Pick<LogSink, 'error'>) {
    this.#log = log;
    runtime.events.on('process:crash', ({ pid, label, reason }) => {
      const peer = this.#peers.get(pid);
      const who =
        peer === undefined ? `process ${pid} ${label ?? ''}`.trimEnd() : `connection ${pid} from ${peer}`;
      this.#report(`${who} crashed`, reason);
    });
    runtime.events.on('process:exit', ({ pid }) => {
      this.#peers.delete(pid);
    });
    runtime.events.on('callback:failed', ({ error, pid }) => {
      const what = pid === undefined ? 'a callback' : `what process ${pid} has left behind`;
      this.#report(`${what} failed`, error as ExitReason);
    });
  }

  /** Knows the server's connections from now on. */
  watch({ events }: RunningServer): void {
    events.on('connection:start', ({ connection, remote }) => {
      this.#peers.set(connection, remote === undefined ? 'unknown' : formatAddress(remote));
    });
  }

  #report(message: string, reason: ExitReason): void {
    this.#log.error({ reason }, message);
  }
}
