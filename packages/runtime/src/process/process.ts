import type { AsyncResource } from 'node:async_hooks';
import { inspect } from 'node:util';
import { NoCatchError, OF_THE_END } from '../errors.ts';
import { type ExitReason, isError } from '../exit-reason.ts';
import { isInstance } from '../instance.ts';
import type { Name } from '../name.ts';
import { Pid } from '../pid.ts';
import { reportAftermath } from './aftermath.ts';
import type { Claim } from './claim.ts';
import { isTraced } from './containment.ts';
import { endProcess } from './exit.ts';
import { Extras } from './extras.ts';
import type { Few } from './few.ts';
import type { Kernel } from './kernel.ts';
import { Mailbox } from './mailbox.ts';
import type { CrashContext, Program } from './program.ts';
import type { Receiver } from './receiver.ts';
import { leaveScopes, makeScope } from './scopes.ts';
import type { Timer } from './timer-queue.ts';
import { goOn, rejected, settled, work } from './turn.ts';
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
  get [OF_THE_END](): true {
    return true;
  }
}

/** The exit reason of code that threw: an error is its own reason, anything else is told apart as not caught. */
export function reasonOfThrow(thrown: unknown): ExitReason {
  if (isInstance(thrown, ExitThrow)) return thrown.reason;
  return isError(thrown) ? thrown : new NoCatchError(thrown);
}

const ALIVE = 1;
const SCHEDULED = 2;
const BUSY = 4;
const TRAPS_EXIT = 8;
/** Its end is its parent's: see `loopParent`. */
const HAS_LOOP_PARENT = 16;
/** Where in the flags the place among those that keep their scope begins; it means something only while there is a scope. */
const PLACE = 5;
const BITS = (1 << PLACE) - 1;

/** Stands where a message would, if there was one: undefined is a message like any other. */
const NOTHING = Symbol('nothing');

/**
 * One process, as the process layer keeps it. Everybody else holds its pid; its own code holds its `Self`.
 *
 * It is kept small, since there may be a million of them, and a server has one for each client. Collections are made when
 * first needed; a message that waits alone needs no mailbox to wait in; what few processes have stands in `Extras`.
 */
export class Process {
  readonly kernel: Kernel;
  readonly pid: Pid;
  readonly parent: Pid | undefined;
  /** On the runtime's clock, in whole ms. */
  readonly startedAt: number;
  /** Set right after construction; a process without one only collects messages. */
  program: Program | undefined = undefined;

  exitReason: ExitReason = undefined;
  /** How many messages it has taken from its mailbox. */
  handled = 0;

  links: Few<Process> = undefined;
  watchers: Few<Watch> = undefined;
  watching: Few<Watch> = undefined;
  resources: Few<Resource> = undefined;
  /** Its neighbours in the table of processes. */
  previous: Process | undefined = undefined;
  next: Process | undefined = undefined;

  /** The message that waits, as long as no other has had to wait beside it. */
  #letter: unknown = NOTHING;
  #mailbox: Mailbox | undefined = undefined;
  #extras: Extras | undefined = undefined;
  #scope: AsyncResource | undefined = undefined;
  /** What is true of it, a bit each: four fields would be four words. */
  #flags = ALIVE;

  constructor(kernel: Kernel, parent: Pid | undefined) {
    this.kernel = kernel;
    this.parent = parent;
    this.startedAt = Math.floor(kernel.timers.roughNow());
    this.pid = new Pid(kernel.id, kernel.nextProcessId());
    this.pid.occupant = this;
  }

