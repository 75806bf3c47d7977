import { NoCatchError, OtpError } from '../errors.ts';
import { type ExitReason, isCleanExit, isError } from '../exit-reason.ts';
import { isInstance } from '../instance.ts';
import { Pid } from '../pid.ts';
import { ExitMessage } from '../process/message.ts';
import type { ChildDescription } from '../process/program.ts';
import type { Self } from '../process/self.ts';
import type { StartResult } from '../process/start.ts';
import { isThenable } from '../process/thenable.ts';
import type { ResolvedChildSpec, Started } from './child-spec.ts';
import { type Flow, wait } from './flow.ts';

/** One child as its supervisor keeps it. */
export class Child {
  readonly spec: ResolvedChildSpec;
  /** What it is started with; not kept for a temporary child, which is never started again. */
  readonly argument: unknown;
  /** The running process; while restarting, the one that was; else undefined. */
  pid: Pid | undefined = undefined;
  status: ChildDescription['status'] = 'notRunning';
  restarts = 0;
  // Two fields and no object: a restart makes none, and a number that changes in its place costs nothing.
  #endedAt = Number.NaN;
  #endReason: ExitReason = undefined;

  constructor(spec: ResolvedChildSpec, argument?: unknown) {
    this.spec = spec;
    this.argument = spec.restart === 'temporary' ? undefined : argument;
  }

  run(pid: Pid | undefined): void {
    this.pid = pid;
    this.status = pid === undefined ? 'notRunning' : 'running';
  }

  /** Its process has ended. */
  hasEnded(at: number, reason: ExitReason): void {
    this.#endedAt = at;
    this.#endReason = reason;
  }

  /** Stands for the process of a child whose spec it replaces. */
  takeOver(known: Child): void {
    this.pid = known.pid;
    this.status = known.status;
    this.restarts = known.restarts;
    this.#endedAt = known.#endedAt;
    this.#endReason = known.#endReason;
  }

  get runningPid(): Pid | undefined {
    return this.status === 'running' ? this.pid : undefined;
  }

  describe(): ChildDescription {
    const { spec, status, restarts, runningPid } = this;
    const { id, type, restart } = spec;
    return {
      id,
      pid: runningPid,
      status,
      type,
      restart,
      restarts,
      ...(Number.isNaN(this.#endedAt) ? {} : { lastExit: { at: this.#endedAt, reason: this.#endReason } }),
    };
  }
}

/** Starts a child. Whatever goes wrong is the result, never thrown. */
export function startChild(
  supervisor: Self,
  spec: ResolvedChildSpec,
  argument?: unknown,
): StartResult | Promise<StartResult> {
  try {
    const started = spec.start(supervisor, argument as never);
    return isThenable(started) ? Promise.resolve(started).then(resultOf, failureOf) : resultOf(started);
  } catch (thrown) {
    return failureOf(thrown);
  }
}

function resultOf(started: Started): StartResult {
  // OTP: what is none of the results is the reason of the failure; so is what cannot even be looked at.
  try {
    return resultIn(started) ?? { kind: 'error', reason: started };
  } catch {
    return { kind: 'error', reason: started };
  }
}

function resultIn(started: Started): StartResult | undefined {
  if (started instanceof Pid) return { kind: 'ok', pid: started };
  if (typeof started !== 'object' || started === null) return undefined;
  if ('kind' in started && (started.kind === 'ok' || started.kind === 'ignore' || started.kind === 'error'))
    return started;
  return 'pid' in started && started.pid instanceof Pid ? { kind: 'ok', pid: started.pid } : undefined;
}

function failureOf(thrown: unknown): StartResult {
  // A start that failed already says why in its `reason`; what else was thrown is the reason.
  if (isInstance(thrown, OtpError) && thrown.code === 'OTP_START_FAILED' && 'reason' in thrown) {
    return thrown.reason === 'ignore'
      ? { kind: 'ignore' }
      : { kind: 'error', reason: thrown.reason as ExitReason };
  }
  return { kind: 'error', reason: isError(thrown) ? thrown : new NoCatchError(thrown) };
}

/** How the stop of a child went: as it should, or with a reason that is worth a report. */
export type Stopped = { readonly kind: 'ok' } | { readonly kind: 'error'; readonly reason: ExitReason };

const STOPPED: Stopped = { kind: 'ok' };

/**
 * Stops a running child: asks it with the exit signal `'shutdown'`, and kills it when its time is up.
 *
 * Its end is watched apart from the link, which is taken away first: a child that has unlinked itself would otherwise hang
 * its supervisor. If it is dead already, its exit message is the truth about why. OTP: `supervisor:shutdown/1`.
 */
export function* stopChild(supervisor: Self, child: Child): Flow<Stopped> {
  const pid = child.pid as Pid;
  const { shutdown } = child.spec;
  supervisor.unlink(pid);
  // One that lives has left none: nobody looks through all the messages that wait for each child.
  const told = supervisor.isAlive(pid)
    ? undefined
    : supervisor.take((message) => message instanceof ExitMessage && message.from === pid);
  if (told !== undefined) return judge(child, (told[0] as ExitMessage).reason);
  if (shutdown !== 'brutalKill') {
    const ended = yield* wait(
      supervisor.endAndWait(pid, 'shutdown', shutdown === 'infinity' ? Number.POSITIVE_INFINITY : shutdown),
    );
    if (ended.ended) return judge(child, ended.reason);
  }
  const killed = yield* wait(supervisor.endAndWait(pid, 'kill', Number.POSITIVE_INFINITY));
  return judge(child, killed.ended ? killed.reason : 'killed');
}

// OTP: `killed` is fine if that was asked for, `shutdown` if that was; a child that is not permanent may end cleanly anyhow.
function judge(child: Child, reason: ExitReason): Stopped {
  const { shutdown, restart } = child.spec;
  if (reason === (shutdown === 'brutalKill' ? 'killed' : 'shutdown')) return STOPPED;
  return restart !== 'permanent' && isCleanExit(reason) ? STOPPED : { kind: 'error', reason };
}
