import type { Awaitable } from '../behaviours/gen-server-module.ts';
import { CallExitError, TimeoutError } from '../errors.ts';
import type { ExitReason } from '../exit-reason.ts';
import { CallTimer } from '../process/call-timer.ts';
import { endProcess, signalExit } from '../process/exit.ts';
import { including } from '../process/few.ts';
import { unlink } from '../process/link.ts';
import { type Process, processOf } from '../process/process.ts';
import type { Program } from '../process/program.ts';
import type { Self } from '../process/self.ts';
import { createProcess, install } from '../process/spawn.ts';
import { isThenable } from '../process/thenable.ts';
import { EndWatch } from '../process/watch.ts';
import type { InputWalk } from './stream-input.ts';
import type { StreamPlan } from './stream-options.ts';
import { TaskRequest } from './task-request.ts';
import type { TaskResult } from './task-watch.ts';

/** What became of one element: the value of its task, or why there is none, with the element if that was asked for. */
export type TaskStreamResult<Element, Value> =
  | { readonly kind: 'ok'; readonly value: Value }
  | { readonly kind: 'exit'; readonly reason: ExitReason; readonly input?: Element };

/** What the tasks of a stream do, and who starts them. */
export interface CrewWork<Element, Value> {
  readonly code: (element: Element, self: Self) => Awaitable<Value>;
  /** Whether a task that fails takes an owner along that does not trap exits. */
  readonly linked: boolean;
  /** Has a supervisor start the task; without it the crew's own process does. */
  readonly startBySupervisor?: (request: TaskRequest<Value>) => Promise<unknown>;
}

/** The process that stands between a stream's owner and its tasks: it only has links and gets their exit messages. */
class CrewProgram implements Program {
  readonly behaviour = 'TaskStream';

  handle(): undefined {
    return undefined;
  }
}

interface Running<Element, Value> {
  readonly request: TaskRequest<Value>;
  readonly element: Element;
  readonly timer: CallTimer;
}

/**
 * The running tasks of one stream.
 *
 * They are watched by, and mostly linked to, a process of their own, which is linked to the owner of the stream: so no exit
 * message of a task gets into the owner's mailbox, and with that process all of them can be ended at once. It traps exits if
 * the owner does; if not, a task that fails ends it, and with it the owner. It ends with its owner, whatever the reason.
 */
export class StreamCrew<Element, Value> {
  /** Why the stream cannot go on, in a list of one. */
  failure: readonly [unknown] | undefined = undefined;
  readonly #owner: Process;
  readonly #plan: StreamPlan;
  readonly #work: CrewWork<Element, Value>;
  readonly #process: Process;
  readonly #ownersWatch: EndWatch;
  readonly #running = new Map<number, Running<Element, Value>>();
  readonly #results = new Map<number, TaskStreamResult<Element, Value>>();
  #started = 0;
  #delivered = 0;
  /** The next element, or the start of its task, is on its way. */
  #feeding = false;
  #wake: (() => void) | undefined = undefined;

  constructor(owner: Self, plan: StreamPlan, work: CrewWork<Element, Value>) {
    this.#owner = owner.process;
    this.#plan = plan;
    this.#work = work;
    const { kernel, trapsExit } = this.#owner;
    this.#process = createProcess(kernel, this.#owner, true);
    install(this.#process, new CrewProgram());
    this.#process.trapsExit = trapsExit;
    this.#process.resources = including(this.#process.resources, { close: () => this.#killAll() });
    // The link does not tell of an owner that ends normally.
    new EndWatch(this.#process, () => endProcess(this.#process, 'shutdown', false)).attach(this.#owner);
    this.#ownersWatch = new EndWatch(this.#owner, (ended) => {
      this.#fail(new CallExitError('the task stream', ended.ended ? ended.reason : 'normal'));
    });
    this.#ownersWatch.attach(this.#process);
  }