  get alive(): boolean {
    return (this.#flags & ALIVE) !== 0;
  }

  set alive(alive: boolean) {
    this.#flags = alive ? this.#flags | ALIVE : this.#flags & ~ALIVE;
  }

  /** The process stands in a run queue. */
  get scheduled(): boolean {
    return (this.#flags & SCHEDULED) !== 0;
  }

  set scheduled(scheduled: boolean) {
    this.#flags = scheduled ? this.#flags | SCHEDULED : this.#flags & ~SCHEDULED;
  }

  /** A callback has not settled yet; the mailbox waits. */
  get busy(): boolean {
    return (this.#flags & BUSY) !== 0;
  }

  set busy(busy: boolean) {
    this.#flags = busy ? this.#flags | BUSY : this.#flags & ~BUSY;
  }

  get trapsExit(): boolean {
    return (this.#flags & TRAPS_EXIT) !== 0;
  }

  set trapsExit(traps: boolean) {
    this.#flags = traps ? this.#flags | TRAPS_EXIT : this.#flags & ~TRAPS_EXIT;
  }

  /**
   * Whose exit signal is its end, also if it traps exits: the parent's, or its own if it was started as nobody's child. OTP: the
   * `Parent` of `gen_server:loop`.
   */
  get loopParent(): Pid | undefined {
    return (this.#flags & HAS_LOOP_PARENT) !== 0 ? this.parent : this.pid;
  }

  /** From now on the end of its parent is its own. */
  setLoopParent(): void {
    this.#flags |= HAS_LOOP_PARENT;
  }

  get name(): Name | undefined {
    return this.#extras?.name;
  }

  set name(name: Name | undefined) {
    this.extras.name = name;
  }

  get label(): string | undefined {
    return this.#extras?.label;
  }

  /** What others keep for it until it ends: names in registries. */
  get claims(): Few<Claim> {
    return this.#extras?.claims;
  }

  /** Timers that will send to this process: they end with it. */
  get timers(): Few<Timer> {
    return this.#extras?.timers;
  }

  /** What its code keeps with `self.put`. */
  get dictionary(): ReadonlyMap<unknown, unknown> | undefined {
    return this.#extras?.dictionary;
  }

  /** What few processes have; undefined for all the others. */
  get rareExtras(): Extras | undefined {
    return this.#extras;
  }

  /** What few processes have, to be changed; made if there is nothing of it yet. */
  get extras(): Extras {
    this.#extras ??= new Extras();
    return this.#extras;
  }

  /** Aborted when it ends, if its code has asked for it. */
  get abort(): AbortController | undefined {
    return this.#extras?.abort;
  }

  /** The `receive` that a busy process is waiting in. */
  get receiver(): Receiver | undefined {
    return this.#extras?.receiver;
  }

  /** Where its messages wait, to be looked through. */
  get mailbox(): Mailbox {
    if (this.#mailbox !== undefined) return this.#mailbox;
    const mailbox = new Mailbox();
    if (this.#letter !== NOTHING) mailbox.push(this.#letter);
    this.#letter = NOTHING;
    this.#mailbox = mailbox;
    return mailbox;
  }

  /** How many messages wait. */
  get waiting(): number {
    if (this.#mailbox !== undefined) return this.#mailbox.length;
    return this.#letter === NOTHING ? 0 : 1;
  }

  /** Puts a message into the mailbox; it is handled after the sender's present code. Nothing happens to the dead. */
  deliver(message: unknown): void {
    if (!this.alive) return;
    this.put(message);
    if (!this.scheduled && this.isReady()) this.kernel.scheduler.requestSoon(this);
  }

  /** As `deliver`, but the message is handled together with the other I/O of this turn. */
  deliverAfterIo(message: unknown): void {
    if (!this.alive) return;
    this.put(message);
    if (!this.scheduled && this.isReady()) this.kernel.scheduler.requestAfterIo(this);
  }

  /** Puts a message into the mailbox and asks for nothing: whoever makes the process ready will see to it. */
  put(message: unknown): void {
    if (this.#mailbox !== undefined) this.#mailbox.push(message);
    else if (this.#letter === NOTHING) this.#letter = message;
    else this.mailbox.push(message);
  }

  /** Puts a message in front of all others. */
  putNext(message: unknown): void {
    if (this.waiting === 0) this.put(message);
    else this.mailbox.unshift([message]);
  }

  /** Puts messages in front of all others, in their own order. */
  putFirst(messages: readonly unknown[]): void {
    this.mailbox.unshift(messages);
  }

  /** Takes the oldest message. Only to be asked while one waits. */
  takeNext(): unknown {
    if (this.#mailbox !== undefined) return this.#mailbox.shift();
    const letter = this.#letter;
    this.#letter = NOTHING;
    return letter;
  }

  /** The message that is next; undefined if none waits. */
  get oldest(): unknown {
    if (this.#mailbox !== undefined) return this.#mailbox.length === 0 ? undefined : this.#mailbox.at(0);
    return this.#letter === NOTHING ? undefined : this.#letter;
  }

  /** A copy of all that wait, oldest first. */
  messages(): unknown[] {
    if (this.#mailbox !== undefined) return this.#mailbox.toArray();
    return this.#letter === NOTHING ? [] : [this.#letter];
  }

  /** Takes the oldest message at or after place `from` that matches, as a one-element list. */
  take(matches: (message: unknown) => boolean, from = 0): [unknown] | undefined {
    if (this.#mailbox !== undefined) {
      const index = this.#mailbox.find(matches, from);
      if (index < 0) return undefined;
      this.receiver?.missed(index);
      return [this.#mailbox.takeAt(index)];
    }
    // A mailbox is not made to look at one message, or at none.
    if (from > 0 || this.#letter === NOTHING || !matches(this.#letter)) return undefined;
    this.receiver?.missed(0);
    return [this.takeNext()];
  }

  /** Whether there is a message for it to handle, and nothing that keeps it from that. */
  hasNext(): boolean {
    if ((this.#flags & (ALIVE | BUSY)) !== ALIVE) return false;
    return this.#mailbox === undefined ? this.#letter !== NOTHING : this.#mailbox.length > 0;
  }

  /** Whether a turn would get the process further. */
  isReady(): boolean {
    return this.hasNext() || (this.alive && this.busy && this.receiver?.canLook === true);
  }

  /** Handles messages, at most `reductions`; answers whether the event loop has to get its turn now. */
  run(reductions: number): boolean {
    const { kernel } = this;
    const outer = kernel.current;
    kernel.current = this;
    const turnIsOver = isTraced()
      ? this.scope.runInAsyncScope(work, undefined, this, reductions)
      : work(this, reductions);
    kernel.current = outer;
    return turnIsOver;
  }

  /**
   * Runs code in the process' name: its start, and what goes on after an await. What it throws is thrown on. With an argument
   * for the code, the code need not be made anew each time.
   */
  within<Result>(code: () => Result): Result;
  within<Result, Argument>(code: (argument: Argument) => Result, argument: Argument): Result;
  within<Result, Argument>(code: (argument?: Argument) => Result, argument?: Argument): Result {
    const { kernel } = this;
    const outer = kernel.current;
    kernel.current = this;
    try {
      return isTraced() ? this.scope.runInAsyncScope(code, undefined, argument) : code(argument);
    } finally {
      kernel.current = outer;
    }
  }

  /** The context its code runs in. Made when it is needed: a process that only collects messages has no code to be traced. */
  get scope(): AsyncResource {
    return this.#scope ?? makeScope(this);
  }

  /** Keeps the context, in this place among those who do. */
  keepScope(scope: AsyncResource, place: number): void {
    this.#scope = scope;
    this.#flags = (this.#flags & BITS) | (place << PLACE);
  }

  /** Another process has taken the place. The next one who needs the context makes it anew. */
  forgetScope(): void {
    this.#scope = undefined;
  }

  /** The process has ended: its messages are nobody's, and it keeps no context. */
  abandon(): void {
    this.#letter = NOTHING;
    this.#mailbox = undefined;
    if (this.#scope === undefined) return;
    this.#scope = undefined;
    leaveScopes(this.#flags >> PLACE);
  }

  /** Keeps the process busy until the promise settles; its program goes on with what that comes to. */
  waitFor(pending: PromiseLike<unknown>): void {
    const { extras } = this;
    this.busy = true;
    extras.onSettled ??= (value) => goOn(this, settled, value);
    extras.onRejected ??= (thrown) => goOn(this, rejected, thrown);
    pending.then(extras.onSettled, extras.onRejected);
  }

  /** What its behaviour can tell of the moment it crashed. */
  crashContext(reason: ExitReason): CrashContext | undefined {
    return this.program?.crashContext?.(reason);
  }

  /**
   * Something the process has started threw where nobody could catch it: a timer, an event, a forgotten promise. It ends as
   * if its callback had thrown, but at once, also if a callback has not settled yet. If it has ended, the error is told.
   */
  contain(thrown: unknown): void {
    if (!this.alive) {
      reportAftermath(this, thrown);
      return;
    }
    const { program } = this;
    if (program?.crash === undefined) {
      this.fail(thrown);
      return;
    }
    const pending = this.within(() => program.crash?.(thrown));
    if (pending === undefined) return;
    if (this.busy) this.extras.overtaken = true;
    this.waitFor(pending);
  }

  /** The process' own code has thrown: it ends with that, and a crash is reported unless the end was in good order. */
  fail(thrown: unknown): void {
    if (this.alive) endProcess(this, reasonOfThrow(thrown), true);
  }

  /** Its `Self` is given where a pid belongs, and shown: not with all that it leads to. */
  [inspect.custom](): string {
    return String(this.pid);
  }
}
