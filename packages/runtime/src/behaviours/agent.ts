import { checkFunction } from '../arguments.ts';
import { BadArgumentError, BadReturnError, NoProcessError, StartFailedError } from '../errors.ts';
import { type Address, checkAddress } from '../name.ts';
import type { Pid } from '../pid.ts';
import type { CallOptions } from '../process/call.ts';
import type { Kernel } from '../process/kernel.ts';
import { checkStartOptions, type StartOptions, type StartResult } from '../process/start.ts';
import { isThenable } from '../process/thenable.ts';
import { type Host, resolveHost } from '../runtime.ts';
import { startServer } from './gen-server.ts';
import { type Awaitable, defineServer } from './gen-server-module.ts';
import { noReply, ok, reply, stop } from './gen-server-result.ts';
import { ServerRef, type StopOptions } from './server-ref.ts';

/** What an agent keeps at first. Runs in the agent; its starter waits for it. */
export type AgentInit<State> = () => Awaitable<State>;

type AgentFunction = (state: unknown) => unknown;

function after<Value, Result>(value: Awaitable<Value>, next: (value: Value) => Result): Awaitable<Result> {
  return isThenable(value) ? value.then(next) : next(value);
}

const agentServer = defineServer({
  name: 'Agent',
  init: (init: AgentInit<unknown>) => after(init(), (state) => ok<unknown>(state)),
  handleCall: {
    get: (read: AgentFunction, _from, state) => after(read(state), (value) => reply(value)),
    update: (change: AgentFunction, _from, state) => after(change(state), (next) => reply(undefined, next)),
    getAndUpdate: (change: AgentFunction, _from, state) => {
      return after(change(state), (pair) => {
        if (Array.isArray(pair) && pair.length === 2) return reply<unknown, unknown>(pair[0], pair[1]);
        return stop(new BadReturnError('the function of getAndUpdate', pair));
      });
    },
  },
  // Elixir: the state becomes what a function makes of it.
  codeChange(_oldVersion, state, change, _self) {
    if (typeof change !== 'function') throw BadArgumentError.of('extra', 'a function of the state', change);
    return change(state);
  },
  handleCast: {
    update: (change: AgentFunction, state) => after(change(state), (next) => noReply(next)),
  },
});

/**
 * A running agent as its users see it. Their functions run in the agent, one at a time, in the order they were sent; what they
 * are given is the state itself and no copy. A function that throws ends the agent with that error.
 *
 * What waits for an answer waits 5,000 ms unless said. It rejects with `CallTimeoutError`, and the agent still finishes; with
 * `CallExitError` when the agent ends first, whose `reason` is what the function threw; or with `NoProcessError`.
 */
export class AgentRef<State> {
  readonly #server: ServerRef<typeof agentServer>;

  /** Left to `Agent`. */
  constructor(kernel: Kernel, pid: Pid) {
    this.#server = new ServerRef(kernel, pid);
  }

  get pid(): Pid {
    return this.#server.pid;
  }

  /** What the function makes of the state, which stays as it is. */
  get<Value>(read: (state: State) => Awaitable<Value>, options?: CallOptions): Promise<Value> {
    return this.#server.call('get', read as AgentFunction, options) as Promise<Value>;
  }

  /** Replaces the state by what the function makes of it. */
  async update(change: (state: State) => Awaitable<State>, options?: CallOptions): Promise<void> {
    await this.#server.call('update', change as AgentFunction, options);
  }

  /** The first of the two values that the function answers; the second becomes the state. */
  getAndUpdate<Value>(
    change: (state: State) => Awaitable<readonly [value: Value, state: State]>,
    options?: CallOptions,
  ): Promise<Value> {
    return this.#server.call('getAndUpdate', change as AgentFunction, options) as Promise<Value>;
  }

  /** As `update`, but nobody waits. Never fails, also when the agent has ended. */
  cast(change: (state: State) => Awaitable<State>): void {
    this.#server.cast('update', change as AgentFunction);
  }

  /** Stops the agent after what was sent to it before; see `GenServer.stop`. */
  stop(options?: StopOptions): Promise<void> {
    return this.#server.stop(options);
  }

  toString(): string {
    return this.pid.toString();
  }
}

/** Refuses what makes no state: a state itself, say. */
export function checkAgentInit(init: unknown): void {
  checkFunction('the init of an agent', init);
}

/** Starts an agent as a supervisor does. */
export function startAgent(
  host: Host,
  linked: boolean,
  init: AgentInit<unknown>,
  options: StartOptions | undefined,
): Awaitable<StartResult> {
  return startServer(host, linked, agentServer, init, options, 'Agent');
}

async function start<State>(
  host: Host,
  linked: boolean,
  init: AgentInit<State>,
  options: StartOptions | undefined,
): Promise<AgentRef<State>> {
  const { kernel } = resolveHost(host);
  checkAgentInit(init);
  checkStartOptions(options);
  const result = await startAgent(host, linked, init, options);
  if (result.kind === 'ok') return new AgentRef(kernel, result.pid);
  throw new StartFailedError('the agent', result.kind === 'ignore' ? 'ignore' : result.reason);
}

/**
 * Processes that keep a state for others. Elixir: `Agent`.
 *
 * @example
 * ```ts
 * const visits = await Agent.start(new Runtime(), () => 0);
 * await visits.update((count) => count + 1);
 * await visits.get((count) => count); // => 1
 * ```
 */
export const Agent = {
  /** Starts an agent that is nobody's child. Rejects with `StartFailedError`, whose `reason` says why. */
  start<State>(host: Host, init: AgentInit<State>, options?: StartOptions): Promise<AgentRef<State>> {
    return start(host, false, init, options);
  },

  /** Starts an agent linked to the process that starts it. */
  startLink<State>(host: Host, init: AgentInit<State>, options?: StartOptions): Promise<AgentRef<State>> {
    return start(host, true, init, options);
  },

  /** A reference to an agent that runs already, found by pid or name. `NoProcessError` if there is none. */
  ref<State>(host: Host, agent: Address): AgentRef<State> {
    const { kernel } = resolveHost(host);
    const pid = kernel.whereis(checkAddress(agent));
    if (pid === undefined) throw new NoProcessError(`there is no process ${String(agent)}`);
    return new AgentRef(kernel, pid);
  },
};
