import { checkOptions } from '../arguments.ts';
import { GenServer, startServer } from '../behaviours/gen-server.ts';
import type { Awaitable } from '../behaviours/gen-server-module.ts';
import type { StopOptions } from '../behaviours/server-ref.ts';
import { BadArgumentError, NoProcessError, StartFailedError } from '../errors.ts';
import { type Address, checkAddress, type Via, via } from '../name.ts';
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
import { checkPartitionKey, type PartitionKey } from './partition-key.ts';
import {
  findPartitions,
  type PartitionInit,
  PartitionNames,
  type PartitionState,
  partitionSupervisorServer,
  type ResizeResult,
} from './partition-supervisor-server.ts';
import { RestartBudget } from './restart-budget.ts';
import { Supervisor } from './supervisor.ts';
import { checkIntensity, type IntensityOptions } from './supervisor-options.ts';

/** What a partition supervisor is started with. Its partitions are restarted one for one. */
export type PartitionSupervisorOptions<Argument = undefined> = IntensityOptions & {
  /** How each partition is started; `serversSpec(module)` for servers. */
  readonly child: DynamicChildSpec<Argument>;
  /** How many partitions there are, and at most can be. One thread serves them all, so that no number suggests itself. */
  readonly partitions: number;
} & (undefined extends Argument
    ? { readonly argument?: (partition: number) => Argument }
    : {
        /** What a partition is started with, each time. Elixir: `with_arguments`. */
        readonly argument: (partition: number) => Argument;
      });

const OPTIONS = ['child', 'partitions', 'argument', 'intensity', 'period'];

function checkCount(what: string, count: unknown, least: number): number {
  if (typeof count === 'number' && Number.isInteger(count) && count >= least) return count;
  throw BadArgumentError.of(what, `a whole number >= ${least}`, count);
}

function initOf<Argument>(options: PartitionSupervisorOptions<Argument>): PartitionInit {
  checkOptions('a partition supervisor', options, OPTIONS);
  const { child, argument } = options;
  const partitions = checkCount('partitions', options.partitions, 1);
  if (typeof child !== 'object' || child === null)
    throw BadArgumentError.of('child', 'a child spec without an id', child);
  if (argument !== undefined && typeof argument !== 'function')
    throw BadArgumentError.of('argument', 'a function of the partition', argument);
  const specOf = (partition: number): ResolvedChildSpec => {
    const { start, ...rest } = resolveChildSpec({ ...child, id: String(partition) }, 'never');
    return { ...rest, start: (supervisor) => start(supervisor, argument?.(partition) as never) };
  };
  return {
    budget: new RestartBudget(checkIntensity(options)),
    specs: Array.from({ length: partitions }, (_, partition) => specOf(partition)),
  };
}

async function start<Argument>(
  host: Host,
  linked: boolean,
  options: PartitionSupervisorOptions<Argument>,
  startOptions: StartOptions | undefined,
): Promise<Pid> {
  resolveHost(host);
  checkStartOptions(startOptions);
  const init = initOf(options);
  const module = partitionSupervisorServer;
  const result = await startServer(host, linked, module, init as never, startOptions, 'PartitionSupervisor');
  if (result.kind === 'ok') return result.pid;
  throw new StartFailedError('the partition supervisor', result.kind === 'error' ? result.reason : 'ignore');
}

function requirePartitions(host: Host, supervisor: Address): PartitionState {
  const state = findPartitions(resolveHost(host).kernel, checkAddress(supervisor));
  if (state !== undefined) return state;
  throw new NoProcessError(`there is no partition supervisor ${String(supervisor)}`);
}

