import type { AnyStateMachine, OutputFrom, SnapshotFrom } from 'xstate';
import { ServerRef, type StopOptions } from '../behaviours/server-ref.ts';
import { CallExitError, TimeoutError } from '../errors.ts';
import type { Pid } from '../pid.ts';
import { type CallOptions, checkTimeout } from '../process/call.ts';
import type { Kernel } from '../process/kernel.ts';
import { EndWatch } from '../process/watch.ts';
import type { AskableEvent, AskReply, AskType, SendableEvent } from './machine-events.ts';
import type { MachineServer } from './machine-server.ts';
import type { Outcome } from './outcome.ts';
import type { PersistedMachine } from './persisted-machine.ts';

/** A running machine as those outside see it: knows which events it takes, and what they are answered with. */
export class StateMachineRef<Machine extends AnyStateMachine> {
  readonly pid: Pid;
  readonly #kernel: Kernel;
  readonly #server: ServerRef<MachineServer>;
  readonly #outcome: Outcome;

  /** Left to `StateMachine`. */
  constructor(kernel: Kernel, pid: Pid, outcome: Outcome) {
    this.pid = pid;
    this.#kernel = kernel;
    this.#server = new ServerRef(kernel, pid);
    this.#outcome = outcome;
  }

  /** Sends the machine an event. Never fails, also when the machine has ended; what it has no transition for is nothing. */
  send(event: SendableEvent<Machine>): void {
    this.#kernel.find(this.pid)?.deliver(event);
  }

  /**
   * Sends the machine an event that carries a `from`, and waits until the machine answers, 5,000 ms unless said; see
   * `reply`. Rejects with `CallTimeoutError`, with `CallExitError` when the machine ends first, or with `NoProcessError`.
   */
  ask<Type extends AskType<Machine>>(
    event: AskableEvent<Machine, Type> & { readonly type: Type },
    options?: CallOptions,
  ): Promise<AskReply<Machine, Type>> {
    const answer: Promise<unknown> = this.#server.call('ask', event, options);
    return answer as Promise<AskReply<Machine, Type>>;
  }

  /** The machine's snapshot, after the events that were sent before. Itself and not a copy: it never changes. */
  snapshot(options?: CallOptions): Promise<SnapshotFrom<Machine>> {
    const answer: Promise<unknown> = this.#server.call('snapshot', undefined, options);
    return answer as Promise<SnapshotFrom<Machine>>;
  }

  /** What a machine can be started from as it is now, with its actors and delays: the option `snapshot`. */
  persist(options?: CallOptions): Promise<PersistedMachine> {
    const answer: Promise<unknown> = this.#server.call('persist', undefined, options);
    return answer as Promise<PersistedMachine>;
  }

  /**
   * The machine's output, once it has come to its final state; for ever unless a timeout is said. Also when it has ended
   * already. Rejects with `CallExitError` if it ended otherwise, and with `TimeoutError`.
   */
  async output(options: { readonly timeout?: number | 'infinity' } = {}): Promise<OutputFrom<Machine>> {
    const timeoutMs = checkTimeout(options.timeout ?? 'infinity');
    if (!(await this.#ended(timeoutMs)))
      throw new TimeoutError(`the machine ${this.pid} has no output within ${timeoutMs} ms`);
    const { output, reason } = this.#outcome;
    if (output === undefined) throw new CallExitError(`the output of ${this.pid}`, reason?.[0]);
    return output[0] as OutputFrom<Machine>;
  }

  /** Stops the machine in good order, after the events that were sent before; see `GenServer.stop`. */
  stop(options?: StopOptions): Promise<void> {
    return this.#server.stop(options);
  }

  toString(): string {
    return this.pid.toString();
  }

  #ended(timeoutMs: number): Promise<boolean> {
    const target = this.#kernel.find(this.pid);
    if (target === undefined) return Promise.resolve(true);
    return new Promise((resolve) =>
      new EndWatch(undefined, ({ ended }) => resolve(ended)).begin(target, timeoutMs),
    );
  }
}
