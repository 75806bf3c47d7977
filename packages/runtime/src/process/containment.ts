import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import type { EventEmitter } from 'node:events';
import { BadArgumentError } from '../errors.ts';
import type { Process } from './process.ts';
import { errorOfRejection, nodeFlags, rejectionMode, warnOfRejection } from './unhandled-rejection.ts';

/** Whose code is running, also after an await, in a timer, in a callback of Node: whatever that code has started. */
const owners = new AsyncLocalStorage<Process>();

// Nobody asks what has led to a process' making, or when its scope is collected: each would cost a process a number, an object.
const SCOPE_OPTIONS = { triggerAsyncId: 0, requireManualDestroy: true } as const;

/** Answers whether an error was one of its own, and has been dealt with. */
type Claim = (thrown: unknown) => boolean;

/** Shared by all copies of this module in a thread, of which Node has one such place: who may claim an uncaught error. */
const CLAIMS = Symbol.for('thousand-island.uncaught-errors');

/** Node's event for those who only look on: an error that nobody has caught. */
const MONITOR = 'uncaughtExceptionMonitor';

/** How many holds this copy has, of all its runtimes. A number: it is asked for with every turn of a process. */
let holds = 0;

/** Whether code is traced back to its process: while any runtime contains errors, since what another one starts is not its doing. */
export function isTraced(): boolean {
  return holds > 0;
}

/** The context that this code runs in: where a runtime is made, that of its processes. */
export function presentContext(): AsyncResource {
  return new AsyncResource('otp.Runtime', SCOPE_OPTIONS);
}

/**
 * The context that a process' code runs in: that of its runtime, whoever has started it or sends to it now; all it starts is traced
 * back to the process through it.
 */
export function scopeOf(process: Process): AsyncResource {
  // Asked with the first scope: on a Node that says no, to ask makes every promise slower from then on, as the scopes do.
  hasFrames ??= findFrames();
  // `run` copies the map of what is known here twice: to go in, and to come back. What `enterWith` does is over for nothing.
  return process.kernel.context.runInAsyncScope(hasFrames ? enter : run, undefined, process);
}

let hasFrames: boolean | undefined;

/**
 * Whether Node keeps contexts as maps of their own, as it does since 24, and not with each resource: then what `enterWith` does in
 * a scope is over when that is left.
 */
function findFrames(): boolean {
  const probe = new AsyncLocalStorage<boolean>();
  const scope = new AsyncResource('otp.Probe', SCOPE_OPTIONS);
  scope.runInAsyncScope(() => probe.enterWith(true));
  const stays = scope.runInAsyncScope(() => probe.getStore());
  probe.disable();
  return stays === undefined;
}

function enter(process: Process): AsyncResource {
  owners.enterWith(process);
  return makeScope();
}

function run(process: Process): AsyncResource {
  return owners.run(process, makeScope);
}

function makeScope(): AsyncResource {
  return new AsyncResource('otp.Process', SCOPE_OPTIONS);
}

/** Whose code has led here, also after an await; undefined for code of no process, or of one that is not contained. */
export function ownerOfContext(): Process | undefined {
  return owners.getStore();
}

/**
 * Takes over what would end Node: an error that nobody caught goes to the process whose code, directly or not, has thrown
 * it. Errors that belong to no process are Node's to handle as before. Answers a function that gives it back.
 *
 * Node has one place for this per thread, so it is shared by all runtimes, also of other copies of this package, and given
 * back by the last. `BadArgumentError` if something else holds it.
 */
export function holdUncaught(): () => void {
  const claims = sharedClaims();
  if (claims.size === 0) install();
  // A function of its own for each hold: they are counted by being in the set.
  const claim: Claim = (thrown) => toOwner(thrown);
  claims.add(claim);
  holds++;
  return () => {
    if (!claims.delete(claim)) return;
    holds--;
    if (claims.size === 0) uninstall();
  };
}

function sharedClaims(): Set<Claim> {
  const found: Set<Claim> | undefined = Reflect.get(globalThis, CLAIMS);
  if (found !== undefined) return found;
  const claims = new Set<Claim>();
  Reflect.set(globalThis, CLAIMS, claims);
  return claims;
}

function install(): void {
  if (process.hasUncaughtExceptionCaptureCallback()) {
    throw new BadArgumentError(
      'errors cannot be contained: something else has called process.setUncaughtExceptionCaptureCallback; ' +
        'end that, or do without (containment: false for a server)',
    );
  }
  process.setUncaughtExceptionCaptureCallback(onUncaught);
  // Before all others: one that is there once is there no more when it has been told.
  process.prependListener('unhandledRejection', onUnhandledRejection);
}

function uninstall(): void {
  process.setUncaughtExceptionCaptureCallback(null);
  process.off('unhandledRejection', onUnhandledRejection);
}

function onUncaught(error: unknown): void {
  if (isClaimed(error) || isHeard(error, 'uncaughtException')) return;
  uninstall();
  process.nextTick(() => {
    // Told already, before we were asked; Node ends now.
    process.removeAllListeners(MONITOR);
    throw error;
  });
}

function onUnhandledRejection(reason: unknown): void {
  if (isClaimed(reason) || process.listenerCount('unhandledRejection') > 1) return;
  // Our listener keeps Node from doing this by itself.
  switch (rejectionMode(nodeFlags())) {
    case 'throw':
      throwRejection(reason);
      return;
    case 'warn-with-error-code':
      warnOfRejection(reason);
      process.exitCode = 1;
      return;
    default:
      // Silent, or Node has thrown or warned already, whoever listens.
      return;
  }
}

function throwRejection(reason: unknown): void {
  if (process.listenerCount('uncaughtException') > 0) {
    const error = errorOfRejection(reason);
    (process as EventEmitter).emit(MONITOR, error, 'unhandledRejection');
    if (isHeard(error, 'unhandledRejection')) return;
  }
  uninstall();
  // Node does the rest, as if it had been rejected now.
  void Promise.reject(reason);
}

/** Tells the listeners, as Node does; answers whether there are any. */
function isHeard(error: unknown, origin: NodeJS.UncaughtExceptionOrigin): boolean {
  return (process as EventEmitter).emit('uncaughtException', error, origin);
}

function isClaimed(thrown: unknown): boolean {
  for (const claim of sharedClaims()) if (claim(thrown)) return true;
  return false;
}

/** Ends the owner with the error. */
function toOwner(thrown: unknown): boolean {
  const owner = owners.getStore();
  if (owner === undefined || !owner.kernel.contained) return false;
  owner.contain(thrown);
  return true;
}
