import {
  type Pid,
  Runtime,
  type Self,
  type StartResult,
  type SupervisorReport,
} from '@thousand-island/runtime';
import { settle, VirtualClock } from '@thousand-island/runtime/testing';
import { type Incarnation, type Kind, type Member, Population } from './incarnation.ts';
import { Plan } from './plan.ts';
import type { ChildScript } from './scenario.ts';
import { BAD_RETURN, showTerm } from './term.ts';
import type { TraceEvent } from './trace.ts';

const CONTEXTS: Readonly<Record<SupervisorReport['context'], string>> = {
  childTerminated: 'child_terminated',
  startError: 'start_error',
  shutdownError: 'shutdown_error',
  shutdown: 'shutdown',
};

/** So many rounds without rest are no rest to come. */
const MOST_ROUNDS = 10_000;

/** Whether callbacks are plain or async functions. It must make no difference to what happens. */
export type Pace = 'sync' | 'async';

/** What one scenario is played in: a runtime of its own, whose time stands still, and a note of all that happens. */
export class World {
  readonly clock: VirtualClock;
  readonly runtime: Runtime;
  /** The parent of the root. */
  readonly driver: Self;
  readonly population = new Population();
  readonly plan = new Plan();
  readonly events: TraceEvent[] = [];
  /** The template of each `simple_one_for_one` supervisor, by its key. */
  readonly templates = new Map<string, ChildScript>();
  /** The children of such supervisors that a step has stopped one by one. */
  readonly stoppedAlone = new Set<Pid>();

  readonly pace: Pace;

  private constructor(clock: VirtualClock, runtime: Runtime, driver: Self, pace: Pace) {
    this.pace = pace;
    this.clock = clock;
    this.runtime = runtime;
    this.driver = driver;
    this.runtime.events.on('process:exit', ({ pid, reason }) => {
      const of = this.population.of(pid);
      if (of !== undefined) this.events.push({ kind: 'exit', of, reason: this.show(reason) });
    });
    this.runtime.events.on('supervisor:report', (report) => this.#note(report));
  }

  static async open(pace: Pace): Promise<World> {
    const clock = new VirtualClock();
    const runtime = new Runtime({ clock });
    return new World(clock, runtime, await spawnDriver(runtime), pace);
  }

  show(term: unknown): string {
    return showTerm(term, this.population);
  }

  /** The latest incarnation of a key, if it lives. */
  live(key: string): Member | undefined {
    const member = this.population.latest(key);
    return member !== undefined && this.runtime.isAlive(member.pid) ? member : undefined;
  }

  /** Of what kind the supervisor with this key is, or was. */
  kindOf(key: string): Kind | undefined {
    return this.population.latest(key)?.incarnation.kind;
  }

  /** Lets everything happen that is under way. Time goes on only while somebody waits for it: for a child that hangs. */
  async rest(isDone: () => boolean = () => true): Promise<void> {
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const seen = this.events.length;
      await settle(2);
      if (this.events.length !== seen) continue;
      const { nextIn } = this.clock;
      // Of a quiet tree nobody waits: an alarm can be left over from a call that was answered.
      if (this.#isQuiet()) {
        if (isDone()) return;
      } else if (nextIn !== undefined) await this.clock.advance(nextIn);
    }
    throw new Error('the scenario does not come to rest');
  }

  /** Notes how a start went, and who has come of it. */
  started(of: Incarnation, result: StartResult): void {
    if (result.kind === 'ok') this.population.arrive(of, result.pid);
    this.events.push({ kind: 'start', of, outcome: this.#showStart(result) });
  }

  /** Ends what is left: the driver, and orphans that had unlinked themselves. */
  async close(): Promise<void> {
    for (const pid of this.runtime.processes()) this.runtime.sendExit(pid, 'kill');
    await settle(1);
  }

  #isQuiet(): boolean {
    return this.runtime.processes().every((pid) => {
      return pid === this.driver.pid || this.runtime.processInfo(pid)?.status !== 'running';
    });
  }

  #showStart(result: StartResult): string {
    if (result.kind !== 'error') return result.kind;
    // A start function that answers what is no answer is reported with just that.
    return result.reason === BAD_RETURN ? BAD_RETURN : `{error,${this.show(result.reason)}}`;
  }

  #note({ supervisor, context, reason, id, pid }: SupervisorReport): void {
    const of = this.population.of(supervisor);
    if (of === undefined) return;
    const who = pid === undefined ? String(id) : this.population.nameOf(pid);
    this.events.push({ kind: 'report', of, context: CONTEXTS[context], who, pid, reason: this.show(reason) });
  }
}

/** A process that does nothing but be there. */
function spawnDriver(runtime: Runtime): Promise<Self> {
  return new Promise((resolve) => {
    runtime.spawn((self) => {
      self.trapExit(true);
      resolve(self);
      return new Promise(() => {});
    });
  });
}
