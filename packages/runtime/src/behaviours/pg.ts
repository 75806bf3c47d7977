import { BadArgumentError, DeadProcessError } from '../errors.ts';
import { checkName, type Name } from '../name.ts';
import { Pid } from '../pid.ts';
import { CastMessage, checkRequest } from '../process/call.ts';
import { GroupMessage } from '../process/message.ts';
import { type Process, processOf } from '../process/process.ts';
import { GroupMonitor } from '../process/process-groups.ts';
import type { Self } from '../process/self.ts';
import type { Ref } from '../ref.ts';
import { type Host, resolveHost } from '../runtime.ts';

/**
 * Groups of processes under a name. A process may be in many groups, and more than once in the same: it leaves as often as it
 * has joined. One that ends has left all its groups before anybody learns of its end. OTP: the module `pg`.
 *
 * @example
 * ```ts
 * const runtime = new Runtime();
 * const worker = runtime.spawn({ receive: (message) => console.log(`got ${message}`) });
 * pg.join(runtime, 'workers', worker);
 * pg.send(runtime, 'workers', 'hello'); // prints: got hello
 * pg.members(runtime, 'workers').length; // => 1
 * ```
 */
export const pg = {
  /** Puts a live process into a group; a process, itself unless said. */
  join(host: Host, group: Name, pid?: Pid): void {
    const process = memberOf(host, pid);
    if (process === undefined)
      throw BadArgumentError.of('what joins a group', 'the pid of a live process', pid);
    resolveHost(host).kernel.groups.join(checkName(group), process);
  },

  /** Takes a process out of a group, once. Answers whether it was in there. */
  leave(host: Host, group: Name, pid?: Pid): boolean {
    const process = memberOf(host, pid);
    return process !== undefined && resolveHost(host).kernel.groups.leave(checkName(group), process);
  },

  /** The members, in the order they joined. */
  members(host: Host, group: Name): Pid[] {
    return membersOf(host, group).map(({ pid }) => pid);
  },

  /** The groups that have members. */
  whichGroups(host: Host): Name[] {
    return resolveHost(host).kernel.groups.names();
  },

  /** Tells the process with a `GroupMessage` of everybody who joins and leaves, and answers who is in the group now. */
  monitor(self: Self, group: Name): { readonly ref: Ref; readonly members: readonly Pid[] } {
    const { kernel, parent: owner } = resolveHost(self);
    if (owner === undefined) throw BadArgumentError.of('who monitors a group', 'the Self of a process', self);
    if (!owner.alive) throw new DeadProcessError(`${owner.pid} has ended and cannot monitor`);
    const ref = kernel.groups.monitor(checkName(group), owner);
    return { ref, members: pg.members(self, group) };
  },

  /**
   * Takes such a monitor back: nothing of it arrives later, and what of it waits in the mailbox is taken out. Answers whether it
   * was active and the process' own.
   */
  demonitor(self: Self, ref: Ref): boolean {
    const { parent: process } = resolveHost(self);
    if (process === undefined || !(ref instanceof GroupMonitor) || ref.owner !== process) return false;
    if (!ref.detach()) return false;
    const isOfRef = (message: unknown) => message instanceof GroupMessage && message.ref === ref;
    while (process.take(isOfRef) !== undefined);
    return true;
  },

  /** Sends a message to each member. */
  send(host: Host, group: Name, message: unknown): void {
    if (mayAct(host)) for (const member of membersOf(host, group)) member.deliver(message);
  },

  /** Casts a request to each member. To be answered by all, see `GenServer.multiCall`. */
  cast(host: Host, group: Name, request: string, payload?: unknown): void {
    checkRequest(request);
    if (!mayAct(host)) return;
    for (const member of membersOf(host, group)) member.deliver(new CastMessage(request, payload));
  },
};

/** The process itself, or the one that is named; undefined if it has ended. */
function memberOf(host: Host, pid: Pid | undefined): Process | undefined {
  const { parent } = resolveHost(host);
  if (pid === undefined) return parent?.alive === true ? parent : undefined;
  if (!(pid instanceof Pid)) throw BadArgumentError.of('a member', 'a pid', pid);
  return mayAct(host) ? processOf(pid) : undefined;
}

function membersOf(host: Host, group: Name): Process[] {
  return resolveHost(host).kernel.groups.members(checkName(group));
}

/** What a process that has ended still tries is dropped. */
function mayAct(host: Host): boolean {
  return resolveHost(host).parent?.alive !== false;
}
