import { checkPid } from '../arguments.ts';
import { GenServer, startServer } from '../behaviours/gen-server.ts';
import type { Awaitable } from '../behaviours/gen-server-module.ts';
import type { RequestId } from '../behaviours/request-id-collection.ts';
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
  type DynamicChildSpec,
  type ResolvedChildSpec,
  resolveChildSpec,
  specOf,
} from './child-spec.ts';
import { checkDynamicOptions, checkMaxChildren } from './dynamic-supervisor-init.ts';
import {
  type DynamicGiven,
  type DynamicStart,
  dynamicSupervisorServer,
} from './dynamic-supervisor-server.ts';
import type { ChildResult } from './supervisor-server.ts';

/** Options are checked before anything is started, unless they are yet to be made. */
function checkGiven(given: DynamicGiven): DynamicGiven {
  if (typeof given !== 'function') checkDynamicOptions(given);
  return given;
}

const checked = new WeakMap<object, ResolvedChildSpec>();

function checkDynamicSpec(spec: object): ResolvedChildSpec {
  let resolved = checked.get(spec);
  if (resolved === undefined) {
    resolved = resolveChildSpec({ id: 'dynamic', ...spec });
    checked.set(spec, resolved);
  }
  return resolved;
}

function ask(host: Host, supervisor: Address, request: string, payload?: unknown): Promise<unknown> {
  const { kernel, parent } = resolveHost(host);
  return call(kernel, parent, 'call', supervisor, request, payload, { timeout: 'infinity' });
}

async function start(
  host: Host,
  linked: boolean,
  options: DynamicGiven,
  startOptions: StartOptions | undefined,
): Promise<Pid> {
  checkStartOptions(startOptions);
  const result = await startServer(
    host,
    linked,
    dynamicSupervisorServer,
    checkGiven(options),
    startOptions,
    'DynamicSupervisor',
  );
  if (result.kind === 'ok') return result.pid;
  throw new StartFailedError('the dynamic supervisor', result.kind === 'error' ? result.reason : 'ignore');
}

/**
 * Supervisors of children that come and go at run time, known by their pids: connections, sessions, jobs. They are
 * restarted one for one and stopped all at once. Elixir: `DynamicSupervisor`.
 */
export const DynamicSupervisor = {
  /** Starts a dynamic supervisor that is nobody's child. Options that are a function are made by it, or ignored. */
  start(host: Host, options: DynamicGiven = {}, startOptions?: StartOptions): Promise<Pid> {
    return start(host, false, options, startOptions);
  },

  /** Starts a dynamic supervisor linked to the process that starts it. */
  startLink(host: Host, options: DynamicGiven = {}, startOptions?: StartOptions): Promise<Pid> {
    return start(host, true, options, startOptions);
  },

  /** The child spec of a dynamic supervisor, to be put under another supervisor. */
  childSpec(
    id: string,
    options: DynamicGiven = {},
    child: Omit<ChildOptions, 'id' | 'type'> = {},
  ): ChildSpec {
    const given = checkGiven(options);
    const start = (parent: Self, started: StartOptions): Awaitable<StartResult> =>
      startServer(parent, true, dynamicSupervisorServer, given, started, 'DynamicSupervisor');
    return specOf(id, child, start, { type: 'supervisor' });
  },

  /**
   * Starts a child. Answers as the start did; `{ kind: 'error', reason: 'maxChildren' }` when there are as many as can be, and
   * then nothing was tried. A child that ignores, or fails, is not kept. A significant child is an error where `autoShutdown`
   * is `'never'`. The argument is given to `start`, each time; with it, many children can share one spec, which is then
   * checked once. Elixir: `extra_arguments`.
   */
  startChild<Argument = undefined>(
    host: Host,
    supervisor: Address,
    spec: DynamicChildSpec<Argument>,
    argument?: Argument,
  ): Promise<StartResult> {
    const start: DynamicStart = { spec: checkDynamicSpec(spec), argument };
    return ask(host, supervisor, 'startChild', start) as Promise<StartResult>;
  },

  /**
   * As `startChild`, for a process that does not wait: what it comes to, a `StartResult`, comes as a message. See
   * `GenServer.sendRequest`.
   */
  requestChild<Argument = undefined>(
    self: Self,
    supervisor: Address,
    spec: DynamicChildSpec<Argument>,
    argument?: Argument,
  ): RequestId<StartResult> {
    const start: DynamicStart = { spec: checkDynamicSpec(spec), argument };
    return GenServer.sendRequest(self, supervisor, 'startChild', start) as RequestId<StartResult>;
  },

  /**
   * Starts one more child of a supervisor that has one spec for all, with this argument. Answers as `startChild`; an error
   * where there is no such spec, as `startChild` is one where there is. OTP: `supervisor:start_child/2` of a
   * `simple_one_for_one` supervisor.
   */
  startChildWith<Argument = undefined>(
    host: Host,
    supervisor: Address,
    argument?: Argument,
  ): Promise<StartResult> {
    const start: DynamicStart = { spec: undefined, argument };
    return ask(host, supervisor, 'startChild', start) as Promise<StartResult>;
  },

  /** Stops a child and forgets it. `notFound` for a pid that is no child, or no longer. */
  terminateChild(host: Host, supervisor: Address, pid: Pid): Promise<ChildResult> {
    return ask(
      host,
      supervisor,
      'terminateChild',
      checkPid(pid, 'the pid of a child'),
    ) as Promise<ChildResult>;
  },

  /** The children, oldest first. */
  whichChildren(host: Host, supervisor: Address): Promise<readonly ChildDescription[]> {
    return ask(host, supervisor, 'whichChildren') as Promise<readonly ChildDescription[]>;
  },

  /** How many children there are: all, those that run, workers and supervisors. OTP: `supervisor:count_children/1`. */
  countChildren(host: Host, supervisor: Address): Promise<ChildCounts> {
    return ask(host, supervisor, 'countChildren') as Promise<ChildCounts>;
  },

  /** Changes how many children there can be. Those that are there already stay, also when there are more. */
  async setMaxChildren(host: Host, supervisor: Address, maxChildren: number | 'infinity'): Promise<void> {
    await ask(host, supervisor, 'setMaxChildren', checkMaxChildren(maxChildren));
  },

  /** Stops the supervisor and its children, who are told all at once; resolves when all are dead. */
  stop(host: Host, supervisor: Address, options: StopOptions = {}): Promise<void> {
    return GenServer.stop(host, supervisor, { reason: 'shutdown', ...options });
  },
};