  /** Whether one more task can be started. */
  get hasRoom(): boolean {
    return !this.#feeding && this.#running.size < this.#plan.maxConcurrency;
  }

  /** Whether nothing is going on: what has not come by now does not come. */
  get idle(): boolean {
    return !this.#feeding && this.#running.size === 0;
  }

  /** Takes the next element and starts its task, at once if neither has to be waited for. */
  feed(walk: InputWalk<Element>): void {
    const next = walk.next();
    const started = isThenable(next) ? next.then((element) => this.#start(element)) : this.#start(next);
    if (!isThenable(started)) return;
    this.#feeding = true;
    const over = (failure?: readonly [unknown]): void => {
      this.#feeding = false;
      this.failure ??= failure;
      this.#changed();
    };
    started.then(
      () => over(),
      (error: unknown) => over([error]),
    );
  }

  /** Takes the result that is next to be delivered, if it is there: the next in the input's order, or the first that came. */
  take(): TaskStreamResult<Element, Value> | undefined {
    const [first = this.#delivered] = this.#results.keys();
    const position = this.#plan.ordered ? this.#delivered : first;
    const result = this.#results.get(position);
    if (result === undefined) return undefined;
    this.#results.delete(position);
    this.#delivered++;
    return result;
  }

  /** Waits until something has changed; for ever once the owner has ended. */
  change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Ends the tasks that still run. Their owner hears nothing of it, nor of the crew's end. */
  close(): void {
    this.#ownersWatch.detach();
    unlink(this.#owner, this.#process.pid);
    endProcess(this.#process, 'normal', false);
  }

  #start(next: readonly [Element] | undefined): Awaitable<void> {
    if (next === undefined || !this.#process.alive) return;
    const [element] = next;
    const { code, linked, startBySupervisor } = this.#work;
    const request = new TaskRequest(this.#process, linked, (self) => code(element, self), {
      asker: this.#owner,
      name: code.name,
    });
    const position = this.#started++;
    const timer = new CallTimer(this.#process, () => this.#late(position), undefined);
    this.#running.set(position, { request, element, timer });
    request.watch.subscribe((result) => this.#finish(position, result));
    if (startBySupervisor !== undefined)
      return startBySupervisor(request).then(() => this.#startTimer(position));
    request.startByOwner();
    this.#startTimer(position);
  }

  #startTimer(position: number): void {
    const { timeoutMs } = this.#plan;
    if (timeoutMs === Number.POSITIVE_INFINITY || !this.#process.alive) return;
    this.#running.get(position)?.timer.start(timeoutMs, true);
  }

  #finish(position: number, result: TaskResult<Value>): void {
    const running = this.#running.get(position);
    if (running === undefined) return;
    running.timer.cancel();
    this.#running.delete(position);
    const zipped = result.kind === 'exit' && this.#plan.zipsInput;
    this.#results.set(position, zipped ? { ...result, input: running.element } : result);
    this.#changed();
  }

  #late(position: number): void {
    const { timeoutMs, killsLate } = this.#plan;
    const running = this.#running.get(position);
    if (running === undefined) return;
    if (!killsLate) {
      this.#fail(new TimeoutError(`a task of the stream has not finished within ${timeoutMs} ms`));
      return;
    }
    running.request.watch.abandon();
    this.#kill(running);
    this.#finish(position, { kind: 'exit', reason: 'timeout' });
  }

  #kill({ request }: Running<Element, Value>): void {
    const task = request.pid === undefined ? undefined : processOf(request.pid);
    if (task === undefined) return;
    unlink(this.#process, task.pid);
    signalExit(task, this.#process.pid, 'kill');
  }

  #killAll(): void {
    for (const running of this.#running.values()) this.#kill(running);
    this.#running.clear();
  }

  #fail(error: Error): void {
    this.failure ??= [error];
    this.#changed();
  }

  #changed(): void {
    if (this.#owner.alive) this.#wake?.();
  }
}
