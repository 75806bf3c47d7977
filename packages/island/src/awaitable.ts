/** Whether a value will come later. Only these are ever awaited. */
export function isPromise<Value>(value: unknown): value is PromiseLike<Value> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
