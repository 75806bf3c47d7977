/** What Node throws becomes an error that has a name. */
export function attempt<Value>(action: () => Value, failure: (cause: unknown) => Error): Value {
  try {
    return action();
  } catch (cause) {
    throw failure(cause);
  }
}
