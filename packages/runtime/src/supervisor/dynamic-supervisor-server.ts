import { type Awaitable, defineServer } from '../behaviours/gen-server-module.ts';
import { IgnoreResult, reply } from '../behaviours/gen-server-result.ts';
import { BadArgumentError } from '../errors.ts';
import { type ExitReason, isCleanExit } from '../exit-reason.ts';
import type { Pid } from '../pid.ts';
import { ExitMessage } from '../process/message.ts';
import type { ProgramDescription } from '../process/program.ts';
import type { Self } from '../process/self.ts';
import type { StartResult } from '../process/start.ts';
import { isThenable } from '../process/thenable.ts';
import { type Child, type Stopped, startChild, stopChild } from './child.ts';
import { type ChildCounts, countChildren } from './child-counts.ts';
import { type ResolvedChildSpec, refuseSignificant } from './child-spec.ts';
import { DynamicChildren } from './dynamic-children.ts';
import {
  checkDynamicOptions,
  type DynamicInit,
  type DynamicSupervisorOptions,
} from './dynamic-supervisor-init.ts';
import { type Flow, follow, runFlow } from './flow.ts';
import { report, reportProgress, reportUnhandled } from './report.ts';
import type { RestartBudget } from './restart-budget.ts';
import { initialise, type SupervisorInitFunction } from './supervisor-init.ts';
import type { AutoShutdown } from './supervisor-options.ts';
import { type ChildResult, heed } from './supervisor-server.ts';
import type { Verdict } from './supervisor-state.ts';

/** A dynamic supervisor's options, or what makes them. */
export type DynamicGiven = DynamicSupervisorOptions | SupervisorInitFunction<DynamicSupervisorOptions>;

/** The request for one more child, with its spec or with the one that all have. */
export interface DynamicStart {
  readonly spec: ResolvedChildSpec | undefined;
  readonly argument: unknown;
}

/** Sent by a supervisor to itself: the child that had this pid is to be tried again. */
class TryAgain {
  readonly pid: Pid;
  constructor(pid: Pid) {
    this.pid = pid;
  }
}

/** Children that come and go, known by their pids alone. Elixir: `dynamic_supervisor.ex`. */
class DynamicState {
  readonly budget: RestartBudget;
  autoShutdown: AutoShutdown;
  maxChildren: number;
  child: ResolvedChildSpec | undefined;
  /** What it was started with, or was told to work by since. */
  source: DynamicGiven;
  /** By pid; one that is being restarted by the pid it had. */
  readonly children = new DynamicChildren();
  readonly #self: Self;

  constructor(self: Self, init: DynamicInit, source: DynamicGiven) {
    this.#self = self;
    this.source = source;
    this.budget = init.budget;
    this.autoShutdown = init.autoShutdown;
    this.maxChildren = init.maxChildren;
    this.child = init.child;
  }

  /** Takes other options while it runs; its children go on with the specs they have. */
  adopt({ budget, autoShutdown, maxChildren, child }: DynamicInit, source: DynamicGiven): void {
    this.source = source;
    this.budget.limits = budget.limits;
    this.autoShutdown = autoShutdown;
    this.maxChildren = maxChildren;
    this.child = child;
  }

