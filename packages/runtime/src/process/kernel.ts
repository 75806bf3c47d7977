import type { AsyncResource } from 'node:async_hooks';
import type { Clock } from '../clock.ts';
import { BadArgumentError, NameTakenError, NoProcessError } from '../errors.ts';
import type { RuntimeEvents } from '../events.ts';
import type { ExitReason } from '../exit-reason.ts';
import { type Address, checkProcessName, type Name, Via } from '../name.ts';
import { Pid } from '../pid.ts';
import { Ref } from '../ref.ts';
import { type Destination, sendToAlias } from './alias.ts';
import { ancestorsOf, initialCallOf } from './ancestry.ts';
import { type Claim, forgetClaim, ViaClaim } from './claim.ts';
import type { Code } from './code-program.ts';
import { holdUncaught, presentContext } from './containment.ts';
import { including, members } from './few.ts';
import { type Process, processOf } from './process.ts';
import { ProcessGroups } from './process-groups.ts';
import { ProcessTable } from './process-table.ts';
import { Scheduler } from './scheduler.ts';
import { TimerQueue } from './timer-queue.ts';

/**
 * What the processes of one runtime share: the process table, the names, the run queue, the clock and the events.
 */
export class Kernel {
  /** Keeps alive what has to be; see `shapes.ts`. */
  static shapes: object | undefined;
  readonly id: number;
  readonly clock: Clock;
  readonly events: RuntimeEvents;
  readonly scheduler = new Scheduler();
  readonly timers: TimerQueue;
  readonly table = new ProcessTable();
  /** Where the runtime was made: traced code sees of the user's own contexts what was known there. */
  readonly context: AsyncResource = presentContext();
  /** Whether what processes have started is traced back to them; see `Runtime.contain`. */
  contained = false;
  /** The process whose code is on the stack. Not known any more after an `await`. */
  current: Process | undefined = undefined;
  /** A process that has ended is being released. */
  releasing = false;
  /** Processes that have ended meanwhile, in the order of their death; undefined while there are none, as nearly always. */
  ended: Process[] | undefined = undefined;
  /** Makes a process of plain code. Given from above, where a process and its `Self` are put together. */
  readonly spawn: (kernel: Kernel, parent: Process | undefined, linked: boolean, code: Code) => Process;
  readonly #names = new Map<Name, Process>();
  #groups: ProcessGroups | undefined = undefined;
  #lastProcessId = 0;
  #containers = 0;

  constructor(id: number, clock: Clock, events: RuntimeEvents, spawn: Kernel['spawn']) {
    this.id = id;
    this.spawn = spawn;
    this.clock = clock;
    this.events = events;
    this.timers = new TimerQueue(clock, (error) => this.events.publish('callback:failed', { error }));
  }

  /** Contains errors until the function it answers is called; see `Runtime.contain`. */
  contain(): () => void {
    const letGo = holdUncaught();
    this.#containers++;
    this.contained = true;
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      letGo();
      if (--this.#containers === 0) this.contained = false;
    };
  }

  nextProcessId(): number {
    return ++this.#lastProcessId;
  }

  /** Who is registered, by name. */
  get names(): ReadonlyMap<Name, Process> {
    return this.#names;
  }

  /** The live process with this pid or name. */
  find(address: Address): Process | undefined {
    if (address instanceof Pid) return processOf(address);
    if (!(address instanceof Via)) return this.#names.get(address);
    const pid = address.whereis(this);
    return pid === undefined ? undefined : processOf(pid);
  }

  /** The pid of the live process with this pid or name. */
  whereis(address: Address): Pid | undefined {
    return this.find(address)?.pid;
  }

  /** The groups of this runtime. Made when first asked for. */
  get groups(): ProcessGroups {
    this.#groups ??= new ProcessGroups();
    return this.#groups;
  }

  /**
   * Puts a message into a mailbox. A dead pid and a reference that is no alias take it silently; a name that nobody has is an
   * error. OTP: `send/2`.
   */
  send(to: Destination, message: unknown): void {
    if (to instanceof Pid) {
      processOf(to)?.deliver(message);
      return;
    }
    if (to instanceof Ref) {
      sendToAlias(to, message);
      return;
    }
    const target = this.find(to);
    if (target === undefined) throw new NoProcessError(`no process is registered as ${String(to)}`);
    target.deliver(message);
  }

  register(name: unknown, pid: unknown): void {
    const checked = checkProcessName(name);
    const process = pid instanceof Pid ? processOf(pid) : undefined;
    if (process === undefined)
      throw BadArgumentError.of('what is registered', 'the pid of a live process', pid);
    if (checked instanceof Via) {
      if (!this.claim(checked, process)) throw new NameTakenError(`${checked} is taken`);
      return;
    }
    const holder = this.#names.get(checked);
    if (holder !== undefined) throw new NameTakenError(`${String(checked)} is the name of ${holder.pid}`);
    if (process.name !== undefined) {
      throw new NameTakenError(`${process.pid} already has a name: ${String(process.name)}`);
    }
    this.#names.set(checked, process);
    process.name = checked;
  }

  /** Asks the keeper of a name to give it to the process, as long as that lives; answers whether it did. */
  claim(via: Via, process: Process): boolean {
    if (!via.register(process.pid, this)) return false;
    if (!via.isWatched)
      process.extras.claims = including<Claim>(process.claims, new ViaClaim(via, process.pid, this));
    return true;
  }

  unregister(name: unknown): void {
    const checked = checkProcessName(name);
    const process = this.find(checked);
    if (process === undefined) throw new NoProcessError(`no process is registered as ${String(name)}`);
    if (checked instanceof Via) {
      checked.unregister(process.pid, this);
      forgetClaim(process, checked);
      return;
    }
    this.#names.delete(process.name as Name);
    process.name = undefined;
  }

  /** Takes a dead process out of the table and frees its names. */
  forget(process: Process): void {
    this.table.remove(process);
    if (process.name !== undefined) this.#names.delete(process.name);
    const { claims } = process;
    if (claims === undefined) return;
    process.extras.claims = undefined;
    for (const claim of members(claims)) this.guard(() => claim.release());
  }

  reportExit(process: Process, reason: ExitReason): void {
    if (!this.events.topics['process:exit'].isWanted) return;
    this.events.publish('process:exit', {
      pid: process.pid,
      name: process.name,
      label: process.label,
      reason,
    });
  }

  reportCrash(process: Process, reason: ExitReason): void {
    if (!this.events.topics['process:crash'].isWanted) return;
    const { pid, name, label, parent } = process;
    const behaviour = process.program?.behaviour ?? 'Process';
    const context = this.guard(() => process.crashContext(reason));
    const links = Array.from(members(process.links), (linked) => linked.pid);
    const report = { pid, name, label, parent, links, reason, behaviour };
    const [ancestors, initialCall] = [ancestorsOf(process), initialCallOf(process)];
    this.events.publish('process:crash', { ...report, ancestors, initialCall, ...context });
  }

  /** Runs code that must not disturb the runtime, such as closing a resource; what it throws becomes an event. */
  guard<Result>(code: () => Result): Result | undefined {
    try {
      return code();
    } catch (error) {
      this.events.publish('callback:failed', { error });
      return undefined;
    }
  }
}
