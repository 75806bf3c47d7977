import { BadArgumentError, CallExitError, TimeoutError } from '../errors.ts';
import type { ExitReason } from '../exit-reason.ts';
import type { Pid } from '../pid.ts';
import { checkTimeout } from '../process/call.ts';
import { CallTimer } from '../process/call-timer.ts';
import { endProcess } from '../process/exit.ts';
import type { Process } from '../process/process.ts';
import type { Program } from '../process/program.ts';
import { Self } from '../process/self.ts';
import {
  INIT_OK,
  type InitOutcome,
  type Startable,
  type StartResult,
  startProcess,
} from '../process/start.ts';
import { isThenable } from '../process/thenable.ts';
import { Watch } from '../process/watch.ts';
import { type Host, resolveHost } from '../runtime.ts';
import type { Awaitable } from './gen-server-module.ts';

/** What a task does. It is the whole life of its process. */
export type TaskFunction<Value> = (self: Self) => Awaitable<Value>;

const START = Symbol('start');

/** A process that does one thing and ends: `'normal'` when done, with the error when it throws. */
class TaskProgram<Value> implements Startable, Program {
  readonly behaviour = 'Task';
  readonly #process: Process;
  readonly #self: Self;
  readonly #code: TaskFunction<Value>;
  readonly #onValue: ((value: Value) => void) | undefined;

  constructor(process: Process, self: Self, code: TaskFunction<Value>, onValue?: (value: Value) => void) {
    this.#process = process;
    this.#self = self;
    this.#code = code;
    this.#onValue = onValue;
  }

  init(): InitOutcome {
    this.#process.mailbox.push(START);
    return INIT_OK;
  }

  handle(_start: unknown): PromiseLike<void> | undefined {
    const result = this.#code(this.#self);
    if (isThenable(result)) return result.then((value) => this.#finish(value));
    this.#finish(result);
    return undefined;
  }

  #finish(value: Value): void {
    if (!this.#process.alive) return;
    this.#onValue?.(value);
    endProcess(this.#process, 'normal', true);
  }
}

/** The owner's wait for a task's value: whatever comes first of value, end and timeout. */
class TaskWatch<Value> extends Watch {
  outcome: { readonly value: Value } | { readonly reason: ExitReason } | undefined = undefined;
  readonly #waiting = new Set<() => void>();

  succeed(value: Value): void {
    if (!this.detach()) return;
    this.outcome = { value };
    this.#settle();
  }

  down(reason: ExitReason): void {
    this.outcome = { reason };
    this.#settle();
  }

  /** Never armed: each wait has a timer of its own. */
  fire(): void {}

  wait(owner: Process, timeoutMs: number): Promise<void> {
    if (this.outcome !== undefined) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        timer.cancel();
        this.#waiting.delete(end);
        resolve();
      };
      const timer = new CallTimer(
        owner,
        () => {
          this.detach();
          end();
        },
        undefined,
      );
      this.#waiting.add(end);
      if (timeoutMs !== Number.POSITIVE_INFINITY) timer.start(timeoutMs, true);
    });
  }

  #settle(): void {
    for (const end of this.#waiting) end();
  }
}

/** A task that its owner is going to await. */
export class AsyncTask<Value> {
  readonly pid: Pid;
  readonly #owner: Process;
  readonly #watch: TaskWatch<Value>;

  /** @internal */
  constructor(pid: Pid, owner: Process, watch: TaskWatch<Value>) {
    this.pid = pid;
    this.#owner = owner;
    this.#watch = watch;
  }

  /**
   * The task's value. Rejects with `CallExitError` if it ended without one, and with `TimeoutError` after 5,000 ms unless
   * said; the task then goes on, and what it comes to is thrown away. For the owner alone.
   */
  async await(self: Self, options: { readonly timeout?: number | 'infinity' } = {}): Promise<Value> {
    if (self.process !== this.#owner)
      throw new BadArgumentError(`${this.pid} is awaited by a process that does not own it`);
    const timeoutMs = checkTimeout(options.timeout ?? 5_000);
    await this.#watch.wait(this.#owner, timeoutMs);
    const { outcome } = this.#watch;
    if (outcome === undefined)
      throw new TimeoutError(`the task ${this.pid} has not finished within ${timeoutMs} ms`);
    if ('value' in outcome) return outcome.value;
    throw new CallExitError(`the task ${this.pid}`, outcome.reason);
  }
}

/** Starts a task as a supervisor does. */
export function startTask(
  host: Host,
  linked: boolean,
  code: TaskFunction<unknown>,
  label?: string,
): StartResult {
  const { kernel, parent } = resolveHost(host);
  const options = label === undefined ? {} : { label };
  return startProcess(kernel, parent, linked, Number.POSITIVE_INFINITY, options, (self, process) => {
    return new TaskProgram(process, self, code);
  }) as StartResult;
}

/** Processes that do one thing. Elixir: `Task`. */
export const Task = {
  /** Starts a task that nobody waits for. */
  start(host: Host, code: TaskFunction<unknown>): Pid {
    return (startTask(host, false, code) as { readonly pid: Pid }).pid;
  },

  /** Starts a task that nobody waits for, linked to the process that starts it. */
  startLink(host: Host, code: TaskFunction<unknown>): Pid {
    return (startTask(host, true, code) as { readonly pid: Pid }).pid;
  },

  /** Starts a task, linked, whose value its owner awaits: `await task.await(self)`. */
  async<Value>(self: Self, code: TaskFunction<Value>): AsyncTask<Value> {
    if (!(self instanceof Self)) throw BadArgumentError.of('self', 'the Self of a process', self);
    const owner = self.process;
    const watch = new TaskWatch<Value>(owner);
    const started = startProcess(owner.kernel, owner, true, Number.POSITIVE_INFINITY, {}, (own, process) => {
      return new TaskProgram<Value>(process, own, code, (value) => watch.succeed(value));
    }) as { readonly pid: Pid };
    watch.attach(started.pid.occupant as Process);
    return new AsyncTask(started.pid, owner, watch);
  },
};
