import type { RunningServer } from '@thousand-island/island';
import { type ExitReason, formatExitReason, type Pid, type Runtime } from '@thousand-island/runtime';
import type { Output } from './output.ts';
import { formatAddress } from './socket-address.ts';

/** Reports what has crashed: a line each with the reason, and the stack below it, indented. */
export class CrashLog {
  readonly #output: Output;
  /** The connections that live, and who they are with. */
  readonly #peers = new Map<Pid, string>();

  constructor(runtime: Runtime, output: Output) {
    this.#output = output;
    runtime.events.on('process:crash', ({ pid, label, reason }) => {
      const peer = this.#peers.get(pid);
      const who =
        peer === undefined ? `process ${pid} ${label ?? ''}`.trimEnd() : `connection ${pid} from ${peer}`;
      this.#report(`${who} crashed`, reason);
    });
    runtime.events.on('process:exit', ({ pid }) => {
      this.#peers.delete(pid);
    });
    runtime.events.on('callback:failed', ({ error }) =>
      this.#report('a callback failed', error as ExitReason),
    );
  }

  /** Knows the server's connections from now on. */
  watch({ events }: RunningServer): void {
    events.on('connection:start', ({ connection, remote }) => {
      this.#peers.set(connection, remote === undefined ? 'unknown' : formatAddress(remote));
    });
    events.on('acceptor:spawnError', ({ reason }) =>
      this.#report('a connection could not be started', reason),
    );
  }

  #report(what: string, reason: ExitReason): void {
    const line = `${what}: ${formatExitReason(reason).replaceAll(/\s*\n\s*/g, ' ')}`;
    void this.#output.line([line, ...framesOf(reason)].join('\n'));
  }
}

/** Where it happened, innermost first. */
function framesOf(reason: ExitReason): string[] {
  const stack =
    typeof reason === 'object' && reason !== null && 'stack' in reason ? String(reason.stack) : '';
  return stack.split('\n').filter((line) => /^\s+at /.test(line));
}
