import { checkOptions } from '../arguments.ts';
import { BadArgumentError, DeadProcessError } from '../errors.ts';
import { checkProcessName, type ProcessName } from '../name.ts';
import { checkTimeout } from '../process/call.ts';
import { ScriptProgram } from '../process/code-program.ts';
import type { Process } from '../process/process.ts';
import { Self } from '../process/self.ts';
import { type AnyServer, type Awaitable, checkModule, type InitReturn } from './gen-server-module.ts';
import { GenServerProgram } from './gen-server-program.ts';
import { type After, type OkResult, ok } from './gen-server-result.ts';
import type { LooseModule } from './loose-module.ts';
import { checkDebugOptions, type DebugOptions } from './sys-debug.ts';

/** How a script goes on as a server. */
export interface EnterLoopOptions extends After {
  /** The name that the process has to have by then; it is not registered here. */
  readonly name?: ProcessName;
  /** What it is to be looked at with from its first message on; see `sys`. */
  readonly debug?: DebugOptions;
}

const OPTIONS = ['name', 'debug', 'timeout', 'continue'];

/** What a server keeps between its callbacks. */
export type StateOf<Server extends AnyServer> = Server extends {
  init(argument: never, self: Self): Awaitable<InitReturn<infer State>>;
}
  ? State
  : unknown;

/**
 * Makes a script a server, from the state it has come to by itself; its `init` does not run. What waits in the mailbox is
 * handled then. The promise never settles: `await` it, or return it, as the last thing that the script does.
 *
 * `BadArgumentError`, which ends a script that does not catch it, if the process has not the name. OTP:
 * `gen_server:enter_loop/5`.
 *
 * @example
 * ```ts
 * const runtime = new Runtime();
 * const doubler = defineServer({
 *   init: () => ({ factor: 1 }),
 *   handleCall: { times: (n: number, _from, state) => reply(n * state.factor) },
 * });
 * const pid = runtime.spawn(async (self) => {
 *   const factor = await self.receive<number>();
 *   return GenServer.enterLoop(self, doubler, { factor: factor ?? 1 });
 * });
 * runtime.send(pid, 2);
 * await runtime.call(pid, 'times', 21); // => 42
 * ```
 */
export function enterLoop<Server extends AnyServer>(
  self: Self,
  module: Server,
  state: StateOf<Server>,
  options: EnterLoopOptions = {},
): Promise<never> {
  if (!(self instanceof Self)) throw BadArgumentError.of('self', 'the Self of a process', self);
  const { process } = self;
  if (!process.alive) throw new DeadProcessError(`${process.pid} has ended and cannot be a server`);
  checkModule(module);
  const { name, debug, ...after } = checkOptions('enterLoop', options, OPTIONS);
  if (!(process.program instanceof ScriptProgram))
    throw new BadArgumentError(`only a script can become a server, and ${process.pid} is none`);
  if (name !== undefined && process.kernel.find(checkProcessName(name)) !== process)
    throw BadArgumentError.of('name', 'a name that the process has', name);
  if (debug !== undefined) checkDebugOptions(debug);
  if (after.timeout !== undefined) checkTimeout(after.timeout);
  const begun = ok(state, after);
  const program = new GenServerProgram(self, module as unknown as LooseModule, undefined, 'GenServer');
  if (debug !== undefined) program.setDebug(debug);
  // Not before the script has come to its await: until then it is the process' code.
  void Promise.resolve().then(() => begin(process, program, begun));
  return new Promise(() => {});
}

function begin(process: Process, program: GenServerProgram, begun: OkResult<unknown>): void {
  if (!process.alive) return;
  process.within(() => {
    if (process.receiver !== undefined) {
      process.fail(new BadArgumentError('a script that has become a server receives no more by itself'));
      return;
    }
    process.program = program;
    // OTP: linked or not.
    process.setLoopParent();
    program.begin(begun);
    process.busy = false;
    if (!process.scheduled && process.isReady()) process.kernel.scheduler.requestSoon(process);
  });
}
