import { CallExitError, NoProcessError, StartFailedError, TimeoutError } from '../errors.ts';
import type { ExitReason } from '../exit-reason.ts';
import { type Address, checkAddress } from '../name.ts';
import { Pid } from '../pid.ts';
import { CallMessage, type CallOptions, CastMessage, call, checkTimeout } from '../process/call.ts';
import { HeldMonitor } from '../process/held-monitor.ts';
import type { Kernel } from '../process/kernel.ts';
import type { Process } from '../process/process.ts';
import type { Self } from '../process/self.ts';
import { type StartOptions, type StartResult, startProcess } from '../process/start.ts';
import { type Ended, EndWatch } from '../process/watch.ts';
import type { Ref } from '../ref.ts';
import { type Host, resolveHost } from '../runtime.ts';
import type {
  AnyServer,
  ArgumentOf,
  Awaitable,
  CallPayload,
  CallReply,
  CallsOf,
  CastPayload,
  CastsOf,
  PayloadArgument,
  Talkable,
} from './gen-server-module.ts';
import { GenServerProgram, type LooseModule } from './gen-server-program.ts';
import { type MultiCallOutcome, multiCall } from './multi-call.ts';
import { checkDebugOptions, type DebugOptions } from './sys-debug.ts';
import { NOBODY } from './system-message.ts';

/** How a server is to be started. */
export interface ServerStartOptions extends StartOptions {
  /** What it is to be looked at with from its first message on; see `sys`. */
  readonly debug?: DebugOptions;
}

/** How to stop a server. */
export interface StopOptions {
  /** The exit reason; `'normal'` unless said. */
  readonly reason?: ExitReason;
  /** How long to wait for the end, in ms; for ever unless said. The server stops all the same. */
  readonly timeout?: number | 'infinity';
}

/** A running server as its callers see it: knows which calls there are and what they are answered with. */
export class ServerRef<Server extends Talkable> {
  readonly pid: Pid;
  readonly #kernel: Kernel;

  /** @internal */
  constructor(kernel: Kernel, pid: Pid) {
    this.#kernel = kernel;
    this.pid = pid;
  }

