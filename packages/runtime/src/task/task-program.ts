import { checkFunction } from '../arguments.ts';
import type { Awaitable } from '../behaviours/gen-server-module.ts';
import type { Pid } from '../pid.ts';
import { START } from '../process/code-program.ts';
import { put } from '../process/dictionary.ts';
import { endProcess } from '../process/exit.ts';
import { Process } from '../process/process.ts';
import { Self } from '../process/self.ts';
import {
  beginStart,
  finishStart,
  INIT_OK,
  type InitOutcome,
  type Startable,
  type StartResult,
} from '../process/start.ts';
import { isThenable } from '../process/thenable.ts';
import { type Host, resolveHost } from '../runtime.ts';

/** What a task does. It is the whole life of its process. */
export type TaskFunction<Value> = (self: Self) => Awaitable<Value>;

/** Where a process keeps who asked for it. Elixir: the key `$callers` of the process dictionary. */
const CALLERS = '$callers';

/** A process that does one thing and ends: `'normal'` when done, with the error when it throws. */
export class TaskProgram<Value> implements Startable {
  readonly behaviour = 'Task';
  readonly #process: Process;
  readonly #self: Self;
  readonly #code: TaskFunction<Value>;
  readonly #name: string;
  readonly #onValue: ((value: Value) => void) | undefined;

  /** `name` is what the code is called in reports; its own name unless said. */
  constructor(
    process: Process,
    self: Self,
    code: TaskFunction<Value>,
    onValue?: (value: Value) => void,
    name = code.name,
  ) {
    this.#process = process;
    this.#self = self;
    this.#code = code;
    this.#name = name;
    this.#onValue = onValue;
  }

  initialCall(): string {
    return this.#name === '' ? this.behaviour : this.#name;
  }

  init(): InitOutcome {
    this.#process.put(START);
    return INIT_OK;
  }

  handle(_start: unknown): PromiseLike<void> | undefined {
    const result = this.#code(this.#self);
    if (isThenable(result)) return result.then((value) => this.#finish(value));
    this.#finish(result);
    return undefined;
  }

  #finish(value: Value): void {
    if (!this.#process.alive) return;
    this.#onValue?.(value);
    endProcess(this.#process, 'normal', true);
  }
}

/** Who asks for a task that this process starts: the process, who asked for it, who asked for that one, … */
export function callersFrom(process: Process | undefined): readonly Pid[] {
  return process === undefined ? [] : [process.pid, ...callersOf(process)];
}

/** Who asked for this process, who asked for that one, …; empty if it is no task. */
export function callersOf(process: Process): readonly Pid[] {
  return (process.dictionary?.get(CALLERS) as readonly Pid[] | undefined) ?? [];
}

/** Starts the process of a task: the child of `parent`, asked for by `callers`. It has done nothing yet when this is back. */
export function startTaskProcess(
  host: Host,
  linked: boolean,
  callers: readonly Pid[],
  label: string | undefined,
  makeProgram: (process: Process, self: Self) => Startable,
): StartResult {
  const { kernel, parent } = resolveHost(host);
  const begun = beginStart(kernel, parent, linked, undefined);
  if (!(begun instanceof Process)) return begun;
  if (callers.length > 0) put(begun, CALLERS, callers);
  const program = makeProgram(begun, new Self(begun));
  const options = label === undefined ? {} : { label };
  // Its `init` waits for nothing, so the result is there at once.
  return finishStart(begun, program, parent, Number.POSITIVE_INFINITY, options) as StartResult;
}

/** Starts a task that nobody waits for, as a supervisor does. */
export function startTask(
  host: Host,
  linked: boolean,
  code: TaskFunction<unknown>,
  label?: string,
  callers = callersFrom(resolveHost(host).parent),
): StartResult {
  checkFunction('what a task does', code);
  return startTaskProcess(host, linked, callers, label, (process, self) => {
    return new TaskProgram(process, self, code);
  });
}
