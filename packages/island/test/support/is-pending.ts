import { settle } from '@thousand-island/runtime/testing';

/** Whether a promise has not settled when all that can happen at once has happened. */
export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let pending = true;
  const done = (): void => {
    pending = false;
  };
  promise.then(done, done);
  await settle(20);
  return pending;
}
