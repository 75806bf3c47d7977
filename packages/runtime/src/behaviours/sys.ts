import { checkFunction, checkOptions } from '../arguments.ts';
import type { ExitReason } from '../exit-reason.ts';
import type { Address } from '../name.ts';
import { type CallOptions, call } from '../process/call.ts';
import { type Host, resolveHost } from '../runtime.ts';
import type { AnyServer } from './gen-server-module.ts';
import { type DebugInstall, DONE, type ServerStatistics } from './sys-debug.ts';
import { formatSystemEvent, type SystemEvent } from './sys-event.ts';
import {
  type CodeChange,
  type ServerStatus,
  type SystemAnswers,
  SystemFailure,
  type SystemRequests,
} from './system-message.ts';

async function request<Name extends keyof SystemRequests>(
  host: Host,
  server: Address,
  name: Name,
  payload: SystemRequests[Name],
  options: CallOptions | undefined,
): Promise<SystemAnswers[Name]> {
  const { kernel, parent } = resolveHost(host);
  const answer = await call(kernel, parent, 'system', server, name, payload, options);
  if (answer instanceof SystemFailure) throw answer.thrown;
  return answer as SystemAnswers[Name];
}

/**
 * Looks into running servers, between two of their messages. Works on every behaviour that is a GenServer at heart:
 * supervisors and connections too. OTP: the module `sys`. All calls fail as `GenServer.call` does; a process that is no
 * server does not answer.
 */
export const sys = {
  /** What a debug function answers to be taken out. */
  done: DONE as typeof DONE,

  /** The server's state, itself and not a copy: look, do not touch. Also answered while suspended. */
  getState(host: Host, server: Address, options?: CallOptions): Promise<unknown> {
    return request(host, server, 'getState', undefined, options);
  },

  /**
   * Replaces the state by what the function makes of it, and resolves to it; the server waits for one that is async. A function
   * that throws changes nothing. `BadArgumentError` for what is no function.
   */
  async replaceState(
    host: Host,
    server: Address,
    replace: (state: unknown) => unknown,
    options?: CallOptions,
  ): Promise<unknown> {
    checkFunction('replace', replace);
    return request(host, server, 'replaceState', replace, options);
  },

  /** Who the server is and how it is: its state as its `formatStatus` shows it, and what it is being looked at with. */
  getStatus(host: Host, server: Address, options?: CallOptions): Promise<ServerStatus> {
    return request(host, server, 'getStatus', undefined, options);
  },

  /** Makes the server handle nothing but system messages until `resume`. Its mailbox fills meanwhile; twice is once. */
  async suspend(host: Host, server: Address, options?: CallOptions): Promise<void> {
    await request(host, server, 'suspend', undefined, options);
  },

  /** Lets a suspended server go on, with what has come meanwhile, in order. */
  async resume(host: Host, server: Address, options?: CallOptions): Promise<void> {
    await request(host, server, 'resume', undefined, options);
  },

  /**
   * Has a suspended server go on with other code: its state becomes what the new module's `codeChange` makes of it. Without
   * a module it is the server's own that is asked. Rejects with `NotSuspendedError`, or with what `codeChange` throws; code
   * and state are then as they were. The server stays suspended until `resume`.
   *
   * A supervisor's own takes `SupervisorOptions`, or a function that makes them, as `extra`; without, what it was started
   * with is asked again. An agent's takes a function of the state. For a state machine see `StateMachine.changeMachine`.
   *
   * @example
   * ```ts
   * const runtime = new Runtime();
   * const before = defineServer({ version: 1, init: (start: number) => ({ count: start }) });
   * const after = defineServer({
   *   version: 2,
   *   init: (start: number) => ({ total: start }),
   *   handleCall: { total: (_: undefined, _from, state) => reply(state.total) },
   *   codeChange: (oldVersion, state) => (oldVersion === 1 ? { total: (state as { count: number }).count } : state),
   * });
   *
   * const { pid } = await GenServer.start(runtime, before, 42);
   * await sys.suspend(runtime, pid);
   * await sys.changeCode(runtime, pid, { module: after });
   * await sys.resume(runtime, pid);
   * await GenServer.ref(runtime, after, pid).call('total'); // => 42
   * ```
   */
  async changeCode(
    host: Host,
    server: Address,
    change: CodeChange & { readonly module?: AnyServer },
    options?: CallOptions,
  ): Promise<void> {
    checkOptions('a code change', change, ['module', 'oldVersion', 'extra']);
    await request(host, server, 'changeCode', change, options);
  },

  /** Stops the server with this reason, after `terminate`. Resolves when it has taken note; `GenServer.stop` waits. */
  async terminate(host: Host, server: Address, reason: ExitReason, options?: CallOptions): Promise<void> {
    await request(host, server, 'terminate', reason, options);
  },

  /** Counts messages from now on, or does not any more. */
  async statistics(host: Host, server: Address, on: boolean, options?: CallOptions): Promise<void> {
    await request(host, server, 'debug', { statistics: on }, options);
  },

  /** What was counted; undefined if nothing is. */
  getStatistics(host: Host, server: Address, options?: CallOptions): Promise<ServerStatistics | undefined> {
    return request(host, server, 'statistics', undefined, options);
  },

  /** Tells of each message and answer by the event `server:trace`, or does not any more. */
  async trace(host: Host, server: Address, on: boolean, options?: CallOptions): Promise<void> {
    await request(host, server, 'debug', { trace: on }, options);
  },

  /** Keeps the last events, 10 unless said, or forgets them. */
  async log(host: Host, server: Address, log: boolean | number, options?: CallOptions): Promise<void> {
    await request(host, server, 'debug', { log }, options);
  },

  /** The events that were kept, oldest first. */
  getLog(host: Host, server: Address, options?: CallOptions): Promise<readonly SystemEvent[]> {
    return request(host, server, 'log', undefined, options);
  },

  /** The events that were kept, in words: a line each. */
  async formatLog(host: Host, server: Address, options?: CallOptions): Promise<string> {
    const events = await request(host, server, 'log', undefined, options);
    return events.map(formatSystemEvent).join('\n');
  },

  /** Installs a debug function, once: again under the same id, or without one the same function again, is nothing. */
  async install<State>(
    host: Host,
    server: Address,
    install: DebugInstall<State>,
    options?: CallOptions,
  ): Promise<void> {
    checkOptions('a debug function', install, ['debug', 'id', 'state']);
    await request(host, server, 'install', install as unknown as DebugInstall, options);
  },

  /** Takes a debug function out, by its id or itself. */
  async remove(host: Host, server: Address, id: unknown, options?: CallOptions): Promise<void> {
    await request(host, server, 'remove', { id }, options);
  },

  /** Turns off all that looks on: statistics, trace, log and debug functions. */
  async noDebug(host: Host, server: Address, options?: CallOptions): Promise<void> {
    await request(host, server, 'noDebug', undefined, options);
  },
};
