import { BadArgumentError, NotSuspendedError } from '../errors.ts';
import type { ExitReason } from '../exit-reason.ts';
import type { Pid } from '../pid.ts';
import { answer, type CallMessage } from '../process/call.ts';
import type { Process } from '../process/process.ts';
import { isThenable } from '../process/thenable.ts';
import type { Awaitable } from './gen-server-module.ts';
import { KEEP, ReplyResult, StopResult } from './gen-server-result.ts';
import { Debug, type DebugInstall, type DebugOptions, type ServerStatistics } from './sys-debug.ts';
import type { SystemEvent } from './sys-event.ts';

/** A behaviour that `sys` can look into: what its program has to have. */
export interface SystemServer {
  readonly process: Process;
  readonly behaviour: string;
  readonly module: { readonly name?: string };
  readonly state: unknown;
  /** The messages that wait for `resume`; undefined while it is not suspended. */
  suspended: unknown[] | undefined;
  /** Who looks on; undefined while nobody does. */
  debug: Debug | undefined;
  /** The state as its module lets it be seen. */
  visibleState(): unknown;
  /** Goes on with other code; answers the state that this makes of the present one, and throws if it cannot. */
  changeCode(change: CodeChange): Awaitable<unknown>;
}

/** What a server's code is to be changed to. OTP: the arguments of `sys:change_code/4`. */
export interface CodeChange {
  /** The module it goes on with; its own unless said, whose `codeChange` is called all the same. */
  readonly module?: unknown;
  /** What the module that it has had until now was; that one's `version` unless said. */
  readonly oldVersion?: unknown;
  /** Whatever else the module's `codeChange` is to be told. */
  readonly extra?: unknown;
}

/** A server at one moment. OTP: `sys:get_status/1`. */
export interface ServerStatus {
  readonly pid: Pid;
  readonly parent: Pid | undefined;
  readonly behaviour: string;
  readonly module: string | undefined;
  readonly status: 'running' | 'suspended';
  readonly debug: Debug['options'] | undefined;
  /** What `formatStatus` makes of the state; undefined if that throws. */
  readonly state: unknown;
}

/** What `sys` can ask of a server, with what goes along. Each is a message like any other, so it waits for those before it. */
export interface SystemRequests {
  getState: undefined;
  replaceState: (state: unknown) => Awaitable<unknown>;
  getStatus: undefined;
  suspend: undefined;
  resume: undefined;
  terminate: ExitReason;
  changeCode: CodeChange;
  debug: DebugOptions;
  install: DebugInstall;
  remove: { readonly id: unknown };
  noDebug: undefined;
  statistics: undefined;
  log: undefined;
}

/** What a server answers. */
export interface SystemAnswers extends Record<keyof SystemRequests, unknown> {
  getStatus: ServerStatus;
  statistics: ServerStatistics | undefined;
  log: readonly SystemEvent[];
}

/** A request that the server could not carry out: nothing has changed, and the one who asked is to be told. */
export class SystemFailure {
  readonly thrown: unknown;
  constructor(thrown: unknown) {
    this.thrown = thrown;
  }
}

/** Who waits for the end of a server, and not for an answer: the sender of a `terminate` that nobody is to answer. */
export const NOBODY = { toString: () => 'nobody' };

/** Carries out a system message and answers with a result as a callback would. @internal */
export function handleSystemMessage(
  server: SystemServer,
  message: CallMessage,
): Awaitable<ReplyResult<unknown, unknown> | StopResult<unknown, unknown>> {
  const { request, payload, from } = message;
  if (request === 'terminate') {
    // OTP: the one who asked is answered first, and not made to wait for the end.
    if (from !== NOBODY) answer(from, undefined);
    return new StopResult(payload as ExitReason, KEEP, undefined);
  }
  if (request === 'replaceState') return replaceState(server, payload as SystemRequests['replaceState']);
  if (request === 'changeCode') return changeCode(server, payload as CodeChange);
  return new ReplyResult(
    attempt(() => carryOut(server, request, payload)),
    KEEP,
    undefined,
  );
}

function carryOut(server: SystemServer, request: string, payload: unknown): unknown {
  switch (request as Exclude<keyof SystemRequests, 'terminate' | 'replaceState' | 'changeCode'>) {
    case 'getState':
      return server.state;
    case 'getStatus':
      return statusOf(server);
    case 'suspend':
      server.suspended ??= [];
      return undefined;
    case 'resume':
      return resume(server);
    case 'debug':
      return withDebug(server, (debug) => debug.set(payload as DebugOptions));
    case 'install':
      return withDebug(server, (debug) => debug.set({ install: [payload as DebugInstall] }));
    case 'remove':
      return withDebug(server, (debug) => debug.remove((payload as SystemRequests['remove']).id));
    case 'noDebug':
      server.debug = undefined;
      return undefined;
    case 'statistics':
      return server.debug?.statistics;
    case 'log':
      return server.debug?.log ?? [];
    default:
      throw new BadArgumentError(`there is no system request ${request}`);
  }
}

function attempt(code: () => unknown): unknown {
  try {
    return code();
  } catch (thrown) {
    return new SystemFailure(thrown);
  }
}

function replaceState(
  server: SystemServer,
  replace: (state: unknown) => unknown,
): Awaitable<ReplyResult<unknown, unknown>> {
  const state = attempt(() => replace(server.state));
  if (!isThenable(state)) return replaced(state);
  return Promise.resolve(state).then(replaced, (thrown) => replaced(new SystemFailure(thrown)));
}

function replaced(state: unknown): ReplyResult<unknown, unknown> {
  return new ReplyResult(state, state instanceof SystemFailure ? KEEP : state, undefined);
}

/** OTP: a change that fails leaves code and state as they were. */
async function changeCode(server: SystemServer, change: CodeChange): Promise<ReplyResult<unknown, unknown>> {
  if (server.suspended === undefined)
    return new ReplyResult(new SystemFailure(notSuspended(server)), KEEP, undefined);
  return Promise.resolve(attempt(() => server.changeCode(change))).then(
    (state) =>
      state instanceof SystemFailure
        ? new ReplyResult(state, KEEP, undefined)
        : new ReplyResult(undefined, state, undefined),
    (thrown) => new ReplyResult(new SystemFailure(thrown), KEEP, undefined),
  );
}

function notSuspended({ process }: SystemServer): NotSuspendedError {
  return new NotSuspendedError(`the code of ${process.pid} can be changed only while it is suspended`);
}

function statusOf(server: SystemServer): ServerStatus {
  const { process, behaviour, module, suspended, debug } = server;
  return {
    pid: process.pid,
    parent: process.parent,
    behaviour,
    module: module.name,
    status: suspended === undefined ? 'running' : 'suspended',
    debug: debug?.options,
    state: process.kernel.guard(() => server.visibleState()),
  };
}

/** What has come meanwhile is handled first, in its order. */
function resume(server: SystemServer): undefined {
  const { suspended, process } = server;
  if (suspended === undefined) return;
  server.suspended = undefined;
  process.putFirst(suspended);
  // They were taken out once, and will be again.
  process.handled -= suspended.length;
}

/** A server is looked at only as long as there is something that looks. */
function withDebug(server: SystemServer, change: (debug: Debug) => void): undefined {
  const debug = server.debug ?? new Debug(server.process);
  change(debug);
  server.debug = debug.isIdle ? undefined : debug;
}
