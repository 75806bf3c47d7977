import { checkFunction } from '../arguments.ts';
import type { Pid } from '../pid.ts';
import { linkProcesses } from '../process/link.ts';
import { type Process, processOf } from '../process/process.ts';
import { Self } from '../process/self.ts';
import type { StartResult } from '../process/start.ts';
import { callersFrom, startTaskProcess, type TaskFunction, TaskProgram } from './task-program.ts';
import { TaskWatch } from './task-watch.ts';

/**
 * One task that somebody is going to wait for, on its way to be started: by its owner itself, or by a supervisor on the
 * owner's behalf. Start, link and watch are one step, so that neither the end of the task nor that of its owner is missed.
 */
export class TaskRequest<Value> {
  readonly watch: TaskWatch<Value>;
  /** The task, once it has been started. */
  pid: Pid | undefined = undefined;
  readonly #owner: Process;
  readonly #linked: boolean;
  readonly #callers: readonly Pid[];
  readonly #code: TaskFunction<Value>;
  readonly #name: string;

  /** `asker` is who the task counts as asked for by, if that is not the process that watches it. */
  constructor(
    owner: Process,
    linked: boolean,
    code: TaskFunction<Value>,
    {
      asker = owner,
      name = checkFunction('what a task does', code).name,
    }: { readonly asker?: Process; readonly name?: string } = {},
  ) {
    this.watch = new TaskWatch<Value>(owner);
    this.#owner = owner;
    this.#linked = linked;
    this.#callers = callersFrom(asker);
    this.#code = code;
    this.#name = name;
  }

  /** Starts the task as the owner's own child. */
  startByOwner(): Pid {
    const result = this.#start(new Self(this.#owner), this.#linked);
    return (result as { readonly pid: Pid }).pid;
  }

  /** Starts the task as the supervisor's child. `'noproc'` if its owner has ended by now: nobody would wait for it. */
  startBySupervisor(supervisor: Self): StartResult {
    return this.#owner.alive ? this.#start(supervisor, true) : { kind: 'error', reason: 'noproc' };
  }

  #start(parent: Self, linked: boolean): StartResult {
    const { watch } = this;
    const result = startTaskProcess(parent, linked, this.#callers, undefined, (process, self) => {
      return new TaskProgram<Value>(process, self, this.#code, (value) => watch.succeed(value), this.#name);
    });
    const process = result.kind === 'ok' ? processOf(result.pid) : undefined;
    if (process === undefined) return result;
    this.pid = process.pid;
    if (this.#linked) linkProcesses(this.#owner, process);
    watch.attach(process);
    return result;
  }
}
