import { BadArgumentError, CallExitError, TimeoutError } from '../errors.ts';
import type { Self } from '../process/self.ts';
import { type AsyncTask, type TaskWaitOptions, taskTimeout } from './async-task.ts';
import { collect, type TaskResult, type TaskWatch } from './task-watch.ts';

/** The value of a task, by its type. */
export type ValueOf<SomeTask> = SomeTask extends AsyncTask<infer Value> ? Value : never;

/** The values of some tasks, each in the place of its task. */
export type ValuesOf<Tasks extends readonly AsyncTask<unknown>[]> = {
  -readonly [Index in keyof Tasks]: ValueOf<Tasks[Index]>;
};

/** Some tasks, each with its result so far. */
export type YieldsOf<Tasks extends readonly AsyncTask<unknown>[]> = {
  -readonly [Index in keyof Tasks]: readonly [
    task: Tasks[Index],
    result: TaskResult<ValueOf<Tasks[Index]>> | undefined,
  ];
};

/** How long to wait for several tasks, and for how many. */
export interface YieldManyOptions extends TaskWaitOptions {
  /** The wait is over when so many have a result; all unless said. */
  readonly limit?: number;
  /**
   * What becomes of those that have none when the time, and not the limit, has ended the wait: `'nothing'` unless said,
   * `'ignore'` as `task.ignore`, `'killTask'` as `task.shutdown` with `'brutalKill'`.
   */
  readonly onTimeout?: 'nothing' | 'ignore' | 'killTask';
}

const ON_TIMEOUT: readonly unknown[] = ['nothing', 'ignore', 'killTask'];

function watchesOf(self: Self, tasks: readonly AsyncTask<unknown>[]): TaskWatch<unknown>[] {
  return tasks.map((task) => task.watchFor(self));
}

/** See `Task.awaitMany`. */
export async function awaitMany<const Tasks extends readonly AsyncTask<unknown>[]>(
  self: Self,
  tasks: Tasks,
  options: TaskWaitOptions = {},
): Promise<ValuesOf<Tasks>> {
  const timeoutMs = taskTimeout(options);
  const watches = watchesOf(self, tasks);
  const pending = new Set(watches);
  const { results, timedOut } = await collect(self.process, pending, timeoutMs, pending.size, isExit);
  const values: unknown[] = [];
  for (const [watch, result] of results) {
    if (result.kind === 'ok') continue;
    for (const other of pending) other.abandon();
    throw new CallExitError(`the task ${tasks[watches.indexOf(watch)]?.pid}`, result.reason);
  }
  if (timedOut) {
    for (const watch of pending) watch.abandon();
    const late = tasks.filter((_, index) => !results.has(watches[index] as TaskWatch<unknown>));
    throw new TimeoutError(`not finished within ${timeoutMs} ms: ${late.join(', ')}`);
  }
  for (const watch of watches) {
    const result = results.get(watch);
    if (result?.kind === 'ok') values.push(result.value);
  }
  return values as ValuesOf<Tasks>;
}

function isExit(result: TaskResult<unknown>): boolean {
  return result.kind === 'exit';
}

/** See `Task.yieldMany`. */
export async function yieldMany<const Tasks extends readonly AsyncTask<unknown>[]>(
  self: Self,
  tasks: Tasks,
  options: YieldManyOptions = {},
): Promise<YieldsOf<Tasks>> {
  const timeoutMs = taskTimeout(options, ['limit', 'onTimeout']);
  const { limit = tasks.length, onTimeout = 'nothing' } = options;
  if (!Number.isInteger(limit) || limit < 0) throw BadArgumentError.of('limit', 'a whole number >= 0', limit);
  if (!ON_TIMEOUT.includes(onTimeout))
    throw BadArgumentError.of('onTimeout', ON_TIMEOUT.join(', '), onTimeout);
  const watches = watchesOf(self, tasks);
  const pending = new Set(watches);
  const { results, timedOut } = await collect(
    self.process,
    pending,
    timeoutMs,
    Math.min(limit, pending.size),
  );
  const yields = tasks.map(async (task, index) => {
    const result = results.get(watches[index] as TaskWatch<unknown>);
    return [task, result ?? (timedOut ? await giveUp(self, task, onTimeout) : undefined)] as const;
  });
  return (await Promise.all(yields)) as YieldsOf<Tasks>;
}

/** A task may have finished after all when it is given up: that is its result then. */
async function giveUp(
  self: Self,
  task: AsyncTask<unknown>,
  onTimeout: NonNullable<YieldManyOptions['onTimeout']>,
): Promise<TaskResult<unknown> | undefined> {
  switch (onTimeout) {
    case 'nothing':
      return undefined;
    case 'ignore':
      return task.ignore(self);
    case 'killTask':
      return await task.shutdown(self, 'brutalKill');
    default:
      return onTimeout satisfies never;
  }
}
