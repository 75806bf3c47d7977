import { checkFunction } from '../arguments.ts';
import type { Awaitable } from '../behaviours/gen-server-module.ts';
import { BadArgumentError } from '../errors.ts';
import { Pid } from '../pid.ts';
import { Self } from '../process/self.ts';
import type { StartOptions, StartResult } from '../process/start.ts';
import type { Host } from '../runtime.ts';
import { type ChildOptions, type ChildSpec, specOf } from '../supervisor/child-spec.ts';
import { AsyncTask, type TaskWaitOptions } from './async-task.ts';
import { awaitMany, type ValuesOf, type YieldManyOptions, type YieldsOf, yieldMany } from './many-tasks.ts';
import type { StreamInput } from './stream-input.ts';
import type { TaskStreamOptions } from './stream-options.ts';
import { callersOf, startTask, type TaskFunction } from './task-program.ts';
import { TaskRequest } from './task-request.ts';
import { type TaskStream, taskStream } from './task-stream.ts';
import { TaskWatch } from './task-watch.ts';

/** The child spec of a task; temporary unless said, as in Elixir. */
export function taskSpec(
  id: string,
  code: TaskFunction<unknown>,
  options: Omit<ChildOptions, 'id' | 'name'> = {},
): ChildSpec {
  checkFunction('what a task does', code);
  const start = (supervisor: Self, { label }: StartOptions): StartResult =>
    startTask(supervisor, true, code, label);
  return specOf(id, { restart: 'temporary', ...options }, start, {}, ['name']);
}

/** The Self itself, or an error that says that a runtime, say, owns no tasks. @internal */
export function checkOwner(self: Self): Self {
  if (self instanceof Self) return self;
  throw BadArgumentError.of('self', 'the Self of a process', self);
}

/**
 * Processes that do one thing and end: `'normal'` when it is done, with the error when it throws. Elixir: `Task`.
 *
 * @example
 * ```ts
 * const runtime = new Runtime();
 * const owner = runtime.spawn(async (self) => {
 *   const task = Task.async(self, async () => 6 * 7);
 *   console.log(await task.await(self)); // prints: 42
 * });
 * await runtime.ended(owner); // => 'normal'
 * ```
 */
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
    const owner = checkOwner(self).process;
    const request = new TaskRequest(owner, true, code);
    return new AsyncTask(request.startByOwner(), owner, request.watch);
  },

  /** A task that has its value already and never was a process; its pid stands for nobody. */
  completed<Value>(self: Self, value: Value): AsyncTask<Value> {
    const owner = checkOwner(self).process;
    const watch = new TaskWatch<Value>(owner);
    watch.put({ kind: 'ok', value });
    return new AsyncTask(new Pid(owner.kernel.id, owner.kernel.nextProcessId()), owner, watch);
  },

  /**
   * The values of all the tasks, in their order, with one timeout for all: 5,000 ms unless said. Rejects with `CallExitError`
   * as soon as one ends without a value, and with `TimeoutError`; either way the results of the others are thrown away.
   */
  awaitMany<const Tasks extends readonly AsyncTask<unknown>[]>(
    self: Self,
    tasks: Tasks,
    options?: TaskWaitOptions,
  ): Promise<ValuesOf<Tasks>> {
    return awaitMany(self, tasks, options);
  },

  /**
   * Each task with its result, or with undefined if it has none when the wait is over: when all have one, when `limit` have,
   * or when 5,000 ms, unless said, are up. Those without can be asked again.
   */
  yieldMany<const Tasks extends readonly AsyncTask<unknown>[]>(
    self: Self,
    tasks: Tasks,
    options?: YieldManyOptions,
  ): Promise<YieldsOf<Tasks>> {
    return yieldMany(self, tasks, options);
  },

  /**
   * Runs the code for every element in a task of its own, a few at a time, and streams what they come to.
   *
   * A task that fails ends an owner that does not trap exits; else it is a result like the others. Who stops early ends the
   * tasks that still run, and nothing of them arrives later. An input that throws does the same, and its error is thrown on.
   *
   * @example
   * ```ts
   * const runtime = new Runtime();
   * const owner = runtime.spawn(async (self) => {
   *   const squares: number[] = [];
   *   for await (const result of Task.asyncStream(self, [1, 2, 3], async (n) => n * n, { maxConcurrency: 2 })) {
   *     if (result.kind === 'ok') squares.push(result.value);
   *   }
   *   console.log(squares.join(' ')); // prints: 1 4 9
   * });
   * await runtime.ended(owner); // => 'normal'
   * ```
   */
  asyncStream<Element, Value>(
    self: Self,
    input: StreamInput<Element>,
    code: (element: Element, self: Self) => Awaitable<Value>,
    options: TaskStreamOptions = {},
  ): TaskStream<Element, Value> {
    return taskStream(self, input, { code, linked: true }, options);
  },

  /** The child spec of a task, to be put under a supervisor; temporary unless said. */
  childSpec: taskSpec,

  /**
   * The pids of who asked for this process, who asked for that one, and so on, if it is a task; else empty. A supervisor that
   * starts a task for somebody is an ancestor of it, and no caller. Elixir: `$callers`, under which the dictionary has it too.
   */
  callers(self: Self): readonly Pid[] {
    return callersOf(self.process);
  },
};
