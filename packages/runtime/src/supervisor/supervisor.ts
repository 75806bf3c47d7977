import { GenServer, startServer } from '../behaviours/gen-server.ts';
import type { Awaitable } from '../behaviours/gen-server-module.ts';
import type { StopOptions } from '../behaviours/server-ref.ts';
import { StartFailedError } from '../errors.ts';
import type { Address } from '../name.ts';
import type { Pid } from '../pid.ts';
import { call } from '../process/call.ts';
import type { ChildDescription } from '../process/program.ts';
import type { Self } from '../process/self.ts';
import { checkStartOptions, type StartOptions, type StartResult } from '../process/start.ts';
import { type Host, resolveHost } from '../runtime.ts';
import type { ChildCounts } from './child-counts.ts';
import {
  type ChildOptions,
  type ChildSpec,
  type ResolvedChildSpec,
  resolveChildSpec,
  specOf,
} from './child-spec.ts';
import {
  checkSupervisorOptions,
  type SupervisorInitFunction,
  type SupervisorOptions,
} from './supervisor-init.ts';
import { type ChildResult, type StartChildResult, supervisorServer } from './supervisor-server.ts';

function ask(host: Host, supervisor: Address, request: string, payload?: unknown): Promise<unknown> {
  const { kernel, parent } = resolveHost(host);
  // OTP: a supervisor is asked without a timeout, since starting and stopping children takes what it takes.
  return call(kernel, parent, 'call', supervisor, request, payload, { timeout: 'infinity' });
}

async function start(
  host: Host,
  linked: boolean,
  options: SupervisorOptions | SupervisorInitFunction,
  start?: StartOptions,
): Promise<Pid> {
  resolveHost(host);
  checkStartOptions(start);
  if (typeof options !== 'function') checkSupervisorOptions(options);
  const result = await startServer(host, linked, supervisorServer, options, start, 'Supervisor');
  if (result.kind === 'ok') return result.pid;
  throw new StartFailedError('the supervisor', result.kind === 'error' ? result.reason : 'ignore');
}

/**
 * Processes that start, watch, restart and stop other processes. OTP: `supervisor`.
 *
 * All functions reject with `NoProcessError` or `CallExitError` if the supervisor is not there or ends first.
 */
export const Supervisor = {
  /**
   * Starts a supervisor that is nobody's child, with its children. `StartFailedError` if one of them does not start, or,
   * with the reason `'ignore'`, if the options are a function that ignores.
   */
  start(
    host: Host,
    options: SupervisorOptions | SupervisorInitFunction,
    startOptions?: StartOptions,
  ): Promise<Pid> {
    return start(host, false, options, startOptions);
  },

  /** Starts a supervisor linked to the process that starts it. */
  startLink(
    host: Host,
    options: SupervisorOptions | SupervisorInitFunction,
    startOptions?: StartOptions,
  ): Promise<Pid> {
    return start(host, true, options, startOptions);
  },

  /**
   * The child spec of a supervisor, to be put under another one. Options that are a function are made each time it is
   * started; children can so be told who their grandparent is: `self.parent`.
   */
  childSpec(
    id: string,
    options: SupervisorOptions | SupervisorInitFunction,
    childOptions: Omit<ChildOptions, 'id' | 'type'> = {},
  ): ChildSpec {
    if (typeof options !== 'function') checkSupervisorOptions(options);
    const start = (parent: Self, started: StartOptions): Awaitable<StartResult> =>
      startServer(parent, true, supervisorServer, options, started, 'Supervisor');
    return specOf(id, childOptions, start, { type: 'supervisor' });
  },

  /**
   * Adds a child and starts it. A failed start keeps nothing. Answers `{ alreadyStarted: pid }` as the reason when a child
   * with this id runs, `'alreadyPresent'` when it is known but does not run.
   */
  startChild(host: Host, supervisor: Address, spec: ChildSpec): Promise<StartChildResult> {
    return ask(host, supervisor, 'startChild', resolveChildSpec(spec)) as Promise<StartChildResult>;
  },

  /**
   * Stops a child and keeps its spec, so that `restartChild` can bring it back; a temporary child's spec goes with it.
   * Answers `ok` also for a child that was not running, `notFound` when no child has this id.
   */
  terminateChild(host: Host, supervisor: Address, id: string): Promise<ChildResult> {
    return ask(host, supervisor, 'terminateChild', id) as Promise<ChildResult>;
  },

  /** Starts a child that is known and does not run. */
  restartChild(host: Host, supervisor: Address, id: string): Promise<StartChildResult> {
    return ask(host, supervisor, 'restartChild', id) as Promise<StartChildResult>;
  },

  /** Forgets a child that does not run. */
  deleteChild(host: Host, supervisor: Address, id: string): Promise<ChildResult> {
    return ask(host, supervisor, 'deleteChild', id) as Promise<ChildResult>;
  },

  /** The children, youngest first. */
  whichChildren(host: Host, supervisor: Address): Promise<readonly ChildDescription[]> {
    return ask(host, supervisor, 'whichChildren') as Promise<readonly ChildDescription[]>;
  },

  /** How many children there are: all, those that run, workers and supervisors. OTP: `supervisor:count_children/1`. */
  countChildren(host: Host, supervisor: Address): Promise<ChildCounts> {
    return ask(host, supervisor, 'countChildren') as Promise<ChildCounts>;
  },

  /** A child's spec with all its defaults; undefined when no child has this id. */
  getChildSpec(host: Host, supervisor: Address, id: string): Promise<ResolvedChildSpec | undefined> {
    return ask(host, supervisor, 'getChildSpec', id) as Promise<ResolvedChildSpec | undefined>;
  },

  /** Stops the supervisor and, before it, its children, youngest first; resolves when all are dead. */
  stop(host: Host, supervisor: Address, options: StopOptions = {}): Promise<void> {
    return GenServer.stop(host, supervisor, { reason: 'shutdown', ...options });
  },
};
