import type { ExitReason } from '../exit-reason.ts';
import { isCleanExit } from '../exit-reason.ts';
import type { Pid } from '../pid.ts';
import type { ProgramDescription } from '../process/program.ts';
import type { Self } from '../process/self.ts';
import type { StartResult } from '../process/start.ts';
import { isThenable } from '../process/thenable.ts';
import { Child, startChild, stopChild } from './child.ts';
import { type Flow, wait } from './flow.ts';
import { report, reportProgress } from './report.ts';
import type { RestartBudget } from './restart-budget.ts';
import { planRestart, type Strategy } from './restart-plan.ts';
import type { SupervisorInit, SupervisorInitFunction, SupervisorOptions } from './supervisor-init.ts';
import type { AutoShutdown } from './supervisor-options.ts';

/** Whether the supervisor goes on after what has happened, or has to end with `'shutdown'`. */
export type Verdict = 'goOn' | 'giveUp';

/** The child that could not be started, and why. */
interface StartFailure {
  readonly failed: Child;
  readonly reason: ExitReason;
}

/** Sent by a supervisor to itself: the child is to be tried again, after what waits in the mailbox. */
export class TryAgain {
  readonly id: string;
  constructor(id: string) {
    this.id = id;
  }
}

/**
 * A supervisor's children, in the order they were started, and what it does to them. OTP: `supervisor.erl`, whose rules
 * are followed line by line.
 */
export class SupervisorState {
  strategy: Strategy;
  autoShutdown: AutoShutdown;
  readonly budget: RestartBudget;
  /** What it was started with, or was told to work by since. */
  source: SupervisorOptions | SupervisorInitFunction | undefined;
  readonly children = new Map<string, Child>();
  readonly #self: Self;
  // A child is found by its pid when it ends; the pid of a child that is not running is not in here.
  readonly #byPid = new Map<Pid, Child>();

  constructor(
    self: Self,
    { strategy, autoShutdown, budget }: Omit<SupervisorInit, 'specs'>,
    source?: SupervisorOptions | SupervisorInitFunction,
  ) {
    this.#self = self;
    this.strategy = strategy;
    this.autoShutdown = autoShutdown;
    this.budget = budget;
    this.source = source;
  }

  /**
   * Takes other options while it runs: a child whose id is among the new specs goes on and is known by the new one, which
   * counts when it is next restarted or stopped; those that are not stay, as the youngest; new ones are not started. The
   * restarts so far still count. OTP: `supervisor:code_change/3`.
   */
  adopt({ strategy, autoShutdown, budget, specs }: SupervisorInit): void {
    this.strategy = strategy;
    this.autoShutdown = autoShutdown;
    this.budget.limits = budget.limits;
    const before = new Map(this.children);
    this.children.clear();
    for (const spec of specs) {
      const child = new Child(spec);
      const known = before.get(spec.id);
      if (known !== undefined) child.takeOver(known);
      this.children.set(spec.id, child);
      if (child.pid !== undefined) this.#byPid.set(child.pid, child);
    }
    for (const [id, child] of before) if (!this.children.has(id)) this.children.set(id, child);
  }