  /**
   * Sends a request and waits for the answer, 5,000 ms unless said. Rejects with `CallTimeoutError`, with
   * `CallExitError` when the server ends first (its `reason` says why), or with `NoProcessError`.
   */
  call<Request extends CallsOf<Server>>(
    request: Request,
    ...rest: [...PayloadArgument<CallPayload<Server, Request>>, options?: CallOptions]
  ): Promise<CallReply<Server, Request>> {
    const [payload, options] = rest as unknown as [unknown, CallOptions | undefined];
    const answer = call(this.#kernel, undefined, 'call', this.pid, request, payload, options);
    return answer as Promise<CallReply<Server, Request>>;
  }

  /** Sends a request that nobody waits for. Never fails, also when the server has ended. */
  cast<Request extends CastsOf<Server>>(
    request: Request,
    ...rest: PayloadArgument<CastPayload<Server, Request>>
  ): void {
    this.#kernel.find(this.pid)?.deliver(new CastMessage(request, rest[0]));
  }

  /** Stops the server; see `GenServer.stop`. */
  stop(options?: StopOptions): Promise<void> {
    return stopServer(this.#kernel, undefined, this.pid, options);
  }

  toString(): string {
    return this.pid.toString();
  }
}

/** Starts a server as a supervisor does: the result says how it went, and comes at once if `init` is synchronous. */
export function startServer(
  host: Host,
  linked: boolean,
  module: AnyServer,
  argument: unknown,
  options: ServerStartOptions = {},
  behaviour = 'GenServer',
  onCreated?: (process: Process) => void,
): Awaitable<StartResult> {
  const { kernel, parent } = resolveHost(host);
  const timeoutMs = checkTimeout(options.timeout ?? 'infinity');
  if (options.debug !== undefined) checkDebugOptions(options.debug);
  return startProcess(kernel, parent, linked, timeoutMs, options, (self, process) => {
    onCreated?.(process);
    const loose = module as unknown as LooseModule;
    const program = new GenServerProgram(process, self, loose, argument, behaviour);
    if (options.debug !== undefined) program.setDebug(options.debug);
    return program;
  });
}

async function start<Server extends AnyServer>(
  host: Host,
  linked: boolean,
  module: Server,
  argument: ArgumentOf<Server>,
  options: ServerStartOptions | undefined,
  onCreated?: (process: Process) => void,
): Promise<ServerRef<Server>> {
  const result = await startServer(host, linked, module, argument, options, 'GenServer', onCreated);
  if (result.kind === 'ok') return new ServerRef(resolveHost(host).kernel, result.pid);
  throw new StartFailedError('the server', result.kind === 'ignore' ? 'ignore' : result.reason);
}

/** Sends the stop behind the messages that wait already, and waits for the end. */
async function stopServer(
  kernel: Kernel,
  owner: Process | undefined,
  server: Address,
  options: StopOptions = {},
): Promise<void> {
  const timeoutMs = checkTimeout(options.timeout ?? 'infinity');
  const reason = 'reason' in options ? options.reason : 'normal';
  const target = kernel.find(checkAddress(server));
  if (target === undefined) throw new NoProcessError(`there is no process ${String(server)} to stop`);
  const ended = await new Promise<Ended>((resolve) => {
    // The dead stop nobody, and nobody is left to go on.
    if (owner !== undefined && !owner.alive) return;
    const watch = new EndWatch(owner, resolve);
    watch.attach(target);
    if (timeoutMs !== Number.POSITIVE_INFINITY) kernel.timers.arm(watch, timeoutMs, true);
    target.deliver(new CallMessage('system', NOBODY, 'terminate', reason));
  });
  if (!ended.ended) throw new TimeoutError(`${String(server)} has not stopped within ${timeoutMs} ms`);
  if (ended.reason !== reason) throw new CallExitError(`the stop of ${String(server)}`, ended.reason);
}

/** Servers: processes that answer calls, one at a time, with a state of their own. OTP: `gen_server`. */
export const GenServer = {
  /** Starts a server that is nobody's child. Rejects with `StartFailedError`, whose `reason` says why. */
  start<Server extends AnyServer>(
    host: Host,
    module: Server,
    argument: ArgumentOf<Server>,
    options?: ServerStartOptions,
  ): Promise<ServerRef<Server>> {
    return start(host, false, module, argument, options);
  },

  /** Starts a server linked to the process that starts it. */
  startLink<Server extends AnyServer>(
    host: Host,
    module: Server,
    argument: ArgumentOf<Server>,
    options?: ServerStartOptions,
  ): Promise<ServerRef<Server>> {
    return start(host, true, module, argument, options);
  },

  /**
   * Starts a server and monitors it in the same step: its end is never missed. A start that fails leaves no message.
   */
  async startMonitor<Server extends AnyServer>(
    self: Self,
    module: Server,
    argument: ArgumentOf<Server>,
    options?: ServerStartOptions,
  ): Promise<{ readonly server: ServerRef<Server>; readonly ref: Ref }> {
    let ref: HeldMonitor | undefined;
    const server = await start(self, false, module, argument, options, (process) => {
      ref = new HeldMonitor(self.process, process.pid);
      ref.attach(process);
    });
    ref?.letGo();
    return { server, ref: ref as Ref };
  },

  /**
   * Calls several servers at once, the members of a group say, and waits for all answers, 5,000 ms unless said. Resolves,
   * in the order of the servers, to what each has come to: its answer, or why there is none. Never rejects but for options
   * that cannot be meant.
   *
   * @example
   * ```ts
   * const runtime = new Runtime();
   * const double = defineServer({ init: () => null, handleCall: { double: (n: number) => reply(2 * n) } });
   * const { pid } = await GenServer.start(runtime, double, undefined);
   * await GenServer.multiCall(runtime, [pid], 'double', 21); // => [{ kind: 'reply', server: pid, reply: 42 }]
   * ```
   */
  multiCall(
    host: Host,
    servers: Iterable<Address>,
    request: string,
    payload?: unknown,
    options?: CallOptions,
  ): Promise<readonly MultiCallOutcome[]> {
    const { kernel, parent } = resolveHost(host);
    return multiCall(kernel, parent, servers, request, payload, options);
  },

  /** A typed reference to a server that runs already, found by pid or name. `NoProcessError` if there is none. */
  ref<Server extends Talkable>(host: Host, _module: Server, server: Address): ServerRef<Server> {
    const { kernel } = resolveHost(host);
    const process = kernel.find(checkAddress(server));
    if (process === undefined) throw new NoProcessError(`there is no process ${String(server)}`);
    return new ServerRef(kernel, process.pid);
  },

  /**
   * Stops a server in good order: messages before the stop are handled, `terminate` runs. Resolves when it is dead. Rejects
   * with `NoProcessError`, with `TimeoutError`, or with `CallExitError` if it ended with another reason.
   */
  stop(host: Host, server: Address, options?: StopOptions): Promise<void> {
    const { kernel, parent } = resolveHost(host);
    return stopServer(kernel, parent, server instanceof Pid ? server : checkAddress(server), options);
  },
};
