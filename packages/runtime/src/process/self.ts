import { checkFlag, checkFunction, checkLabel, checkOptions, checkPid } from '../arguments.ts';
import { BadArgumentError, DeadProcessError } from '../errors.ts';
import type { ExitReason } from '../exit-reason.ts';
import { type Address, checkAddress, type Name, type ProcessName } from '../name.ts';
import { Pid } from '../pid.ts';
import type { Ref } from '../ref.ts';
import { Alias, checkDestination, type Destination, unalias } from './alias.ts';
import { ancestorsOf } from './ancestry.ts';
import { answer, type CallOptions, CastMessage, call, checkRequest, type From } from './call.ts';
import { CallTimer } from './call-timer.ts';
import { type CancelTimerOptions, cancelTimer, type ReadTimerOptions, readTimer } from './cancel-timer.ts';
import type { Code } from './code-program.ts';
import { ContainmentHold } from './containment-hold.ts';
import type { Deadline } from './deadline.ts';
import { erase, put } from './dictionary.ts';
import { signalExit } from './exit.ts';
import { excluding, including } from './few.ts';
import { checkMonitorOptions, type DemonitorOptions, demonitor, link, monitor, unlink } from './link.ts';
import { ExitThrow, type Process, processOf, type Resource } from './process.ts';
import {
  askProcessInfo,
  type ProcessInfo,
  type ProcessInfoItem,
  type ProcessInfoItems,
} from './process-info.ts';
import { type ReceiveOptions, type Receiver, receive, receiveWith } from './receiver.ts';
import { checkDelay, startSendTimer, type TimerOptions } from './send-timer.ts';
import { type Ended, EndWatch, type MonitorOptions } from './watch.ts';

/**
 * A process as its own code sees it; every callback is given it. Good for as long as the process lives: once it has ended,
 * whatever its code still tries is dropped (messages, signals) or refused with `DeadProcessError` (links, names, timers,
 * resources), and an answer it waits for never comes.
 */
export class Self {
  /** @internal For the rooms of the runtime above the process layer that start processes in this one's name. */
  readonly process: Process;

  /** Left to the runtime. */
  constructor(process: Process) {
    this.process = process;
  }

  /** The process' pid. */
  get pid(): Pid {
    return this.process.pid;
  }

  /** The pid of the process that started this one; undefined if it was started from outside. */
  get parent(): Pid | undefined {
    return this.process.parent;
  }

  /** Who started this one, who started that one, …, by name where they have one; up to the first that lives no more. */
  get ancestors(): readonly (Pid | Name)[] {
    return ancestorsOf(this.process);
  }

  /** Whether the process still lives. Worth asking after an `await`. */
  get alive(): boolean {
    return this.process.alive;
  }

  /** What the process has ended with; undefined while it lives. For what it leaves behind: its resources. */
  get exitReason(): ExitReason | undefined {
    return this.process.exitReason;
  }

  /** Whether another process lives. */
  isAlive(pid: Pid): boolean {
    return processOf(checkPid(pid)) !== undefined;
  }

  /** What there is to know of a process: this one or another; see `Runtime.processInfo`. */
  processInfo(pid: Pid): ProcessInfo | undefined;
  processInfo<Item extends ProcessInfoItem>(
    pid: Pid,
    items: readonly Item[],
  ): Pick<ProcessInfoItems, Item> | undefined;
  processInfo(pid: Pid, items?: readonly ProcessInfoItem[]): object | undefined {
    return askProcessInfo(pid, items);
  }

  /** Milliseconds on the runtime's clock. */
  get now(): number {
    return this.process.kernel.clock.now();
  }

  /** Aborted when the process ends, with its exit reason. Made when first asked for: it is dear on Node 20. */
  get signal(): AbortSignal {
    const process = this.process;
    const { extras } = process;
    if (extras.abort === undefined) {
      extras.abort = new AbortController();
      if (!process.alive) extras.abort.abort(process.exitReason);
    }
    return extras.abort.signal;
  }

  /** Says in trees and reports what the process is for. */
  setLabel(label: string): void {
    live(this, 'label itself').extras.label = checkLabel(label);
  }

