import {
  type ChildDescription,
  type ChildSpec,
  defineServer,
  type Pid,
  type Runtime,
  type Self,
  Supervisor,
  type SupervisorReport,
  serverSpec,
  stop as stopServer,
} from '../../src/index.ts';
import { settle } from '../../src/testing/index.ts';

/** How a child differs from one that starts, traps exits and obeys. */
export interface ChildPlan extends Partial<Omit<ChildSpec, 'id' | 'start'>> {
  /** What its attempts to start come to, by turns; it starts when they are used up. */
  readonly starts?: readonly ('ok' | 'ignore' | 'fail')[];
  /** What it does instead of obeying when it is told to stop. */
  readonly whenStopped?: (self: Self) => unknown;
}

interface ChildArgument {
  readonly id: string;
  readonly whenStopped: ((self: Self) => unknown) | undefined;
}

/** Makes children and writes down when they start and stop, and what their supervisors report. */
export class Nursery {
  readonly log: string[] = [];
  readonly reports: SupervisorReport[] = [];
  readonly #pids = new Map<string, Pid>();
  readonly #server = defineServer({
    init: ({ id, whenStopped }: ChildArgument, self: Self) => {
      self.trapExit(true);
      this.log.push(`start ${id}`);
      this.#pids.set(id, self.pid);
      return { id, whenStopped };
    },
    handleCast: { stop: (reason: string) => stopServer(reason) },
    terminate: (reason, { id, whenStopped }, self) => {
      this.log.push(`stop ${id} ${String(reason)}`);
      return whenStopped?.(self) as Promise<void> | undefined;
    },
  });
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
    runtime.events.on('supervisor:report', (report) => this.reports.push(report));
  }

  /** The reports as `context who reason`. */
  get reported(): string[] {
    return this.reports.map(({ context, id, reason }) => `${context} ${id} ${String(reason)}`);
  }

  spec(id: string, { starts = [], whenStopped, ...rest }: ChildPlan = {}): ChildSpec {
    let attempt = 0;
    const start: ChildSpec['start'] = (supervisor) => {
      const outcome = starts[attempt++] ?? 'ok';
      if (outcome === 'ignore') return { kind: 'ignore' };
      if (outcome === 'fail') return { kind: 'error', reason: 'no' };
      return serverSpec(this.#server, { id, whenStopped }, { id }).start(supervisor);
    };
    return { ...rest, id, start };
  }

  /** The latest process of a child. */
  pid(id: string): Pid {
    const pid = this.#pids.get(id);
    if (pid === undefined) throw new Error(`${id} has not been started`);
    return pid;
  }

  /** Lets a child end of itself and waits for what follows. */
  async end(id: string, reason = 'crash'): Promise<void> {
    this.#runtime.cast(this.pid(id), 'stop', reason);
    await settle();
  }

  /** Ends a child by a signal and waits for what follows. */
  async kill(id: string): Promise<void> {
    this.#runtime.sendExit(this.pid(id), 'kill');
    await settle();
  }
}

/** The children as `id status`, youngest first. */
export async function listing(runtime: Runtime, supervisor: Pid): Promise<string[]> {
  const children = await Supervisor.whichChildren(runtime, supervisor);
  return children.map(({ id, status }: ChildDescription) => `${id} ${status}`);
}
