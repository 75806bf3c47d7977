import { GenServer, startServer } from '../behaviours/gen-server.ts';
import type { Awaitable } from '../behaviours/gen-server-module.ts';
import type { StopOptions } from '../behaviours/server-ref.ts';
import { BadArgumentError, StartFailedError } from '../errors.ts';
import type { Address } from '../name.ts';
import type { Pid } from '../pid.ts';
import { call } from '../process/call.ts';
import type { ChildDescription } from '../process/program.ts';
import type { Self } from '../process/self.ts';
import type { StartOptions, StartResult } from '../process/start.ts';
import { type Host, resolveHost } from '../runtime.ts';
import type { ChildCounts } from './child-counts.ts';
import { type ChildOptions, type ChildSpec, type ResolvedChildSpec, resolveChildSpec } from './child-spec.ts';
import { RestartBudget } from './restart-budget.ts';
import type { Strategy } from './restart-plan.ts';
import {
  type AutoShutdown,
  checkAutoShutdown,
  checkIntensity,
  checkStrategy,
  type IntensityOptions,
  refuseUnknown,
} from './supervisor-options.ts';
import {
  type ChildResult,
  type StartChildResult,
  type SupervisorInit,
  supervisorServer,
} from './supervisor-server.ts';

/** What a supervisor is started with. */
export interface SupervisorOptions extends IntensityOptions {
  /** Whom a child's crash takes along; `'oneForOne'` unless said. */
  readonly strategy?: Strategy;
  /** The children, started in this order and stopped in the reverse one. */
  readonly children?: readonly ChildSpec[];
  /** Whether the supervisor ends when its significant children have; `'never'` unless said. */
  readonly autoShutdown?: AutoShutdown;
}

const OPTIONS = ['strategy', 'children', 'autoShutdown', 'intensity', 'period'];

function checkOptions(options: SupervisorOptions): SupervisorInit {
  refuseUnknown('a supervisor', options, OPTIONS);
  const autoShutdown = checkAutoShutdown(options.autoShutdown ?? 'never');
  const specs = (options.children ?? []).map((spec) => resolveChildSpec(spec, autoShutdown));
  const ids = new Set<string>();
  for (const { id } of specs) {
    if (ids.has(id)) throw BadArgumentError.of('the id of a child', 'different from its siblings', id);
    ids.add(id);
  }
  const strategy = checkStrategy(options.strategy ?? 'oneForOne');
  return { strategy, autoShutdown, budget: new RestartBudget(checkIntensity(options)), specs };
}

function ask(host: Host, supervisor: Address, request: string, payload?: unknown): Promise<unknown> {
  const { kernel, parent } = resolveHost(host);
  // OTP: a supervisor is asked without a timeout, since starting and stopping children takes what it takes.
  return call(kernel, parent, 'call', supervisor, request, payload, { timeout: 'infinity' });
}

async function start(
  host: Host,
  linked: boolean,
  options: SupervisorOptions,
  start?: StartOptions,
): Promise<Pid> {
  const init = checkOptions(options);
  const result = await startServer(host, linked, supervisorServer, init, start, 'Supervisor');
  if (result.kind === 'ok') return result.pid;
  throw new StartFailedError('the supervisor', result.kind === 'error' ? result.reason : 'ignore');
}

/**
 * Processes that start, watch, restart and stop other processes. OTP: `supervisor`.
 *
 * All functions reject with `NoProcessError` or `CallExitError` if the supervisor is not there or ends first.
 */
export const Supervisor = {
  /** Starts a supervisor that is nobody's child, with its children. `StartFailedError` if one of them does not start. */
  start(host: Host, options: SupervisorOptions, startOptions?: StartOptions): Promise<Pid> {
    return start(host, false, options, startOptions);
  },

  /** Starts a supervisor linked to the process that starts it. */
  startLink(host: Host, options: SupervisorOptions, startOptions?: StartOptions): Promise<Pid> {
    return start(host, true, options, startOptions);
  },

  /**
   * The child spec of a supervisor, to be put under another one. The options may be made when it is started, from the `Self`
   * of the supervisor above: children can so be told who their grandparent is.
   */
  childSpec(
    id: string,
    options: SupervisorOptions | ((parent: Self) => SupervisorOptions),
    childOptions: Omit<ChildOptions, 'id' | 'type'> = {},
  ): ChildSpec {
    const { name, label, ...rest } = childOptions;
    const startOptions = {
      ...(name === undefined ? {} : { name }),
      ...(label === undefined ? {} : { label }),
    };
    if (typeof options !== 'function') checkOptions(options);
    const start = (parent: Self): Awaitable<StartResult> => {
      const init = checkOptions(typeof options === 'function' ? options(parent) : options);
      return startServer(parent, true, supervisorServer, init, startOptions, 'Supervisor');
    };
    return { ...rest, id, type: 'supervisor', start };
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