  /** Keeps a value for this process, as long as it lives; answers what was there before. OTP: the process dictionary. */
  put(key: unknown, value: unknown): unknown {
    return put(this.process, key, value);
  }

  /** What is kept under a key; undefined if nothing is. */
  get<Value = unknown>(key: unknown): Value | undefined {
    return this.process.dictionary?.get(key) as Value | undefined;
  }

  /** Forgets a key; answers what was there. */
  erase(key: unknown): unknown {
    return erase(this.process, key);
  }

  /** A copy of all that is kept. */
  get dictionary(): ReadonlyMap<unknown, unknown> {
    return new Map(this.process.dictionary);
  }

  /**
   * Puts a message into a process' mailbox. To a dead pid, and to a reference that is no alias any more, that is nothing; to
   * a name nobody has, `NoProcessError`.
   */
  send(to: Destination, message: unknown): void {
    if (this.process.alive) this.process.kernel.send(checkDestination(to), message);
  }

  /**
   * A reference that others can send to in place of the pid, until `unalias`; with `reply`, for one message only. What comes
   * late, after a wait was given up say, vanishes then.
   */
  alias(options?: { readonly reply?: boolean }): Ref {
    if (options !== undefined) checkFlag('reply', checkOptions('an alias', options, ['reply']).reply);
    return new Alias(live(this, 'make an alias').pid, options?.reply === true);
  }

  /** Takes an alias of this process back; answers whether it was one until now. */
  unalias(ref: Ref): boolean {
    return unalias(this.process, ref);
  }

  /** Sends itself what came from outside, a socket say; handled when this turn's I/O has been read. See `Runtime`. */
  sendSelfAfterIo(message: unknown): void {
    this.process.deliverAfterIo(message);
  }

  /** Sends a request to a GenServer and waits for its answer; see `GenServer.call`. */
  call(to: Address, request: string, payload?: unknown, options?: CallOptions): Promise<unknown> {
    return call(this.process.kernel, this.process, 'call', to, request, payload, options);
  }

  /** Answers a call; only the first answer counts, and none once the caller has given up. OTP: `gen_server:reply/2`. */
  answer<Reply>(from: From<Reply>, value: Reply): void {
    if (this.process.alive) answer(from, value);
  }

  /** Sends a request that nobody waits for. Never fails, also when nobody is there. */
  cast(to: Address, request: string, payload?: unknown): void {
    const { alive, kernel } = this.process;
    if (!alive) return;
    checkRequest(request);
    const target = to instanceof Pid ? processOf(to) : kernel.find(checkAddress(to));
    target?.deliver(new CastMessage(request, payload));
  }

  /**
   * Links the two processes: when one ends with another reason than `'normal'`, so does the other. Linking to a process
   * that has ended already throws `NoProcessError`, or sends the exit message if this one traps exits.
   */
  link(pid: Pid): void {
    link(live(this, 'link'), pid);
  }

  /** Takes the link back: no exit signal of that process arrives any more. One that waits in the mailbox stays. */
  unlink(pid: Pid): void {
    unlink(live(this, 'unlink'), pid);
  }

  /**
   * Asks to be told, with one `DownMessage`, when the process ends; at once with `'noproc'` if there is none. The options
   * make the reference an alias as well, or give the message a tag.
   */
  monitor(target: Address, options?: MonitorOptions): Ref {
    return monitor(live(this, 'monitor'), checkAddress(target), options);
  }

  /**
   * Takes a monitor back: nothing of it arrives later. With `flush`, a `DownMessage` that waits already is taken out of the
   * mailbox too. Answers whether the monitor was still active.
   */
  demonitor(ref: Ref, options?: DemonitorOptions): boolean {
    return demonitor(this.process, ref, options);
  }

  /** Starts a process of plain code: a function that is its whole life, or an object that receives its messages. */
  spawn(code: Code): Pid {
    return spawn(this, false, code).pid;
  }

  /** Starts a process and links it to this one in the same step: its death is never missed. */
  spawnLink(code: Code): Pid {
    return spawn(this, true, code).pid;
  }

