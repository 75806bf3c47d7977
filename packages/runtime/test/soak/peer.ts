import {
  type Address,
  CancelTimerMessage,
  DownMessage,
  defineServer,
  ExitMessage,
  type ExitReason,
  type From,
  noReply,
  type Pid,
  pg,
  type Ref,
  reply,
  type Self,
  type StopResult,
  stop,
  TaskMessage,
} from '../../src/index.ts';
import { type Errand, type Errands, errands, handleErrand, noErrands } from './errands.ts';
import { SERVICES } from './services.ts';
import type { World } from './world.ts';

/** What a peer is started with. */
export interface PeerArgument {
  readonly world: World;
  readonly name?: string;
  /** The key of the registry of unique keys that it is started under. */
  readonly key?: string;
  /** What it is like follows from its number: whether it traps exits, how long it takes to stop. */
  readonly number: number;
}

interface PeerState {
  readonly world: World;
  readonly name: string | undefined;
  readonly number: number;
  readonly monitors: Ref[];
  readonly errands: Errands;
}

/** A call that a peer is to make. */
export interface Question {
  readonly to: Address;
  readonly request: 'echo' | 'slow' | 'later';
  readonly takesMs: number;
  readonly timeout: number | 'infinity';
  /** Whether the peer dies of a call that fails. */
  readonly careless: boolean;
}

/** Whether a timer is taken back as soon as it is set, and how. */
export type Taken = 'not' | 'now' | 'async' | 'silent';

class Tick {}
class Answer {
  readonly from: From;
  constructor(from: From) {
    this.from = from;
  }
}

const TICK_MS = 1_800_000;

/**
 * Takes the peer's name if it is free. When a supervisor is killed, those below it may still be ending while their successors
 * start: to be started under a name would fail these until their supervisors give up, as it would in OTP.
 */
function takeName(world: World, self: Self, name: string | undefined): void {
  if (name === undefined || world.peers.get(self.pid) !== undefined) return;
  if (world.runtime.whereis(name) !== undefined) return;
  self.register(name);
  world.peers.set(self.pid, name);
}

/** Which group a peer is in. */
function groupOf(number: number): string {
  return `group-${number % 7}`;
}

/** A server that talks to others of its kind, and does what the soak tells it to. */
export const peer = defineServer({
  name: 'peer',
  init({ world, name, key, number }: PeerArgument, self): PeerState | StopResult<never, never> {
    if (world.failingStarts > 0) {
      world.failingStarts--;
      return stop('notNow');
    }
    if (number % 4 === 0) self.trapExit(true);
    world.peers.set(self.pid, undefined);
    takeName(world, self, name);
    if (key !== undefined) world.enroll(SERVICES.keys, self.pid, key);
    pg.join(self, groupOf(number));
    world.setTimer(self, TICK_MS + number, self.pid, new Tick());
    return { world, name, number, monitors: [], errands: noErrands() };
  },
  handleCall: {
    echo: (takesMs: number) => reply(takesMs),
    async slow(takesMs: number, _from, _state, self) {
      await self.sleep(takesMs);
      return reply(takesMs);
    },
    later(takesMs: number, from, { world }, self) {
      world.setTimer(self, takesMs, self.pid, new Answer(from));
    },
  },
  handleCast: {
    crash(): never {
      throw new Error('boom');
    },
    exit: (reason: ExitReason, _state, self): never => self.exit(reason),
    stop: (reason: ExitReason) => stop(reason),
    idle: (timeout: number, state) => noReply(state, { timeout }),
    async ask({ to, request, takesMs, timeout, careless }: Question, { world }, self) {
      try {
        await self.call(to, request, takesMs, { timeout });
        world.trace.add('answered', `${self.pid} by ${String(to)}`);
      } catch (error) {
        world.trace.add('unanswered', `${self.pid} by ${String(to)}: ${(error as { code: string }).code}`);
        if (careless) throw error;
      }
    },
    link(other: Pid, { world }, self) {
      if (!self.isAlive(other) || other === self.pid) return;
      self.link(other);
      world.links.push([self.pid, other]);
    },
    unlink(other: Pid, { world }, self) {
      self.unlink(other);
      world.unlink(self.pid, other);
    },
    monitor(target: Pid, { world, monitors }, self) {
      const ref = self.monitor(target);
      monitors.push(ref);
      // A monitor of oneself is nothing that anybody keeps.
      if (self.isAlive(target) && target !== self.pid) world.monitors.set(ref, { owner: self.pid, target });
    },
    demonitor(_: undefined, { world, monitors }, self) {
      const ref = monitors.pop();
      if (ref === undefined) return;
      self.demonitor(ref, { flush: true });
      world.monitors.delete(ref);
    },
    timer({ delayMs, to, taken }: { delayMs: number; to: Pid | string; taken: Taken }, { world }, self) {
      const ref = world.setTimer(self, delayMs, to, 'reminder');
      if (taken === 'not' || self.readTimer(ref) === false) return;
      world.timers.pop();
      self.cancelTimer(ref, { async: taken === 'async', info: taken !== 'silent' });
    },
    errand: ({ kind, payload }: Errand, state, self) => errands[kind](payload as never, state, self),
    helper(takesMs: number, { world }, self) {
      const pid = self.spawnLink((own) => own.sleep(takesMs));
      world.helpers.set(pid, world.now + takesMs);
      world.links.push([self.pid, pid]);
    },
    rename(name: string, { world }, self) {
      const before = world.peers.get(self.pid);
      if (before === undefined) return;
      world.runtime.unregister(before);
      self.register(name);
      world.peers.set(self.pid, name);
    },
  },
  handleInfo(message, state, self) {
    const { world, name, number, monitors } = state;
    if (message instanceof Tick) {
      takeName(world, self, name);
      world.setTimer(self, TICK_MS + number, self.pid, message);
    } else if (message instanceof Answer) self.answer(message.from, 'at last');
    else if (message instanceof DownMessage) {
      monitors.splice(monitors.indexOf(message.ref), 1);
      world.trace.add('down', `${self.pid} of ${String(message.process)} ${String(message.reason)}`);
    } else if (message instanceof ExitMessage) world.trace.add('told', `${self.pid} by ${message.from}`);
    else if (message instanceof CancelTimerMessage)
      world.trace.add('cancelled', `${self.pid} ${message.left}`);
    else if (message instanceof TaskMessage)
      world.trace.add('task', `${message.task.pid} ${message.result.kind}`);
    else handleErrand(message, state, self);
  },
  terminate(_reason, { number }, self) {
    // Some take their time, a few more than they have.
    if (number % 44 === 0) return self.sleep(6_000);
    return number % 11 === 0 ? self.sleep(500) : undefined;
  },
});