  /** Starts children in order; when one fails, answers which and why, and leaves the others as they are. */
  *startAll(children: Iterable<Child>): Flow<StartFailure | undefined> {
    for (const child of children) {
      const starting = startChild(this.#self, child.spec);
      const result = isThenable(starting) ? ((yield starting) as StartResult) : starting;
      const failure = this.#startedInTurn(child, result);
      if (failure !== undefined) return failure;
    }
    return undefined;
  }

  /** What is to be done when one of several has been started, or has not. */
  #startedInTurn(child: Child, result: StartResult): StartFailure | undefined {
    this.#started(child, result);
    if (result.kind === 'error') {
      report(this.#self, 'startError', result.reason, child.spec.id, child.pid);
      return { failed: child, reason: result.reason };
    }
    if (result.kind === 'ignore' && child.spec.restart === 'temporary') this.children.delete(child.spec.id);
    return undefined;
  }

  /** Starts one child and keeps its pid. One that ignores is kept without. A failure changes nothing. */
  *start(child: Child): Flow<StartResult> {
    return this.#started(child, yield* wait(startChild(this.#self, child.spec)));
  }

  #started(child: Child, result: StartResult): StartResult {
    if (result.kind === 'error') return result;
    if (child.pid !== undefined) this.#byPid.delete(child.pid);
    child.run(result.kind === 'ok' ? result.pid : undefined);
    if (result.kind === 'ok') {
      this.#byPid.set(result.pid, child);
      reportProgress(this.#self, child.spec.id, result.pid);
    }
    return result;
  }

  /** Stops a child if it runs, and says so when it did not go well. A temporary child is forgotten. */
  *stop(child: Child): Flow<void> {
    if (child.status === 'running' && child.pid !== undefined) {
      const { pid } = child;
      this.#byPid.delete(pid);
      const stopped = yield* stopChild(this.#self, child);
      if (stopped.kind === 'error') report(this.#self, 'shutdownError', stopped.reason, child.spec.id, pid);
    }
    child.run(undefined);
    if (child.spec.restart === 'temporary') this.children.delete(child.spec.id);
  }

  /** OTP: a supervisor ends its children last to first, each dead before the next is asked. */
  *stopAll(children: Iterable<Child>): Flow<void> {
    for (const child of [...children].reverse()) yield* this.stop(child);
  }

  /** A linked process has ended. Strangers are none of a supervisor's business. */
  ended(pid: Pid, reason: ExitReason): Flow<Verdict> | Verdict {
    const child = this.#byPid.get(pid);
    if (child === undefined) return 'goOn';
    const { restart, id } = child.spec;
    const { now } = this.#self;
    child.lastExit = { at: now, reason };
    if (restart !== 'permanent' && isCleanExit(reason)) return this.#finished(child);
    report(this.#self, 'childTerminated', reason, id, pid);
    if (restart === 'temporary') return this.#finished(child);
    return this.restart(child, now);
  }

  /** A child that could not be restarted is tried again, unless it was stopped or forgotten meanwhile. */
  tryAgain(id: string): Flow<Verdict> | Verdict {
    const child = this.children.get(id);
    return child?.status === 'restarting' ? this.restart(child, this.#self.now) : 'goOn';
  }

  describe(): ProgramDescription {
    return {
      strategy: this.strategy,
      children: Array.from(this.children.values(), (child) => child.describe()),
      restarts: this.budget.describe(),
    };
  }

  /** Starts a child anew, with those that go with it. A child that is alone and starts at once costs no flow. */
  restart(child: Child, now: number): Flow<Verdict> | Verdict {
    const { id } = child.spec;
    if (!this.budget.spend(now)) {
      report(this.#self, 'shutdown', 'reachedMaxRestartIntensity', id, child.pid);
      this.#forgetPid(child);
      return 'giveUp';
    }
    if (this.strategy !== 'oneForOne') return this.#restartGroup(child);
    // Alone, a child keeps its old pid until it has a new one, so that a failed attempt is reported with it.
    const before = child.pid;
    child.status = 'restarting';
    const starting = startChild(this.#self, child.spec);
    if (isThenable(starting)) return this.#restartLater(child, starting);
    return this.#restarted(child, [child], before, this.#startedInTurn(child, starting));
  }

  *#restartLater(child: Child, starting: PromiseLike<StartResult>): Flow<Verdict> {
    const before = child.pid;
    const failure = this.#startedInTurn(child, (yield starting) as StartResult);
    return this.#restarted(child, [child], before, failure);
  }

  *#restartGroup(child: Child): Flow<Verdict> {
    const before = child.pid;
    const planned = planRestart(this.strategy, child, this.children.values());
    this.#forgetPid(child);
    yield* this.stopAll(planned);
    const group = planned.filter((each) => this.children.has(each.spec.id));
    return this.#restarted(child, group, before, yield* this.startAll(group));
  }

  #restarted(
    child: Child,
    group: readonly Child[],
    before: Pid | undefined,
    failure: StartFailure | undefined,
  ): Verdict {
    for (const each of group) if (each.status === 'running' && each.pid !== undefined) each.restarts++;
    if (failure === undefined) return 'goOn';
    const { failed } = failure;
    if (failed === child && before !== undefined) this.#byPid.delete(before);
    failed.pid = failed === child ? before : undefined;
    failed.status = 'restarting';
    // Through the mailbox, so that calls that wait are answered in between. OTP: `try_again_restart`.
    this.#self.send(this.#self.pid, new TryAgain(failed.spec.id));
    return 'goOn';
  }

  /** A child has ended that will not be started again. */
  #finished(child: Child): Verdict {
    this.#forgetPid(child);
    if (child.spec.restart === 'temporary') this.children.delete(child.spec.id);
    if (this.autoShutdown === 'never' || !child.spec.significant) return 'goOn';
    if (this.autoShutdown === 'anySignificant') return 'giveUp';
    for (const other of this.children.values()) {
      if (other.spec.significant && other.status !== 'notRunning') return 'goOn';
    }
    return 'giveUp';
  }

  #forgetPid(child: Child): void {
    if (child.pid !== undefined) this.#byPid.delete(child.pid);
    child.run(undefined);
  }
}
