import type { Awaitable } from '@thousand-island/runtime';

/** Whether a value will come later. Only these are ever awaited. */
export function isPromise<Value>(value: unknown): value is PromiseLike<Value> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

/** Goes on with a value, at once if it is there already. */
export function whenSettled<Value, Result>(
  value: Awaitable<Value>,
  next: (value: Value) => Result,
): Awaitable<Result> {
  return isPromise<Value>(value) ? value.then(next) : next(value as Value);
}
