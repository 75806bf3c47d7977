import type { ExitReason } from '../exit-reason.ts';
import type { Name } from '../name.ts';
import type { Pid } from '../pid.ts';
import { including } from './few.ts';
import { GroupMessage } from './message.ts';
import type { Process } from './process.ts';
import { Watch } from './watch.ts';

/** One process in one group. The end of the process ends it. */
class Membership extends Watch {
  /** How often the process has joined: it has to leave as often. */
  times = 1;
  readonly process: Process;
  readonly #onEnd: () => void;

  constructor(process: Process, onEnd: () => void) {
    super();
    this.owner = undefined;
    this.target = undefined;
    this.process = process;
    this.#onEnd = onEnd;
  }

  down(_reason: ExitReason): void {
    this.#onEnd();
  }

  /** Never armed: a member stays until it leaves or ends. */
  fire(): void {}
}

/** A process that is told who joins and leaves a group. It stands among what its owner watches, to end with it. */
export class GroupMonitor extends Watch {
  readonly group: Name;
  readonly #groups: ProcessGroups;

  constructor(owner: Process, group: Name, groups: ProcessGroups) {
    super();
    this.owner = owner;
    this.target = undefined;
    this.group = group;
    this.#groups = groups;
    owner.watching = including<Watch>(owner.watching, this);
  }

  tell(type: 'join' | 'leave', pids: readonly Pid[]): void {
    this.owner?.deliver(new GroupMessage(type, this, this.group, pids));
  }

  override detach(): boolean {
    this.forget();
    return this.#groups.removeMonitor(this);
  }

  /** Never called: a group has no end. */
  down(): void {}
  fire(): void {}
}

/** What is kept of one group: nothing, once it has neither members nor monitors. */
interface Group {
  readonly members: Map<Process, Membership>;
  readonly monitors: Set<GroupMonitor>;
}

/** The groups of one runtime: which processes have joined which. OTP: `pg`, one scope. */
export class ProcessGroups {
  readonly #groups = new Map<Name, Group>();

  /** The groups that have a member. */
  names(): Name[] {
    return Array.from(this.#groups)
      .filter(([, { members }]) => members.size > 0)
      .map(([name]) => name);
  }

  /** The live members, in the order they joined; one that has joined more than once stands there as often. */
  members(name: Name): Process[] {
    const memberships = Array.from(this.#groups.get(name)?.members.values() ?? []);
    return memberships
      .filter(({ process }) => process.alive)
      .flatMap(({ process, times }) => new Array<Process>(times).fill(process));
  }

  join(name: Name, process: Process): void {
    const group = this.#group(name);
    const membership = group.members.get(process);
    if (membership !== undefined) membership.times++;
    else {
      const joined = new Membership(process, () => this.#remove(name, process, joined.times));
      joined.attach(process);
      group.members.set(process, joined);
    }
    for (const monitor of group.monitors) monitor.tell('join', [process.pid]);
  }

  /** Answers whether the process was a member. */
  leave(name: Name, process: Process): boolean {
    const membership = this.#groups.get(name)?.members.get(process);
    if (membership === undefined) return false;
    if (membership.times === 1) membership.detach();
    this.#remove(name, process, 1);
    return true;
  }

  monitor(name: Name, owner: Process): GroupMonitor {
    const monitor = new GroupMonitor(owner, name, this);
    this.#group(name).monitors.add(monitor);
    return monitor;
  }

  /** Answers whether the monitor was active. */
  removeMonitor(monitor: GroupMonitor): boolean {
    const group = this.#groups.get(monitor.group);
    if (group?.monitors.delete(monitor) !== true) return false;
    this.#forgetIfEmpty(monitor.group, group);
    return true;
  }

  #remove(name: Name, process: Process, times: number): void {
    const group = this.#group(name);
    const membership = group.members.get(process);
    if (membership === undefined) return;
    membership.times -= times;
    if (membership.times === 0) group.members.delete(process);
    const pids = new Array<Pid>(times).fill(process.pid);
    for (const monitor of group.monitors) monitor.tell('leave', pids);
    this.#forgetIfEmpty(name, group);
  }

  #group(name: Name): Group {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group: Group = { members: new Map(), monitors: new Set() };
    this.#groups.set(name, group);
    return group;
  }

  #forgetIfEmpty(name: Name, { members, monitors }: Group): void {
    if (members.size === 0 && monitors.size === 0) this.#groups.delete(name);
  }
}