  /** Starts a process and monitors it in the same step. */
  spawnMonitor(code: Code, options?: MonitorOptions): { readonly pid: Pid; readonly ref: Ref } {
    checkMonitorOptions(options);
    const { pid } = spawn(this, false, code);
    return { pid, ref: monitor(this.process, pid, options) };
  }

  /** Starts a process, links it to this one and monitors it, all in the same step. OTP: `spawn_opt/2`. */
  spawnLinkMonitor(code: Code, options?: MonitorOptions): { readonly pid: Pid; readonly ref: Ref } {
    checkMonitorOptions(options);
    const { pid } = spawn(this, true, code);
    return { pid, ref: monitor(this.process, pid, options) };
  }

  /** Turns exit signals into messages, or back; answers what it was before. `'kill'` is never trapped. */
  trapExit(traps: boolean): boolean {
    const process = live(this, 'trap exits');
    if (typeof traps !== 'boolean') throw BadArgumentError.of('traps', 'a boolean', traps);
    const before = process.trapsExit;
    process.trapsExit = traps;
    return before;
  }

  /** Ends the process from inside, as `exit/1` does: unwinds its code by throwing, with exactly this reason. */
  exit(reason: ExitReason): never {
    throw new ExitThrow(reason);
  }

  /** Sends another process an exit signal, as `exit/2` does. To itself it cannot be caught, unless exits are trapped. */
  sendExit(pid: Pid, reason: ExitReason): void {
    if (!this.process.alive) return;
    const target = processOf(checkPid(pid));
    if (target !== undefined) signalExit(target, this.process.pid, reason);
  }

  /** Registers this process under a name. `NameTakenError` if the name, or this process, is taken. */
  register(name: ProcessName): void {
    live(this, 'register').kernel.register(name, this.pid);
  }

  /** Makes the process own something that is to be closed when it ends, however it ends. */
  own(resource: Resource): void {
    const process = live(this, 'own a resource');
    checkFunction('close of a resource', resource?.close);
    process.resources = including(process.resources, resource);
  }

  /**
   * Gives a resource of this process to another one, which owns it from then on. If that has ended, the resource is closed at
   * once; answers whether it was there. OTP: `gen_tcp:controlling_process/2`.
   */
  giveAway(resource: Resource, to: Pid): boolean {
    const owner = processOf(checkPid(to));
    this.disown(resource);
    if (owner === undefined) resource.close();
    else owner.resources = including(owner.resources, resource);
    return owner !== undefined;
  }

  /** Tells those who look on that a message came which nothing handles. */
  reportUnhandled(message: unknown): void {
    const { events } = this.process.kernel;
    if (events.topics['message:unhandled'].isWanted)
      events.publish('message:unhandled', { pid: this.pid, to: this.pid, message });
  }

  /**
   * Contains errors, of all processes of the runtime, as long as this one lives, or what it has started and leaves behind; see
   * `Runtime.contain`.
   */
  contain(): void {
    new ContainmentHold(live(this, 'contain errors'));
  }

  /** Gives the resource up without closing it. */
  disown(resource: Resource): void {
    this.process.resources = excluding(this.process.resources, resource);
  }

  /**
   * Sends `message` to a process in `delayMs`; with `abs`, when `self.now` is so much, at once if that is past. The reference
   * can be given to `cancelTimer`.
   */
  sendAfter(delayMs: number, to: Address, message: unknown, options?: TimerOptions): Ref {
    return startSendTimer(live(this, 'set a timer').kernel, delayMs, to, message, false, options);
  }

  /** As `sendAfter`, but sends a `TimeoutMessage` that carries the reference. */
  startTimer(delayMs: number, to: Address, message: unknown, options?: TimerOptions): Ref {
    return startSendTimer(live(this, 'set a timer').kernel, delayMs, to, message, true, options);
  }

  /**
   * Calls a function in `delayMs`, outside the mailbox: for the ends of waits, not for work. It does not keep Node alive,
   * and ends with the process. The reference can be given to `cancelTimer`. With an argument for the function, many timers
   * can share one. OTP: `timer:apply_after/4`.
   */
  callAfter(delayMs: number, callback: () => void): Ref;
  callAfter<Argument>(delayMs: number, callback: (argument: Argument) => void, argument: Argument): Ref;
  callAfter<Argument>(delayMs: number, callback: (argument?: Argument) => void, argument?: Argument): Ref {
    const timer = new CallTimer(live(this, 'set a timer'), checkFunction('callback', callback), argument);
    timer.start(checkDelay(delayMs));
    return timer;
  }

