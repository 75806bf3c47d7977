import type { Pid } from '../pid.ts';
import type { From } from '../process/call.ts';
import type { DownMessage } from '../process/message.ts';
import type { Self } from '../process/self.ts';
import type { Ref } from '../ref.ts';

/** A process that has a lock of a registry, or waits for it. It is the answer to the wait, and what gives the lock back. */
export class LockTicket {
  readonly key: unknown;
  readonly from: From<LockTicket>;
  readonly monitor: Ref;

  constructor(key: unknown, from: From<LockTicket>, monitor: Ref) {
    this.key = key;
    this.from = from;
    this.monitor = monitor;
  }
}

/** The locks of one registry: for each key a queue, whose first has the lock. */
export class RegistryLocks {
  readonly #queues = new Map<unknown, LockTicket[]>();
  readonly #byMonitor = new Map<Ref, LockTicket>();

  /** Puts a process at the end of the queue. Its end takes it out again. */
  wait(self: Self, key: unknown, pid: Pid, from: From<LockTicket>): void {
    const ticket = new LockTicket(key, from, self.monitor(pid));
    this.#byMonitor.set(ticket.monitor, ticket);
    const queue = this.#queues.get(key);
    if (queue !== undefined) {
      queue.push(ticket);
      return;
    }
    this.#queues.set(key, [ticket]);
    self.answer(from, ticket);
  }

  /** Takes a process out of the queue, which the next may move up in. A ticket of another registry is nothing. */
  leave(self: Self, ticket: LockTicket): void {
    if (!this.#byMonitor.delete(ticket.monitor)) return;
    self.demonitor(ticket.monitor, { flush: true });
    const queue = this.#queues.get(ticket.key) as LockTicket[];
    const place = queue.indexOf(ticket);
    queue.splice(place, 1);
    const [next] = queue;
    if (next === undefined) this.#queues.delete(ticket.key);
    else if (place === 0) self.answer(next.from, next);
  }

  /** A process that had a lock, or waited for one, has ended. Answers whether the message was about one. */
  ended(self: Self, message: DownMessage): boolean {
    const ticket = this.#byMonitor.get(message.ref);
    if (ticket !== undefined) this.leave(self, ticket);
    return ticket !== undefined;
  }
}
