import type { ExitReason } from '../exit-reason.ts';
import { isCleanExit } from '../exit-reason.ts';
import type { Pid } from '../pid.ts';
import type { ProgramDescription } from '../process/program.ts';
import type { Self } from '../process/self.ts';
import type { StartResult } from '../process/start.ts';
import { ByPid } from './by-pid.ts';
import { Child, startChild, stopChild } from './child.ts';
import { type Flow, wait } from './flow.ts';
import { report, reportProgress } from './report.ts';
import type { RestartBudget } from './restart-budget.ts';
import { type GroupStrategy, planRestart, type Strategy } from './restart-plan.ts';
import type { SupervisorInit, SupervisorInitFunction, SupervisorOptions } from './supervisor-init.ts';
import type { AutoShutdown } from './supervisor-options.ts';

/** Whether the supervisor goes on after what has happened, or has to end with `'shutdown'`. */
export type Verdict = 'goOn' | 'giveUp';

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
  readonly #byPid = new ByPid<Child>();

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
  *startAll(
    children: Iterable<Child>,
  ): Flow<{ readonly failed: Child; readonly reason: ExitReason } | undefined> {
    for (const child of children) {
      const starting = startChild(this.#self, child.spec);
      const result = starting instanceof Promise ? ((yield starting) as StartResult) : starting;
      this.#startedInTurn(child, result);
      if (result.kind === 'error') return { failed: child, reason: result.reason };
    }
    return undefined;
  }

  /** Keeps what a start that nobody has asked for has come to: nobody else hears if it has failed. */
  #startedInTurn(child: Child, result: StartResult): void {
    this.#started(child, result);
    if (result.kind === 'error') report(this.#self, 'startError', result.reason, child.spec.id, child.pid);
    if (result.kind === 'ignore' && child.spec.restart === 'temporary') this.children.delete(child.spec.id);
  }

  /** Starts one child and keeps its pid. One that ignores is kept without. A failure changes nothing. */
  *start(child: Child): Flow<StartResult> {
    return this.#started(child, yield* wait(startChild(this.#self, child.spec)));
  }

  #started(child: Child, result: StartResult): StartResult {
    if (result.kind === 'error') return result;
    if (result.kind === 'ignore') {
      this.#forgetPid(child);
      return result;
    }
    this.#byPid.replace(child.pid, result.pid, child);
    child.run(result.pid);
    reportProgress(this.#self, child.spec.id, result.pid);
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
    child.hasEnded(now, reason);
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

  restart(child: Child, now: number): Flow<Verdict> | Verdict {
    if (!this.budget.spend(now)) {
      report(this.#self, 'shutdown', 'reachedMaxRestartIntensity', child.spec.id, child.pid);
      this.#forgetPid(child);
      return 'giveUp';
    }
    return this.strategy === 'oneForOne'
      ? this.#restartAlone(child)
      : this.#restartGroup(child, this.strategy);
  }

  /** Alone, a child keeps its old pid until it has a new one, so that a failed attempt is reported with it. */
  #restartAlone(child: Child): Flow<Verdict> | Verdict {
    child.status = 'restarting';
    const starting = startChild(this.#self, child.spec);
    // No flow where there is nothing to wait for: this is most restarts there are.
    return starting instanceof Promise
      ? this.#restartedLater(child, starting)
      : this.#restarted(child, starting);
  }

  *#restartedLater(child: Child, starting: PromiseLike<StartResult>): Flow<Verdict> {
    return this.#restarted(child, (yield starting) as StartResult);
  }

  #restarted(child: Child, result: StartResult): Verdict {
    this.#startedInTurn(child, result);
    if (result.kind === 'error') this.#tryLater(child, child.pid);
    if (result.kind === 'ok') child.restarts++;
    return 'goOn';
  }

  *#restartGroup(child: Child, strategy: GroupStrategy): Flow<Verdict> {
    let group = planRestart(strategy, child, this.children.values());
    const before = child.pid;
    this.#forgetPid(child);
    yield* this.stopAll(group);
    group = group.filter((each) => this.children.has(each.spec.id));
    const failure = yield* this.startAll(group);
    for (const each of group) if (each.status === 'running' && each.pid !== undefined) each.restarts++;
    if (failure !== undefined) this.#tryLater(failure.failed, failure.failed === child ? before : undefined);
    return 'goOn';
  }

  /** A child could not be started again, and is known by the pid that it had. */
  #tryLater(child: Child, before: Pid | undefined): void {
    if (before !== undefined) this.#byPid.delete(before);
    child.pid = before;
    child.status = 'restarting';
    // Through the mailbox, so that calls that wait are answered in between. OTP: `try_again_restart`.
    this.#self.send(this.#self.pid, new TryAgain(child.spec.id));
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