  start({ spec: own, argument }: DynamicStart): Awaitable<StartResult> {
    const spec = own ?? this.child;
    if (spec === undefined || (own !== undefined && this.child !== undefined))
      return { kind: 'error', reason: refuseSpec(own) };
    const refusal = refuseSignificant(spec, this.autoShutdown);
    if (refusal !== undefined) return { kind: 'error', reason: refusal };
    if (this.children.size >= this.maxChildren) return { kind: 'error', reason: 'maxChildren' };
    const starting = startChild(this.#self, spec, argument);
    if (isThenable(starting)) return runFlow(this.#self, this.#startLater(spec, argument, starting));
    if (starting.kind === 'ok') this.#add(spec, argument, starting.pid);
    return starting;
  }

  *#startLater(
    spec: ResolvedChildSpec,
    argument: unknown,
    starting: PromiseLike<StartResult>,
  ): Flow<StartResult> {
    const result = (yield starting) as StartResult;
    if (result.kind === 'ok') this.#add(spec, argument, result.pid);
    return result;
  }

  *stop(pid: Pid): Flow<ChildResult> {
    const child = this.children.get(pid);
    if (child === undefined) return { kind: 'error', reason: 'notFound' };
    this.children.delete(pid);
    if (child.status === 'running') this.#judge(pid, yield* stopChild(this.#self, child));
    return { kind: 'ok' };
  }

  ended(pid: Pid, reason: ExitReason): Flow<Verdict> | Verdict {
    const child = this.children.get(pid);
    if (child === undefined || child.status !== 'running') return 'goOn';
    const { restart } = child.spec;
    if (restart !== 'permanent' && isCleanExit(reason)) return this.#finished(child, pid);
    report(this.#self, 'childTerminated', reason, undefined, pid);
    if (restart === 'temporary') return this.#finished(child, pid);
    child.hasEnded(this.#self.now, reason);
    return this.restart(child, pid);
  }

  tryAgain(pid: Pid): Flow<Verdict> | Verdict {
    const child = this.children.get(pid);
    return child?.status === 'restarting' ? this.restart(child, pid) : 'goOn';
  }

  /** Starts a child anew. One that starts at once costs no flow. */
  restart(child: Child, pid: Pid): Flow<Verdict> | Verdict {
    if (!this.budget.spend(this.#self.now)) {
      report(this.#self, 'shutdown', 'reachedMaxRestartIntensity', undefined, pid);
      this.children.delete(pid);
      return 'giveUp';
    }
    child.status = 'restarting';
    const starting = startChild(this.#self, child.spec, child.argument);
    return isThenable(starting)
      ? this.#restartLater(child, pid, starting)
      : this.#restarted(child, pid, starting);
  }

  *#restartLater(child: Child, pid: Pid, starting: PromiseLike<StartResult>): Flow<Verdict> {
    return this.#restarted(child, pid, (yield starting) as StartResult);
  }

  #restarted(child: Child, pid: Pid, result: StartResult): Verdict {
    if (result.kind === 'error') {
      report(this.#self, 'startError', result.reason, undefined, pid);
      this.#self.send(this.#self.pid, new TryAgain(pid));
      return 'goOn';
    }
    this.children.delete(pid);
    if (result.kind === 'ok') {
      child.restarts++;
      child.run(result.pid);
      this.children.set(result.pid, child);
      reportProgress(this.#self, undefined, result.pid);
    }
    return 'goOn';
  }

  /** Elixir: all children are told at once, each with its own time to obey. */
  async stopAll(): Promise<void> {
    const stops: PromiseLike<void>[] = [];
    for (const child of this.children.values()) {
      const pid = child.runningPid;
      if (pid === undefined) continue;
      const stopped = follow(runFlow(this.#self, stopChild(this.#self, child)), (result) =>
        this.#judge(pid, result),
      );
      if (stopped !== undefined) stops.push(stopped);
    }
    await Promise.all(stops);
    this.children.clear();
  }

  describe(): ProgramDescription {
    const children = this.children.values().map((child) => child.describe());
    return { strategy: 'dynamic', children, restarts: this.budget.describe() };
  }

  /** A child has ended that will not be started again. OTP: `do_auto_shutdown/2`. */
  #finished(child: Child, pid: Pid): Verdict {
    this.children.delete(pid);
    if (this.autoShutdown === 'never' || !child.spec.significant) return 'goOn';
    if (this.autoShutdown === 'anySignificant') return 'giveUp';
    for (const other of this.children.values()) if (other.spec.significant) return 'goOn';
    return 'giveUp';
  }

  #add(spec: ResolvedChildSpec, argument: unknown, pid: Pid): void {
    this.children.add(pid, spec, argument);
    reportProgress(this.#self, undefined, pid);
  }

  #judge(pid: Pid, stopped: Stopped): void {
    if (stopped.kind === 'error') report(this.#self, 'shutdownError', stopped.reason, undefined, pid);
  }
}

function refuseSpec(own: ResolvedChildSpec | undefined): BadArgumentError {
  return new BadArgumentError(
    own === undefined
      ? 'the supervisor has no child spec of its own: each child has to bring one'
      : 'the supervisor has one child spec for all its children: none can bring another',
  );
}

/** The dynamic supervisor as a server. It trusts what it is asked: `DynamicSupervisor` checks first. */
export const dynamicSupervisorServer = defineServer({
  name: 'DynamicSupervisor',
  init(given: DynamicGiven, self) {
    self.trapExit(true);
    return follow(initialise(self, given, checkDynamicOptions), (init) =>
      init instanceof IgnoreResult ? init : new DynamicState(self, init, given),
    );
  },
  handleCall: {
    startChild: (start: DynamicStart, _from, state) => {
      return follow(state.start(start), reply<StartResult>);
    },
    terminateChild: (pid: Pid, _from, state, self) =>
      follow(runFlow(self, state.stop(pid)), reply<ChildResult>),
    whichChildren: (_: undefined, _from, state) =>
      reply(state.children.values().map((child) => child.describe())),
    countChildren: (_: undefined, _from, state) => {
      // OTP and Elixir take a dynamic child's life for granted, that of a static one not.
      const counts = countChildren(state.children.values(), () => true);
      return reply<ChildCounts>(state.child === undefined ? counts : { ...counts, specs: 1 });
    },
    setMaxChildren: (maxChildren: number, _from, state) => {
      state.maxChildren = maxChildren;
      return reply(undefined);
    },
  },
  handleInfo(message, state: DynamicState, self) {
    if (message instanceof ExitMessage && message.from !== undefined) {
      return heed(self, state.ended(message.from, message.reason));
    }
    if (message instanceof TryAgain) return heed(self, state.tryAgain(message.pid));
    // OTP: an exit signal from nobody's child is passed over, anything else is worth a word.
    if (!(message instanceof ExitMessage)) reportUnhandled(self, message);
    return undefined;
  },
  codeChange(_oldVersion, state, extra, self) {
    const supervisor = state as DynamicState;
    const source = (extra ?? supervisor.source) as DynamicGiven;
    return follow(initialise(self, source, checkDynamicOptions), (init) => {
      if (!(init instanceof IgnoreResult)) supervisor.adopt(init, source);
      return supervisor;
    });
  },
  terminate: (_reason, state) => state.stopAll(),
  describe: (state) => state.describe(),
});
