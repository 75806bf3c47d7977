/** A promise and the function that resolves it: how a work made of messages tells that it is done. */
export function signal() {
  let resolve;
  const done = new Promise((settle) => {
    resolve = settle;
  });
  return { done, resolve };
}

/** Throws when a work has not done what it says it has: nobody gets faster by losing something. */
export function verify(what, found, expected) {
  if (found !== expected) throw new Error(`${what}: ${found} instead of ${expected}`);
}
