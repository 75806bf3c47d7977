/** What the compiler must know of the values of tasks. Checked by `tsc`, never run. */
import {
  type AsyncTask,
  type Pid,
  type Self,
  Task,
  type TaskResult,
  TaskSupervisor,
} from '../../src/index.ts';

declare const self: Self;
declare const supervisor: Pid;

/** Fails to compile unless the two types are the same. */
function same<One, Other>(..._equal: Same<One, Other> extends true ? [] : [never]): void {}
type Same<One, Other> =
  (<T>() => T extends One ? 1 : 2) extends <T>() => T extends Other ? 1 : 2 ? true : false;

export async function results(): Promise<void> {
  const text = Task.async(self, async () => 'text');
  const number = Task.completed(self, 42);
  same<typeof number, AsyncTask<number>>();

  const result = await text.yield(self);
  same<typeof result, TaskResult<string> | undefined>();
  const stopped = await text.shutdown(self, 'brutalKill');
  same<typeof stopped, TaskResult<string> | undefined>();
  const ignored = text.ignore(self);
  same<typeof ignored, TaskResult<string> | undefined>();

  const values = await Task.awaitMany(self, [text, number]);
  same<typeof values, [string, number]>();
  const list: AsyncTask<Date>[] = [];
  const dates = await Task.awaitMany(self, list);
  same<typeof dates, Date[]>();

  for (const [task, yielded] of await Task.yieldMany(self, list)) {
    same<typeof task, AsyncTask<Date>>();
    same<typeof yielded, TaskResult<Date> | undefined>();
  }

  const supervised = await TaskSupervisor.async(self, supervisor, () => true as const);
  const truth = await supervised.await(self);
  same<typeof truth, true>();
  // @ts-expect-error there is no such way to stop a task
  await supervised.shutdown(self, 'gently');
}

export async function streams(): Promise<void> {
  for await (const result of Task.asyncStream(self, ['a', 'b'], (element) => element.length)) {
    if (result.kind === 'ok') same<typeof result.value, number>();
    else same<typeof result.input, string | undefined>();
  }
  const pages = async function* (): AsyncGenerator<URL> {};
  for await (const result of TaskSupervisor.asyncStreamNoLink(
    self,
    supervisor,
    pages(),
    async (url) => url.href,
  )) {
    if (result.kind === 'ok') same<typeof result.value, string>();
  }
  // @ts-expect-error a number is no input
  Task.asyncStream(self, 5, () => 1);
  // @ts-expect-error there is no such option
  Task.asyncStream(self, [5], () => 1, { concurrency: 3 });
}
