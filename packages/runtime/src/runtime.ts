import { inspect } from 'node:util';
import { checkOptions, checkPid } from './arguments.ts';
import { type Clock, checkClock, systemClock } from './clock.ts';
import { BadArgumentError } from './errors.ts';
import { runtimeEvents } from './events.ts';
import type { ExitReason } from './exit-reason.ts';
import { type Address, checkAddress, type ProcessName } from './name.ts';
import type { Pid } from './pid.ts';
import { checkDestination, type Destination } from './process/alias.ts';
import { answer, type CallOptions, CastMessage, call, checkRequest, type From } from './process/call.ts';
import type { Code } from './process/code-program.ts';
import { presentContext } from './process/containment.ts';
import { signalExit } from './process/exit.ts';
import { Kernel } from './process/kernel.ts';
import { type Process, processOf } from './process/process.ts';
import {
  askProcessInfo,
  type ProcessInfo,
  type ProcessInfoItem,
  type ProcessInfoItems,
} from './process/process-info.ts';
import { Self } from './process/self.ts';
import { spawnCode } from './process/spawn.ts';
import { EndWatch } from './process/watch.ts';

/** What a runtime is made with. */
export interface RuntimeOptions {
  /** Where time comes from; the machine's monotonic clock unless said. */
  readonly clock?: Clock;
}

const outside = presentContext();

let runtimes = 0;

/** A set, if some tool has put one there, that every new runtime of this thread enters itself into. */
const LIVE_RUNTIMES = Symbol.for('thousand-island.live-runtimes');

/**
 * A set of processes with their names, their clock and their events: what a node is in OTP. Runtimes know nothing of each
 * other. Use `Runtime.default` unless you have a reason; tests make their own.
 *
 * Its methods are for code outside any process. A process uses its `Self`, so that it acts in its own name.
 *
 * @example
 * ```ts
 * const runtime = new Runtime();
 * const echo = runtime.spawn(async (self) => {
 *   const message = await self.receive();
 *   console.log(`got ${message}`);
 * });
 * runtime.send(echo, 'hello'); // prints: got hello
 * await runtime.ended(echo); // => 'normal'
 * ```
 */
export class Runtime {
  static #default: Runtime | undefined;

  /** @internal For the rooms of the runtime above the process layer. */
  readonly kernel: Kernel;
  /** What happens in this runtime, for those who look on. */
  readonly events = runtimeEvents();

  constructor(options: RuntimeOptions = {}) {
    const { clock = systemClock } = checkOptions('a runtime', options, ['clock']);
    this.kernel = new Kernel(runtimes++, checkClock(clock), this.events, spawnCode);
    const observed: { add?(runtime: Runtime): unknown } | undefined = Reflect.get(globalThis, LIVE_RUNTIMES);
    observed?.add?.(this);
  }

  /** The runtime that is used when none is named. Made when first asked for, but in the context of nobody who does. */
  static get default(): Runtime {
    Runtime.#default ??= outside.runInAsyncScope(() => new Runtime());
    return Runtime.#default;
  }

  /** How many processes live. */
  get processCount(): number {
    return this.kernel.table.size;
  }

  /** The pids of all live processes, oldest first. */
  processes(): Pid[] {
    return this.kernel.table.values().map((process) => process.pid);
  }

  /** Starts a process of plain code: a function that is its whole life, or an object that receives its messages. */
  spawn(code: Code): Pid {
    return spawnCode(this.kernel, undefined, false, code).pid;
  }

  /**
   * Puts a message into a process' mailbox. To a dead pid, and to a reference that is no alias any more, that is nothing; to
   * a name nobody has, `NoProcessError`.
   */
  send(to: Destination, message: unknown): void {
    this.kernel.send(checkDestination(to), message);
  }

  /**
   * As `send`, for what came from outside, a socket say: it is handled when this turn's I/O has been read, together with all
   * of it. That is faster than going to and fro.
   */
  sendAfterIo(to: Pid, message: unknown): void {
    processOf(to)?.deliverAfterIo(message);
  }