  /** Sets a deadline, or moves it: it comes in `delayMs` unless it is moved again. It does not keep Node alive. */
  setDeadline(deadline: Deadline, delayMs: number): void {
    const { timers } = live(this, 'set a deadline').kernel;
    timers.cancel(deadline);
    timers.arm(deadline, delayMs, false);
  }

  /** Takes a deadline back. Nothing happens if it is not set. */
  clearDeadline(deadline: Deadline): void {
    this.process.kernel.timers.cancel(deadline);
  }

  /** Waits so many ms on the runtime's clock. Never comes back if the process ends meanwhile. */
  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = new CallTimer(live(this, 'sleep'), resolve, undefined);
      timer.start(checkDelay(delayMs), true);
    });
  }

  /**
   * Takes a timer back: the ms that were left, or false if it has fired already. Its message never comes then. With `async`
   * the answer is `'ok'` and the rest comes as a `CancelTimerMessage`; without `info` there is nothing but `'ok'`.
   */
  cancelTimer(ref: Ref, options?: { readonly async?: false; readonly info?: true }): number | false;
  cancelTimer(ref: Ref, options: CancelTimerOptions): number | false | 'ok';
  cancelTimer(ref: Ref, options?: CancelTimerOptions): number | false | 'ok' {
    return cancelTimer(this.process, ref, options);
  }

  /** The ms that are left, or false if the timer has fired or was cancelled; with `async`, by a `ReadTimerMessage`. */
  readTimer(ref: Ref, options?: { readonly async?: false }): number | false;
  readTimer(ref: Ref, options: ReadTimerOptions): number | false | 'ok';
  readTimer(ref: Ref, options?: ReadTimerOptions): number | false | 'ok' {
    return readTimer(this.process, ref, options);
  }

  /**
   * Waits for the oldest message that matches and takes it out of the mailbox; the others stay, in order. For processes
   * made by `spawn(async (self) => …)`, and inside an async callback. Resolves to undefined when `timeout` ms have passed.
   */
  receive<Message = unknown>(options?: ReceiveOptions): Promise<Message | undefined> {
    return receive(live(this, 'receive'), options) as Promise<Message | undefined>;
  }

  /**
   * As `receive`, without a promise: tells `receiver`, at once if a message matches that has come before, or with undefined when
   * `timeout` ms have passed. To be begun in a callback whose promise settles no sooner.
   */
  receiveWith(receiver: Receiver, timeout: number | 'infinity'): void {
    receiveWith(live(this, 'receive'), receiver, timeout);
  }

  /** Takes the oldest matching message that is in the mailbox right now, as a one-element list; undefined if none is. */
  take(matches: (message: unknown) => boolean): [unknown] | undefined {
    return this.process.take(checkFunction('matches', matches));
  }

  /**
   * Sends a process an exit signal and waits for its end, at most `timeoutMs` (`Infinity` waits for ever). The answer comes
   * at once, not as a promise, if the signal has ended it; its reason is `'noproc'` if it had ended before.
   */
  endAndWait(pid: Pid, reason: ExitReason, timeoutMs: number): Ended | Promise<Ended> {
    const target = processOf(checkPid(pid));
    if (target === undefined) return { ended: true, reason: 'noproc' };
    live(this, 'wait');
    signalExit(target, this.pid, reason);
    if (!target.alive) return { ended: true, reason: target.exitReason };
    return new Promise((resolve) => new EndWatch(this.process, resolve).begin(target, timeoutMs));
  }
}

// Functions, not private methods: an object of a class with private methods is a word larger for it.
function spawn(self: Self, linked: boolean, code: Code): Process {
  const process = live(self, 'spawn');
  return process.kernel.spawn(process.kernel, process, linked, code);
}

function live({ process }: Self, what: string): Process {
  if (process.alive) return process;
  throw new DeadProcessError(`${process.pid} has ended and cannot ${what}`);
}