/**
 * Supervisors of many processes of one kind, so that their work is spread by a key: the same key leads to the same partition,
 * also after that was restarted. Elixir: `PartitionSupervisor`.
 *
 * The children have the ids `'0'`, `'1'`, …; besides the functions here, those of `Supervisor` work on it too.
 *
 * @example
 * ```ts
 * const runtime = new Runtime();
 * const counter = defineServer({
 *   init: (start: number) => ({ count: start }),
 *   handleCall: { count: (_: undefined, _from, state) => reply(state.count) },
 * });
 * const options = { child: serversSpec(counter), partitions: 4, argument: (partition: number) => partition };
 * await PartitionSupervisor.start(runtime, options, { name: 'counters' });
 * await runtime.call(PartitionSupervisor.via('counters', 6), 'count'); // => 2
 * ```
 */
export const PartitionSupervisor = {
  /** Starts a partition supervisor that is nobody's child. `StartFailedError` if a partition does not start. */
  start<Argument = undefined>(
    host: Host,
    options: PartitionSupervisorOptions<Argument>,
    startOptions?: StartOptions,
  ): Promise<Pid> {
    return start(host, false, options, startOptions);
  },

  /** Starts a partition supervisor linked to the process that starts it. */
  startLink<Argument = undefined>(
    host: Host,
    options: PartitionSupervisorOptions<Argument>,
    startOptions?: StartOptions,
  ): Promise<Pid> {
    return start(host, true, options, startOptions);
  },

  /** The child spec of a partition supervisor, to be put under another supervisor. */
  childSpec<Argument = undefined>(
    id: string,
    options: PartitionSupervisorOptions<Argument>,
    childOptions: Omit<ChildOptions, 'id' | 'type'> = {},
  ): ChildSpec {
    initOf(options);
    const start = (parent: Self, started: StartOptions): Awaitable<StartResult> =>
      startServer(parent, true, partitionSupervisorServer, initOf(options), started, 'PartitionSupervisor');
    return specOf(id, childOptions, start, { type: 'supervisor' });
  },

  /**
   * The name of the process that a key leads to, looked up each time it is used: a whole number by its remainder, anything else
   * by a hash. It is nobody's while that process does not run, and when there are no partitions.
   */
  via(supervisor: Address, key: PartitionKey): Via {
    return via(new PartitionNames(checkAddress(supervisor)), checkPartitionKey(key));
  },

  /** How many partitions keys lead to. `NoProcessError` if the supervisor does not run. */
  partitions(host: Host, supervisor: Address): number {
    return requirePartitions(host, supervisor).size;
  },

  /**
   * Changes how many partitions keys lead to; resolves to how many it was. There can be as many as at the start: more are
   * refused with `BadArgumentError`. Those that are not needed are stopped, last one first, and keep their specs; with 0, keys
   * lead nowhere. If a partition does not start, those before it are there, and it rejects with `StartFailedError`.
   */
  async resize(host: Host, supervisor: Address, partitions: number): Promise<number> {
    const size = checkCount('partitions', partitions, 0);
    requirePartitions(host, supervisor);
    const { kernel, parent } = resolveHost(host);
    const wait = { timeout: 'infinity' } as const;
    const result = (await call(kernel, parent, 'call', supervisor, 'resize', size, wait)) as ResizeResult;
    if (result.kind === 'ok') return result.before;
    if (result.kind === 'error') throw new StartFailedError('a partition', result.reason);
    throw BadArgumentError.of('partitions', `at most ${result.most}, as at the start`, partitions);
  },

  /** The partitions, stopped ones too. */
  whichChildren(host: Host, supervisor: Address): Promise<readonly ChildDescription[]> {
    return Supervisor.whichChildren(host, supervisor);
  },

  /** How many partitions there are, and run. Elixir: `PartitionSupervisor.count_children/1`. */
  countChildren(host: Host, supervisor: Address): Promise<ChildCounts> {
    return Supervisor.countChildren(host, supervisor);
  },

  /** Stops the supervisor and, before it, its partitions, last one first; resolves when all are dead. */
  stop(host: Host, supervisor: Address, options: StopOptions = {}): Promise<void> {
    return GenServer.stop(host, supervisor, { reason: 'shutdown', ...options });
  },
};
