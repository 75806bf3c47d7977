import { checkOptions } from '../arguments.ts';
import type { Awaitable } from '../behaviours/gen-server-module.ts';
import type { StopOptions } from '../behaviours/server-ref.ts';
import { StartFailedError } from '../errors.ts';
import type { Address } from '../name.ts';
import type { Pid } from '../pid.ts';
import type { Self } from '../process/self.ts';
import type { StartOptions, StartResult } from '../process/start.ts';
import { type Host, resolveHost } from '../runtime.ts';
import type {
  ChildOptions,
  ChildSpec,
  DynamicChildSpec,
  Restart,
  Shutdown,
} from '../supervisor/child-spec.ts';
import { DynamicSupervisor } from '../supervisor/dynamic-supervisor.ts';
import type { DynamicSupervisorOptions } from '../supervisor/dynamic-supervisor-init.ts';
import type { ChildResult } from '../supervisor/supervisor-server.ts';
import { AsyncTask } from './async-task.ts';
import type { StreamInput } from './stream-input.ts';
import type { TaskStreamOptions } from './stream-options.ts';
import { checkOwner } from './task.ts';
import { callersFrom, startTask, type TaskFunction } from './task-program.ts';
import { TaskRequest } from './task-request.ts';
import { type TaskStream, taskStream } from './task-stream.ts';

/** How a supervised task is stopped. */
export interface SupervisedTaskOptions {
  /** How long it may take to stop when its supervisor does, in ms: 5,000 unless said; `'brutalKill'` kills it at once. */
  readonly shutdown?: Shutdown;
}

/** How a task that nobody waits for is supervised. */
export interface StartTaskOptions extends SupervisedTaskOptions {
  /** When it is started again after its end: never unless said. */
  readonly restart?: Restart;
  /** What it is for, in trees and reports. */
  readonly label?: string;
}

type RequestSpec = DynamicChildSpec<Pick<TaskRequest<unknown>, 'startBySupervisor'>>;

/** A task that is waited for is never started again: its owner waits for this one. */
function requestSpec(shutdown: Shutdown): RequestSpec {
  return {
    restart: 'temporary',
    shutdown,
    start: (supervisor, request) => request.startBySupervisor(supervisor),
  };
}

// One spec for most tasks, so that it is checked once.
const REQUEST = requestSpec(5_000);

async function startRequest<Value>(
  self: Self,
  supervisor: Address,
  request: TaskRequest<Value>,
  { shutdown }: SupervisedTaskOptions,
): Promise<Pid> {
  const spec = shutdown === undefined ? REQUEST : requestSpec(shutdown);
  const result = await DynamicSupervisor.startChild(self, supervisor, spec, request);
  if (result.kind === 'ok') return result.pid;
  throw new StartFailedError('the task', result.kind === 'error' ? result.reason : 'ignore');
}

async function startAsync<Value>(
  self: Self,
  supervisor: Address,
  linked: boolean,
  code: TaskFunction<Value>,
  options: SupervisedTaskOptions,
): Promise<AsyncTask<Value>> {
  checkOptions('a supervised task', options, ['shutdown']);
  const owner = checkOwner(self).process;
  const request = new TaskRequest(owner, linked, code);
  return new AsyncTask(await startRequest(self, supervisor, request, options), owner, request.watch);
}

function stream<Element, Value>(
  self: Self,
  supervisor: Address,
  linked: boolean,
  input: StreamInput<Element>,
  code: (element: Element, self: Self) => Awaitable<Value>,
  { shutdown, ...options }: TaskStreamOptions & SupervisedTaskOptions,
): TaskStream<Element, Value> {
  const startBySupervisor = (request: TaskRequest<Value>): Promise<Pid> => {
    return startRequest(self, supervisor, request, shutdown === undefined ? {} : { shutdown });
  };
  return taskStream(self, input, { code, linked, startBySupervisor }, options);
}

/** What a task supervisor is started with: its children are tasks, and have no other spec. */
export type TaskSupervisorOptions = Omit<DynamicSupervisorOptions, 'child'>;

