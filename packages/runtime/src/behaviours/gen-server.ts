import { NoProcessError, StartFailedError } from '../errors.ts';
import { type Address, checkAddress } from '../name.ts';
import { Pid } from '../pid.ts';
import { type CallOptions, checkTimeout } from '../process/call.ts';
import { HeldMonitor } from '../process/held-monitor.ts';
import { Process } from '../process/process.ts';
import { Self } from '../process/self.ts';
import {
  beginStart,
  checkStartOptions,
  finishStart,
  type StartOptions,
  type StartResult,
} from '../process/start.ts';
import type { Ref } from '../ref.ts';
import { type Host, resolveHost } from '../runtime.ts';
import { enterLoop } from './enter-loop.ts';
import {
  type AnyServer,
  type ArgumentOf,
  type Awaitable,
  checkModule,
  type Talkable,
} from './gen-server-module.ts';
import { GenServerProgram } from './gen-server-program.ts';
import { requestFunctions } from './gen-server-request.ts';
import type { LooseModule } from './loose-module.ts';
import { type MultiCallOutcome, multiCall } from './multi-call.ts';
import { ServerRef, type StopOptions, stopServer } from './server-ref.ts';
import { checkDebugOptions, type DebugOptions } from './sys-debug.ts';

/** How a server is to be started. */
export interface ServerStartOptions extends StartOptions {
  /** What it is to be looked at with from its first message on; see `sys`. */
  readonly debug?: DebugOptions;
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
  const begun = beginStart(kernel, parent, linked, options.name);
  if (!(begun instanceof Process)) return begun;
  onCreated?.(begun);
  const loose = module as unknown as LooseModule;
  const program = new GenServerProgram(new Self(begun), loose, argument, behaviour);
  if (options.debug !== undefined) program.setDebug(options.debug);
  return finishStart(begun, program, parent, timeoutMs, options);
}

async function start<Server extends AnyServer>(
  host: Host,
  linked: boolean,
  module: Server,
  argument: ArgumentOf<Server>,
  options: ServerStartOptions | undefined,
  onCreated?: (process: Process) => void,
): Promise<ServerRef<Server>> {
  const { kernel } = resolveHost(host);
  checkModule(module);
  checkStartOptions(options, ['debug']);
  const result = await startServer(host, linked, module, argument, options, 'GenServer', onCreated);
  if (result.kind === 'ok') return new ServerRef(kernel, result.pid);
  throw new StartFailedError('the server', result.kind === 'ignore' ? 'ignore' : result.reason);
}

const functions = {
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
      // OTP: a server that was started with a monitor ends with its starter as one that was started with a link does.
      process.setLoopParent();
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

  /** Makes a script a server, from the state it has come to by itself: the last thing that the script does. OTP: `enter_loop/5`. */
  enterLoop,

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

/** Servers: processes that answer calls, one at a time, with a state of their own. OTP: `gen_server`. */
// With its type by name: that of a spread would be declared without a word of documentation.
export const GenServer: typeof functions & typeof requestFunctions = { ...functions, ...requestFunctions };
