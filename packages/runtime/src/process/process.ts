import type { AsyncResource } from 'node:async_hooks';
import { NoCatchError } from '../errors.ts';
import { type ExitReason, isError } from '../exit-reason.ts';
import type { Name } from '../name.ts';
import { Pid } from '../pid.ts';
import type { Claim } from './claim.ts';
import { scopeOf } from './containment.ts';
import { endProcess } from './exit.ts';
import type { Few } from './few.ts';
import type { Kernel } from './kernel.ts';
import { Mailbox } from './mailbox.ts';
import type { CrashContext, Program } from './program.ts';
import type { Receiver } from './receiver.ts';
import type { Timer } from './timer-queue.ts';
import type { Watch } from './watch.ts';

/** Something that is open as long as its process lives: a socket, a server, a file. */
export interface Resource {
  /** Closes it at once. Called when the owner has ended, whatever the reason. */
  close(): void;
}

/** The process behind a pid, or undefined if it has ended or belongs to another runtime's realm. */
export function processOf(pid: Pid): Process | undefined {
  return pid.occupant as Process | undefined;
}

/** What `self.exit(reason)` throws: unwinds the process' code and carries the reason past it. */
export class ExitThrow {
  readonly reason: ExitReason;
  constructor(reason: ExitReason) {
    this.reason = reason;
  }
}

/** The exit reason of code that threw: an error is its own reason, anything else is told apart as not caught. */
export function reasonOfThrow(thrown: unknown): ExitReason {
  if (thrown instanceof ExitThrow) return thrown.reason;
  return isError(thrown) ? thrown : new NoCatchError(thrown);
}

/**
 * One process, as the process layer keeps it. Everybody else holds its pid; its own code holds its `Self`.
 *
 * Collections are made when first needed: most processes have one link and nothing else.
 */
export class Process {
  readonly kernel: Kernel;
  readonly pid: Pid;
  readonly parent: Pid | undefined;
  readonly mailbox = new Mailbox();
  readonly startedAt: number;
  /** Set right after construction; a process without one only collects messages. */
  program: Program | undefined = undefined;

  alive = true;
  /** The process stands in the run queue. */
  scheduled = false;
  /** A callback has not settled yet; the mailbox waits. */
  busy = false;
  trapsExit = false;
  name: Name | undefined = undefined;
  label: string | undefined = undefined;
  exitReason: ExitReason = undefined;
  /** How many messages it has taken from its mailbox. */
  handled = 0;

  links: Few<Process> = undefined;
  watchers: Few<Watch> = undefined;
  watching: Few<Watch> = undefined;
  resources: Few<Resource> = undefined;
  /** What others keep for it until it ends: names in registries. */
  claims: Few<Claim> = undefined;
  /** Timers that will send to this process: they end with it. */
  timers: Few<Timer> = undefined;
  abort: AbortController | undefined = undefined;
  /** What its code keeps with `self.put`. */
  dictionary: Map<unknown, unknown> | undefined = undefined;
  /** The `receive` that a busy process is waiting in. */
  receiver: Receiver | undefined = undefined;

  #scope: AsyncResource | undefined = undefined;
  #onSettled: (() => void) | undefined = undefined;
  #onFailed: ((error: unknown) => void) | undefined = undefined;

  constructor(kernel: Kernel, parent: Pid | undefined) {
    this.kernel = kernel;
    this.parent = parent;
    this.startedAt = kernel.clock.now();
    this.pid = new Pid(kernel.id, kernel.nextProcessId());
    this.pid.occupant = this;
  }

  /** Puts a message into the mailbox; it is handled after the sender's present code. Nothing happens to the dead. */
  deliver(message: unknown): void {
    if (!this.alive) return;
    this.mailbox.push(message);
    if (!this.scheduled && this.isReady()) this.kernel.scheduler.requestSoon(this);
  }

  /** As `deliver`, but the message is handled together with the other I/O of this turn. */
  deliverAfterIo(message: unknown): void {
    if (!this.alive) return;
    this.mailbox.push(message);
    if (!this.scheduled && this.isReady()) this.kernel.scheduler.requestAfterIo(this);
  }

  /** Whether a turn would get the process further. */
  isReady(): boolean {
    if (!this.alive) return false;
    return this.busy ? this.receiver?.canLook(this.mailbox) === true : this.mailbox.length > 0;
  }

  /** Handles messages, at most `reductions`; answers whether the event loop has to get its turn now. */
  run(reductions: number): boolean {
    const { kernel } = this;
    const outer = kernel.current;
    kernel.current = this;
    const turnIsOver = kernel.contained
      ? this.#ownScope().runInAsyncScope(this.#work, this, reductions)
      : this.#work(reductions);
    kernel.current = outer;
    return turnIsOver;
  }

  #work(reductions: number): boolean {
    const { kernel, mailbox } = this;
    let turnIsOver = false;
    try {
      if (this.busy && this.receiver !== undefined) {
        this.receiver.look(mailbox);
        turnIsOver = kernel.scheduler.isTurnOver();
      }
      let left = reductions;
      while (this.alive && !this.busy && mailbox.length > 0 && left-- > 0 && !turnIsOver) {
        this.handled++;
        const pending = (this.program as Program).handle(mailbox.shift());
        if (pending !== undefined) this.waitFor(pending);
        turnIsOver = kernel.scheduler.isTurnOver();
      }
    } catch (thrown) {
      this.fail(thrown);
    }
    return turnIsOver;
  }

  /** Runs code in the process' name: its start, and what goes on after an await. What it throws is thrown on. */
  within<Result>(code: () => Result): Result {
    const { kernel } = this;
    const outer = kernel.current;
    kernel.current = this;
    try {
      return kernel.contained ? this.#ownScope().runInAsyncScope(code) : code();
    } finally {
      kernel.current = outer;
    }
  }

  // Made when first needed: a process that only collects messages has no code to be traced.
  #ownScope(): AsyncResource {
    this.#scope ??= scopeOf(this);
    return this.#scope;
  }

  /** Keeps the process busy until the promise settles; a rejection ends it. */
  waitFor(pending: PromiseLike<void>): void {
    this.busy = true;
    this.#onSettled ??= () => {
      this.busy = false;
      if (!this.scheduled && this.isReady()) this.kernel.scheduler.requestSoon(this);
    };
    this.#onFailed ??= (error) => this.fail(error);
    pending.then(this.#onSettled, this.#onFailed);
  }

  /** What its behaviour can tell of the moment it crashed. */
  crashContext(): CrashContext | undefined {
    return this.program?.crashContext?.();
  }

  /**
   * Something the process has started threw where nobody could catch it: a timer, an event, a forgotten promise. It ends as
   * if its callback had thrown, but at once, also if a callback has not settled yet.
   */
  contain(thrown: unknown): void {
    if (!this.alive) return;
    const { program } = this;
    if (program?.crash === undefined) {
      this.fail(thrown);
      return;
    }
    const pending = this.within(() => program.crash?.(thrown));
    if (pending !== undefined) this.waitFor(pending);
  }

  /** The process' own code has thrown: it ends with that, and a crash is reported unless the end was in good order. */
  fail(thrown: unknown): void {
    if (this.alive) endProcess(this, reasonOfThrow(thrown), true);
  }
}
