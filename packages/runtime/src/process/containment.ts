import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import type { Process } from './process.ts';

/** Whose code is running, also after an await, in a timer, in a callback of Node: whatever that code has started. */
const owners = new AsyncLocalStorage<Process>();
let holders = 0;

/** The context that a process' code runs in; all it starts is traced back to the process through it. */
export function scopeOf(process: Process): AsyncResource {
  return owners.run(process, () => new AsyncResource('otp.Process'));
}

/**
 * Takes over what would end Node: an error that nobody caught goes to the process whose code, directly or not, has thrown
 * it. Errors that belong to no process are Node's to handle as before. Answers a function that gives it back.
 *
 * Node has one place for this per thread, so it is shared by all runtimes and given back by the last.
 */
export function holdUncaught(): () => void {
  if (holders++ === 0) {
    process.setUncaughtExceptionCaptureCallback(onUncaught);
    process.on('unhandledRejection', onUnhandledRejection);
  }
  let held = true;
  return () => {
    if (!held) return;
    held = false;
    if (--holders === 0) release();
  };
}

function release(): void {
  process.setUncaughtExceptionCaptureCallback(null);
  process.off('unhandledRejection', onUnhandledRejection);
}

function onUncaught(error: unknown): void {
  if (!toOwner(error)) leaveToNode(error, 'uncaughtException');
}

function onUnhandledRejection(reason: unknown): void {
  if (toOwner(reason) || process.listenerCount('unhandledRejection') > 1) return;
  leaveToNode(reason, 'unhandledRejection');
}

/** Ends the owner with the error. What a dead process has left behind is nobody's any more, and is dropped. */
function toOwner(thrown: unknown): boolean {
  const owner = owners.getStore();
  if (owner === undefined || !owner.kernel.contained) return false;
  owner.contain(thrown);
  return true;
}

/** What Node does without us: tell the listeners, or print the error and exit. */
function leaveToNode(error: unknown, origin: NodeJS.UncaughtExceptionOrigin): void {
  const listeners = process.listeners('uncaughtException');
  for (const listener of listeners) listener(error as Error, origin);
  if (listeners.length > 0) return;
  release();
  process.nextTick(() => {
    throw error;
  });
}
