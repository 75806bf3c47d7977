import { checkFlag, checkOptions } from '../arguments.ts';
import { BadArgumentError } from '../errors.ts';
import type { Pid } from '../pid.ts';
import type { Process } from '../process/process.ts';
import { formatSystemEvent, type SystemEvent } from './sys-event.ts';

/** What a debug function answers to be taken out. */
export const DONE: unique symbol = Symbol('done');

/**
 * Looks on while a server works. Called with each event and with what it answered last, at first with the state it was
 * installed with. Answers its next state, or `sys.done` to be taken out; so it is when it throws.
 */
export type DebugFunction<State = unknown> = (
  state: State,
  event: SystemEvent,
  server: Pid,
) => State | typeof DONE;

/** A debug function that is to be installed. */
export interface DebugInstall<State = unknown> {
  /** What looks on. */
  readonly debug: DebugFunction<State>;
  /** What it is known by, for `remove`; the function itself unless said. */
  readonly id?: unknown;
  readonly state: State;
}

/** What a server is to be looked at with. OTP: the option `debug` of a start. */
export interface DebugOptions {
  readonly statistics?: boolean;
  readonly trace?: boolean;
  /** Whether to keep the last events, 10 of them, or how many. */
  readonly log?: boolean | number;
  readonly install?: readonly DebugInstall[];
}

/** What a server has done since its statistics were turned on. */
export interface ServerStatistics {
  readonly startedAt: number;
  readonly now: number;
  /** Messages that were handled; system messages do not count. */
  readonly messagesIn: number;
  /** Calls that were answered by what a callback returned. */
  readonly messagesOut: number;
}

interface Installed {
  readonly debug: DebugFunction;
  state: unknown;
}

const DEFAULT_LOG_SIZE = 10;

const OPTIONS = ['statistics', 'trace', 'log', 'install'];

/** Refuses options that cannot be meant. */
export function checkDebugOptions(options: DebugOptions): void {
  const { statistics, trace, log, install = [] } = checkOptions('debug', options, OPTIONS);
  checkFlag('statistics', statistics);
  checkFlag('trace', trace);
  if (log !== undefined && typeof log !== 'boolean' && !(Number.isInteger(log) && log > 0)) {
    throw BadArgumentError.of('log', 'a boolean or how many events to keep', log);
  }
  for (const { debug } of install) {
    if (typeof debug !== 'function') throw BadArgumentError.of('debug', 'a function', debug);
  }
}

/** All that looks on while one server works. A server has one only as long as something is turned on. */
export class Debug {
  readonly #process: Process;
  #trace = false;
  #log: SystemEvent[] | undefined = undefined;
  #logSize = 0;
  #statistics: { startedAt: number; in: number; out: number } | undefined = undefined;
  readonly #installed = new Map<unknown, Installed>();

  constructor(process: Process) {
    this.#process = process;
  }

  /** Nothing looks on any more: the server can do without. */
  get isIdle(): boolean {
    const { size } = this.#installed;
    return !this.#trace && this.#log === undefined && this.#statistics === undefined && size === 0;
  }

  /** What is turned on, for `sys.getStatus`. */
  get options(): Required<Omit<DebugOptions, 'install'>> & { readonly installed: readonly unknown[] } {
    return {
      statistics: this.#statistics !== undefined,
      trace: this.#trace,
      log: this.#log === undefined ? false : this.#logSize,
      installed: [...this.#installed.keys()],
    };
  }

  set(options: DebugOptions): void {
    checkDebugOptions(options);
    const { statistics, trace, log, install = [] } = options;
    if (statistics !== undefined) this.#setStatistics(statistics);
    if (trace !== undefined) this.#trace = trace;
    if (log !== undefined) this.#setLog(log);
    for (const each of install) this.#install(each);
  }

  // Under an id that is installed already, nothing happens.
  #install({ debug, id = debug, state }: DebugInstall): void {
    if (!this.#installed.has(id)) this.#installed.set(id, { debug, state });
  }

  remove(id: unknown): void {
    this.#installed.delete(id);
  }

  get statistics(): ServerStatistics | undefined {
    const counted = this.#statistics;
    if (counted === undefined) return undefined;
    const { startedAt, in: messagesIn, out: messagesOut } = counted;
    return { startedAt, now: this.#process.kernel.clock.now(), messagesIn, messagesOut };
  }

  /** The last events, oldest first. */
  get log(): readonly SystemEvent[] {
    return [...(this.#log ?? [])];
  }

  /** Something has happened: tells everybody who looks on. */
  note(event: SystemEvent): void {
    this.#count(event);
    if (this.#log !== undefined) {
      this.#log.push(event);
      if (this.#log.length > this.#logSize) this.#log.shift();
    }
    if (this.#trace) this.#publish(event);
    for (const [id, installed] of this.#installed) this.#call(id, installed, event);
  }

  #count({ kind }: SystemEvent): void {
    const counted = this.#statistics;
    if (counted === undefined) return;
    if (kind === 'in') counted.in++;
    else if (kind === 'out') counted.out++;
  }

  #publish(event: SystemEvent): void {
    const { pid, name, kernel } = this.#process;
    if (!kernel.events.topics['server:trace'].isWanted) return;
    kernel.events.publish('server:trace', { pid, name, text: formatSystemEvent(event), event });
  }

  // A function that throws is taken out, and its error is told as any other of code that was called back.
  #call(id: unknown, installed: Installed, event: SystemEvent): void {
    const { kernel, pid } = this.#process;
    const answer = kernel.guard(() => [installed.debug(installed.state, event, pid)] as const);
    if (answer === undefined || answer[0] === DONE) this.#installed.delete(id);
    else installed.state = answer[0];
  }

  #setStatistics(on: boolean): void {
    this.#statistics = on ? { startedAt: this.#process.kernel.clock.now(), in: 0, out: 0 } : undefined;
  }

  #setLog(log: boolean | number): void {
    this.#logSize = log === true ? DEFAULT_LOG_SIZE : Number(log);
    this.#log = log === false ? undefined : (this.#log ?? []).slice(-this.#logSize);
  }
}