/**
 * Supervisors of tasks: a `DynamicSupervisor`, whose functions work on it too. Elixir: `Task.Supervisor`.
 *
 * A task that somebody waits for belongs to two: it is the supervisor's child, and its owner's to await. With `async` it is
 * linked to the owner as well; with `asyncNoLink` its failure is a result for the owner, and nothing worse.
 */
export const TaskSupervisor = {
  /** Starts a task supervisor that is nobody's child. */
  start(host: Host, options?: TaskSupervisorOptions, startOptions?: StartOptions): Promise<Pid> {
    return DynamicSupervisor.start(host, options, startOptions);
  },

  /** Starts a task supervisor linked to the process that starts it. */
  startLink(host: Host, options?: TaskSupervisorOptions, startOptions?: StartOptions): Promise<Pid> {
    return DynamicSupervisor.startLink(host, options, startOptions);
  },

  /** The child spec of a task supervisor, to be put under another supervisor. */
  childSpec(
    id: string,
    options?: TaskSupervisorOptions,
    child?: Omit<ChildOptions, 'id' | 'type'>,
  ): ChildSpec {
    return DynamicSupervisor.childSpec(id, options, child);
  },

  /**
   * Starts a task under the supervisor, linked to its owner, who awaits its value. Rejects with `StartFailedError` when there
   * are as many children as can be: its `reason` is `'maxChildren'`.
   */
  async<Value>(
    self: Self,
    supervisor: Address,
    code: TaskFunction<Value>,
    options: SupervisedTaskOptions = {},
  ): Promise<AsyncTask<Value>> {
    return startAsync(self, supervisor, true, code, options);
  },

  /** As `async`, without the link: neither end of the two takes the other along. */
  asyncNoLink<Value>(
    self: Self,
    supervisor: Address,
    code: TaskFunction<Value>,
    options: SupervisedTaskOptions = {},
  ): Promise<AsyncTask<Value>> {
    return startAsync(self, supervisor, false, code, options);
  },

  /** `Task.asyncStream` with tasks under the supervisor. Rejects with `StartFailedError` when there are too many children. */
  asyncStream<Element, Value>(
    self: Self,
    supervisor: Address,
    input: StreamInput<Element>,
    code: (element: Element, self: Self) => Awaitable<Value>,
    options: TaskStreamOptions & SupervisedTaskOptions = {},
  ): TaskStream<Element, Value> {
    return stream(self, supervisor, true, input, code, options);
  },

  /** As `asyncStream`, but a task that fails is always a result, also for an owner that does not trap exits. */
  asyncStreamNoLink<Element, Value>(
    self: Self,
    supervisor: Address,
    input: StreamInput<Element>,
    code: (element: Element, self: Self) => Awaitable<Value>,
    options: TaskStreamOptions & SupervisedTaskOptions = {},
  ): TaskStream<Element, Value> {
    return stream(self, supervisor, false, input, code, options);
  },

  /**
   * Starts a task that nobody waits for; not linked to who asks for it. Answers as `DynamicSupervisor.startChild` does:
   * `{ kind: 'error', reason: 'maxChildren' }` when there are as many as can be.
   */
  startChild(
    host: Host,
    supervisor: Address,
    code: TaskFunction<unknown>,
    { label, ...options }: StartTaskOptions = {},
  ): Promise<StartResult> {
    const callers = callersFrom(resolveHost(host).parent);
    const start = (own: Self): StartResult => startTask(own, true, code, label, callers);
    return DynamicSupervisor.startChild(host, supervisor, { restart: 'temporary', ...options, start });
  },

  /** Stops a task. `notFound` for a pid that is no child, or no longer. */
  terminateChild(host: Host, supervisor: Address, pid: Pid): Promise<ChildResult> {
    return DynamicSupervisor.terminateChild(host, supervisor, pid);
  },

  /** The pids of the tasks that run, oldest first. */
  async children(host: Host, supervisor: Address): Promise<readonly Pid[]> {
    const children = await DynamicSupervisor.whichChildren(host, supervisor);
    return children.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  },

  /** Stops the supervisor and its tasks, who are told all at once; resolves when all are dead. */
  stop(host: Host, supervisor: Address, options?: StopOptions): Promise<void> {
    return DynamicSupervisor.stop(host, supervisor, options);
  },
};
