import type { ExitReason } from '../exit-reason.ts';
import { CallTimer } from '../process/call-timer.ts';
import type { Process } from '../process/process.ts';
import { Watch } from '../process/watch.ts';

/** What a task has come to: its value, or the reason it ended with instead. Elixir: `{:ok, value}`, `{:exit, reason}`. */
export type TaskResult<Value> =
  | { readonly kind: 'ok'; readonly value: Value }
  | { readonly kind: 'exit'; readonly reason: ExitReason };

/** Somebody who waits. A method and not a function, so that a task of strings is a task of unknown things too. */
interface Receiver<Value> {
  receive(result: TaskResult<Value>): void;
}

/**
 * An owner's interest in the result of one task: reference, reply and monitor in one, so that the value and the end of the
 * task cannot both arrive.
 *
 * The result is handed over once, to everybody who waits at that moment, and is kept only until somebody asks; who asks later
 * waits for something that never comes. Given up by `detach`, which the death of either side does too.
 */
export class TaskWatch<Value> extends Watch {
  #result: TaskResult<Value> | undefined = undefined;
  readonly #receivers = new Set<Receiver<Value>>();

  constructor(owner: Process | undefined) {
    super();
    this.owner = owner;
    this.target = undefined;
  }

  /** The task has its value. Nothing is heard of its end then. */
  succeed(value: Value): void {
    if (this.detach()) this.put({ kind: 'ok', value });
  }

  down(reason: ExitReason): void {
    this.put({ kind: 'exit', reason });
  }

  /** Never armed: each wait has a timer of its own. */
  fire(): void {}

  put(result: TaskResult<Value>): void {
    if (this.#receivers.size === 0) this.#result = result;
    const receivers = [...this.#receivers];
    this.#receivers.clear();
    for (const receiver of receivers) receiver.receive(result);
  }

  /** Takes the result that is there already; undefined if none is. */
  take(): TaskResult<Value> | undefined {
    const result = this.#result;
    this.#result = undefined;
    return result;
  }

  /** Hands the result over, at once or when it comes. Answers a function that takes this back. */
  subscribe(receive: (result: TaskResult<Value>) => void): () => void {
    const receiver: Receiver<Value> = { receive };
    const result = this.take();
    if (result === undefined) this.#receivers.add(receiver);
    else receive(result);
    return () => void this.#receivers.delete(receiver);
  }

  /** Gives up: what the task comes to is thrown away. */
  abandon(): void {
    this.detach();
    this.#result = undefined;
  }
}

/** The results that came in time, by the watch they came from. */
export interface Collected {
  readonly results: ReadonlyMap<TaskWatch<unknown>, TaskResult<unknown>>;
  readonly timedOut: boolean;
}

/**
 * Waits for the results of several tasks with one timeout for all. It is over when there are `limit` results, with the first
 * that is `decisive`, or when the time is up. An owner that has ended waits for ever.
 */
export function collect(
  owner: Process,
  watches: ReadonlySet<TaskWatch<unknown>>,
  timeoutMs: number,
  limit = watches.size,
  decisive: (result: TaskResult<unknown>) => boolean = () => false,
): Promise<Collected> {
  return new Promise((resolve) => {
    if (!owner.alive) return;
    const results = new Map<TaskWatch<unknown>, TaskResult<unknown>>();
    const cancels: (() => void)[] = [];
    let over = false;
    const finish = (timedOut: boolean): void => {
      over = true;
      timer.cancel();
      for (const cancel of cancels) cancel();
      resolve({ results, timedOut });
    };
    const timer = new CallTimer(owner, () => finish(true), undefined);
    if (limit === 0) finish(false);
    for (const watch of watches) {
      // A result that is there already may end the wait here: what comes after it is left for whoever asks next.
      if (over) return;
      const cancel = watch.subscribe((result) => {
        results.set(watch, result);
        if (results.size >= limit || decisive(result)) finish(false);
      });
      cancels.push(cancel);
    }
    if (over) return;
    if (timeoutMs === 0) finish(true);
    else if (timeoutMs !== Number.POSITIVE_INFINITY) timer.start(timeoutMs, true);
  });
}
