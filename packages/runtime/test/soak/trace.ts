import { createHash } from 'node:crypto';
import { formatExitReason, type Pid, type Runtime } from '../../src/index.ts';

/** What happened in a runtime, as a hash: two runs in which the same happened in the same order have the same. */
export class Trace {
  readonly #hash = createHash('sha256');
  readonly counts = new Map<string, number>();
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    const { events } = runtime;
    events.on('process:spawn', ({ pid, parent, behaviour }) =>
      this.add('spawn', `${id(pid)} by ${id(parent)} ${behaviour}`),
    );
    events.on('process:exit', ({ pid, reason }) =>
      this.add('exit', `${id(pid)} ${formatExitReason(reason)}`),
    );
    events.on('supervisor:report', (report) => {
      this.add(
        report.context,
        `${id(report.supervisor)} ${report.id} ${id(report.pid)} ${formatExitReason(report.reason)}`,
      );
    });
    events.on('callback:failed', ({ error }) => this.add('callbackFailed', String(error)));
  }

  /** Enters what happened, and when. */
  add(kind: string, what: string): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    // A pid is printed with the number of its runtime, which is another one in each run.
    const line = `${this.#runtime.kernel.clock.now()} ${kind} ${what.replace(/<\d+\.(\d+)\.0>/g, '<$1>')}`;
    this.#hash.update(`${line}\n`);
  }

  /** The hash of all so far. Only to be asked once. */
  digest(): string {
    return this.#hash.digest('hex');
  }
}

function id(pid: Pid | undefined): string {
  return pid === undefined ? '-' : String(pid.id);
}
