import {
  type Self,
  type StreamInput,
  Task,
  type TaskStreamOptions,
  type TaskStreamResult,
} from '../../src/index.ts';
import type { Puppet } from './puppet.ts';
import type { TestRuntime } from './test-runtime.ts';

export const broken = new Error('broken');
/** A task that takes so many ms, and answers that. */
export const sleepy = async (ms: number, self: Self): Promise<number> => {
  await self.sleep(ms);
  return ms;
};
export const valued = <Value>(value: Value) => ({ kind: 'ok', value });

/** All results of a stream. */
export async function drain<Element, Value>(stream: AsyncIterable<TaskStreamResult<Element, Value>>) {
  const results: TaskStreamResult<Element, Value>[] = [];
  for await (const result of stream) results.push(result);
  return results;
}

/** Drains a stream in the puppet, lets time pass, and answers with the results and what was thrown. */
export async function streamed<Element, Value>(
  runtime: TestRuntime,
  owner: Puppet,
  input: StreamInput<Element>,
  code: (element: Element, self: Self) => Value | Promise<Value>,
  options: TaskStreamOptions = {},
  ms = 1_000,
) {
  const outcome = owner
    .do((self) => drain(Task.asyncStream(self, input, code, options)))
    .then(
      (results) => ({ results }),
      (error: unknown) => ({ error }),
    );
  await runtime.clock.advance(ms);
  return await outcome;
}

export function expectNothingLeft(runtime: TestRuntime, owner: Puppet): void {
  expect(runtime.processInfo(owner.pid)).toMatchObject({
    links: [],
    monitors: [],
    monitoredBy: [],
    timers: 0,
  });
  expect([runtime.processes(), runtime.armedTimers, owner.seen]).toEqual([[owner.pid], 0, []]);
}

/** An input that writes down what is asked of it. */
export function watched(log: string[], count = Number.POSITIVE_INFINITY) {
  return (function* () {
    try {
      for (let element = 1; element <= count; element++) {
        log.push(`pull ${element}`);
        yield element;
      }
      log.push('end');
    } finally {
      log.push('cleanup');
    }
  })();
}
