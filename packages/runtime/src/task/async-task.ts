import { checkOptions } from '../arguments.ts';
import { BadArgumentError, CallExitError, TimeoutError } from '../errors.ts';
import type { Pid } from '../pid.ts';
import { checkTimeout } from '../process/call.ts';
import { unlink } from '../process/link.ts';
import type { Process } from '../process/process.ts';
import type { Self } from '../process/self.ts';
import { collect, type TaskResult, type TaskWatch } from './task-watch.ts';

const DEFAULT_TIMEOUT_MS = 5_000;

/** How long to wait for a task. */
export interface TaskWaitOptions {
  /** In ms; 5,000 unless said. */
  readonly timeout?: number | 'infinity';
}

/** A task has come to its end, and its owner wants to be told by message; see `AsyncTask.deliver`. */
export class TaskMessage<Value = unknown> {
  readonly type = 'task';
  readonly task: AsyncTask<Value>;
  readonly result: TaskResult<Value>;

  constructor(task: AsyncTask<Value>, result: TaskResult<Value>) {
    this.task = task;
    this.result = result;
  }
}

/**
 * A task that its owner, the process that started it, is going to hear of. All that can be asked of it is for the owner
 * alone: anybody else gets `BadArgumentError`.
 *
 * Its result is given once. Who asks again waits for something that never comes. Elixir: `%Task{}`.
 */
export class AsyncTask<Value> {
  readonly pid: Pid;
  readonly #owner: Process;
  readonly #watch: TaskWatch<Value>;

  /** Left to `Task.async` and its like. */
  constructor(pid: Pid, owner: Process, watch: TaskWatch<Value>) {
    this.pid = pid;
    this.#owner = owner;
    this.#watch = watch;
  }

  /**
   * The task's value. Rejects with `CallExitError` if it ended without one, and with `TimeoutError` when the time is up; the
   * task then goes on, linked as before, and what it comes to is thrown away.
   *
   * A linked task that fails ends an owner that does not trap exits before this can tell it.
   */
  async await(self: Self, options: TaskWaitOptions = {}): Promise<Value> {
    const watch = this.watchFor(self);
    const timeoutMs = taskTimeout(options);
    const result = await this.#wait(timeoutMs);
    if (result === undefined) {
      watch.abandon();
      throw new TimeoutError(`the task ${this.pid} has not finished within ${timeoutMs} ms`);
    }
    if (result.kind === 'ok') return result.value;
    throw new CallExitError(`the task ${this.pid}`, result.reason);
  }

  /**
   * The task's result if it comes in time; undefined if not, and the task can be asked again. Rejects for nothing but a
   * mistake: that the task has failed is a result.
   */
  async yield(self: Self, options: TaskWaitOptions = {}): Promise<TaskResult<Value> | undefined> {
    this.watchFor(self);
    return await this.#wait(taskTimeout(options));
  }

  /**
   * Unlinks the task, ends it and waits for its end. It is asked with the exit signal `'shutdown'` and killed after 5,000 ms
   * unless said; `'brutalKill'` kills it at once.
   *
   * - undefined: it has ended as it was told, now or before;
   * - its value, if that was there already or came while it stopped;
   * - the reason, if it ended in another way: `'killed'` after the time was up, `'noproc'` if its result was given before.
   */
  async shutdown(
    self: Self,
    how: number | 'infinity' | 'brutalKill' = DEFAULT_TIMEOUT_MS,
  ): Promise<TaskResult<Value> | undefined> {
    const watch = this.watchFor(self);
    const brutal = how === 'brutalKill';
    const timeoutMs = brutal ? Number.POSITIVE_INFINITY : checkTimeout(how);
    if (!self.alive) return await new Promise<never>(() => {});
    // Unlinked first: the owner is not to hear of the end it asks for.
    unlink(self.process, this.pid);
    let ended = await self.endAndWait(this.pid, brutal ? 'kill' : 'shutdown', timeoutMs);
    if (!ended.ended) ended = await self.endAndWait(this.pid, 'kill', Number.POSITIVE_INFINITY);
    const result = watch.take();
    watch.abandon();
    if (result?.kind === 'ok') return result;
    const own = result === undefined ? 'noproc' : result.reason;
    const reason = ended.ended && ended.reason !== 'noproc' ? ended.reason : own;
    return reason === (brutal ? 'killed' : 'shutdown') ? undefined : { kind: 'exit', reason };
  }

  /**
   * Lets the task go on by itself: unlinks it, and what it comes to from now on is thrown away. The result, if there is one
   * already; else undefined.
   */
  ignore(self: Self): TaskResult<Value> | undefined {
    const watch = this.watchFor(self);
    const result = watch.take();
    if (self.alive) unlink(self.process, this.pid);
    watch.abandon();
    return result;
  }

  /**
   * Sends the result to the owner as a `TaskMessage` when it is there, instead of waiting for it: for a server, which handles
   * it in `handleInfo` and answers others meanwhile.
   */
  deliver(self: Self): void {
    this.watchFor(self).subscribe((result) => this.#owner.deliver(new TaskMessage(this, result)));
  }

  toString(): string {
    return `task ${this.pid}`;
  }

  /** The watch on the task, for its owner. @internal */
  watchFor(self: Self): TaskWatch<Value> {
    if (self.process === this.#owner) return this.#watch;
    throw new BadArgumentError(`${this.pid} is the task of ${this.#owner.pid}, and not of ${self.pid}`);
  }

  async #wait(timeoutMs: number): Promise<TaskResult<Value> | undefined> {
    const { results } = await collect(this.#owner, new Set([this.#watch]), timeoutMs);
    return results.get(this.#watch) as TaskResult<Value> | undefined;
  }
}

/** The timeout of a wait, checked; 5,000 ms unless said. */
export function taskTimeout(options: TaskWaitOptions, others: readonly string[] = []): number {
  checkOptions('a wait for tasks', options, ['timeout', ...others]);
  return checkTimeout(options.timeout ?? DEFAULT_TIMEOUT_MS);
}