  /** Sends a request to a GenServer and waits for its answer; see `GenServer.call`. */
  call(to: Address, request: string, payload?: unknown, options?: CallOptions): Promise<unknown> {
    return call(this.kernel, undefined, 'call', to, request, payload, options);
  }

  /** Answers a call from outside; see `Self.answer`. */
  answer<Reply>(from: From<Reply>, value: Reply): void {
    answer(from, value);
  }

  /** Sends a request that nobody waits for. Never fails, also when nobody is there. */
  cast(to: Address, request: string, payload?: unknown): void {
    checkRequest(request);
    this.kernel.find(checkAddress(to))?.deliver(new CastMessage(request, payload));
  }

  /** Sends a process an exit signal, from nobody. */
  sendExit(pid: Pid, reason: ExitReason): void {
    const target = processOf(checkPid(pid));
    if (target !== undefined) signalExit(target, undefined, reason);
  }

  /** Resolves with the exit reason when the process has ended; at once with `'noproc'` if it is not there. Never rejects. */
  ended(address: Address): Promise<ExitReason> {
    const target = this.kernel.find(checkAddress(address));
    if (target === undefined) return Promise.resolve('noproc');
    return new Promise((resolve) => {
      new EndWatch(undefined, (result) => resolve(result.ended ? result.reason : undefined)).attach(target);
    });
  }

  /**
   * Contains errors: what a process' code, or anything it has started, throws where nobody catches it (a timer, an event, a
   * forgotten promise) ends that process with that error, and nothing else. Errors of no process keep Node's behaviour.
   * Answers a function that ends it; calls nest.
   *
   * It takes Node's one place for uncaught errors, so it has to be asked for; a server of Thousand Island does. On Node 20 an
   * error thrown by a bare `queueMicrotask` cannot be traced; the listeners of an emitter run for whoever emits.
   */
  contain(): () => void {
    return this.kernel.contain();
  }

  /** Whether the process lives. */
  isAlive(pid: Pid): boolean {
    return processOf(checkPid(pid)) !== undefined;
  }

  /**
   * Registers a live process under a name, which then belongs to no other. A process has one name of the runtime's own, and
   * any number of via names.
   */
  register(name: ProcessName, pid: Pid): void {
    this.kernel.register(name, pid);
  }

  /** Frees a name. `NoProcessError` if nobody has it. */
  unregister(name: ProcessName): void {
    this.kernel.unregister(name);
  }

  /** The pid of the live process that has the name; a pid stands for itself as long as its process lives. */
  whereis(address: Address): Pid | undefined {
    return this.kernel.whereis(checkAddress(address));
  }

  /**
   * What there is to know of a process at this moment, without asking it; undefined if it has ended. With a list of items,
   * these alone and in that order; `messages`, `dictionary`, `ancestors` and `initialCall` are told only by name.
   */
  processInfo(pid: Pid): ProcessInfo | undefined;
  processInfo<Item extends ProcessInfoItem>(
    pid: Pid,
    items: readonly Item[],
  ): Pick<ProcessInfoItems, Item> | undefined;
  processInfo(pid: Pid, items?: readonly ProcessInfoItem[]): object | undefined {
    return askProcessInfo(pid, items);
  }

  toString(): string {
    return `Runtime ${this.kernel.id} with ${this.processCount} processes`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/** Who starts a process: a runtime, when nobody in particular does, or a process in its own name. */
export type Host = Runtime | Self;

/** The kernel behind a host, and the process it stands for. @internal */
export function resolveHost(host: Host): { readonly kernel: Kernel; readonly parent: Process | undefined } {
  if (host instanceof Self) return { kernel: host.process.kernel, parent: host.process };
  return { kernel: checkHost(host).kernel, parent: undefined };
}

/** The host itself, or an error that says what one is. @internal */
export function checkHost<Given extends Host>(host: Given): Given {
  if (host instanceof Self || host instanceof Runtime) return host;
  throw BadArgumentError.of('the host', 'a Runtime or a Self', host);
}
