import type { Awaitable } from '../behaviours/gen-server-module.ts';
import type { Self } from '../process/self.ts';
import { isThenable } from '../process/thenable.ts';

/**
 * Steps that may have to wait. Written once as a generator, they run through without a promise when nothing makes them
 * wait: a supervisor whose children start at once restarts them at once.
 */
export type Flow<Result> = Generator<PromiseLike<unknown>, Result, unknown>;

/** Inside a flow: goes on with the value, after waiting for it only if it is a promise. */
export function* wait<Value>(value: Awaitable<Value>): Flow<Value> {
  return isThenable(value) ? ((yield value) as Value) : value;
}

/** Runs a flow for a process. Once the process has ended, a flow that was waiting does not go on. */
export function runFlow<Result>(self: Self, flow: Flow<Result>): Awaitable<Result> {
  const step = flow.next();
  return step.done === true ? step.value : goOn(self, flow, step.value);
}

function goOn<Result>(self: Self, flow: Flow<Result>, pending: PromiseLike<unknown>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const advance = (step: IteratorResult<PromiseLike<unknown>, Result>): void => {
      if (step.done === true) resolve(step.value);
      else step.value.then(onValue, onError);
    };
    const onValue = (value: unknown): void => resume(() => flow.next(value));
    const onError = (error: unknown): void => resume(() => flow.throw(error));
    const resume = (next: () => IteratorResult<PromiseLike<unknown>, Result>): void => {
      if (!self.alive) return;
      try {
        advance(self.process.within(next));
      } catch (error) {
        reject(error);
      }
    };
    pending.then(onValue, onError);
  });
}

/** Maps a value that may come later, without making it come later. */
export function follow<Value, Result>(
  value: Awaitable<Value>,
  next: (value: Value) => Result,
): Awaitable<Result> {
  return isThenable(value) ? value.then(next) : next(value);
}
