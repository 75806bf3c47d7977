import { Pid, type Ref, type Self } from '../../src/index.ts';
import { type TestRuntime, testRuntime } from '../../src/testing/index.ts';
import { Random } from './random.ts';
import { Trace } from './trace.ts';

/** A timer that a peer has set for somebody, as the world remembers it. */
interface SetTimer {
  readonly dueAt: number;
  /** Undefined for a timer to a name, which ends with nobody. */
  readonly target: Pid | undefined;
}

/**
 * What the soak knows of its processes by itself: each peer tells what it links, monitors, arms and is called. The kernel's own
 * books are compared with these.
 */
export class World {
  readonly runtime: TestRuntime = testRuntime();
  readonly random: Random;
  readonly trace: Trace;
  /** The live peers, oldest first, with the names they have. */
  readonly peers = new Map<Pid, string | undefined>();
  /** Processes beside the tree, with the time by which they are gone. */
  readonly helpers = new Map<Pid, number>();
  /** Links that a peer has made, on top of those that a start makes. */
  links: (readonly [Pid, Pid])[] = [];
  readonly monitors = new Map<Ref, { readonly owner: Pid; readonly target: Pid }>();
  timers: SetTimer[] = [];
  /** Which keys each live peer has taken in each registry. */
  readonly keys = new Map<string, Map<Pid, string[]>>();
  /** The supervisor of what the peers use; see `SERVICES`. */
  services!: Pid;
  /** What the peers have to complain of. */
  readonly complaints: string[] = [];
  /** How many of the next starts are to fail. */
  failingStarts = 0;

  constructor(seed: number) {
    this.random = new Random(seed);
    this.trace = new Trace(this.runtime);
    this.runtime.events.on('process:exit', ({ pid, name }) => {
      this.#forget(pid);
      // A registry takes all it knows along.
      if (typeof name === 'string') this.keys.get(name)?.clear();
    });
  }

  get now(): number {
    return this.runtime.clock.now();
  }

  /** A live peer; another one than `other`, if there is one. */
  anyPeer(other?: Pid): Pid {
    const pids = [...this.peers.keys()];
    const index = this.random.below(pids.length);
    const found = pids[index] as Pid;
    return found === other ? (pids[(index + 1) % pids.length] as Pid) : found;
  }

  /** The name of a live peer that has one. */
  anyName(): string {
    return this.random.pick([...this.peers.values()].filter((name) => name !== undefined));
  }

  /** Arms a timer that the world knows of. */
  setTimer(self: Self, delayMs: number, to: Pid | string, message: unknown): Ref {
    const target = to instanceof Pid ? to : undefined;
    if (target === undefined || self.isAlive(target)) this.timers.push({ dueAt: this.now + delayMs, target });
    return self.sendAfter(delayMs, to, message);
  }

  enroll(registry: string, pid: Pid, key: string): void {
    const keys = this.keys.get(registry) ?? new Map<Pid, string[]>();
    this.keys.set(registry, keys.set(pid, [...(keys.get(pid) ?? []), key]));
  }

  resign(registry: string, pid: Pid, key: string): void {
    const keys = this.keys.get(registry);
    const left = (keys?.get(pid) ?? []).filter((each) => each !== key);
    if (left.length > 0) keys?.set(pid, left);
    else keys?.delete(pid);
  }

  complain(line: string): void {
    this.complaints.push(line);
  }

  unlink(one: Pid, other: Pid): void {
    this.links = this.links.filter((pair) => !(pair.includes(one) && pair.includes(other)));
  }

  /** The timers that must still be armed. */
  get armedTimers(): readonly SetTimer[] {
    this.timers = this.timers.filter(({ dueAt }) => dueAt > this.now);
    return this.timers;
  }

  #forget(pid: Pid): void {
    this.peers.delete(pid);
    this.helpers.delete(pid);
    for (const keys of this.keys.values()) keys.delete(pid);
    this.links = this.links.filter((pair) => !pair.includes(pid));
    this.timers = this.timers.filter(({ target }) => target !== pid);
    for (const [ref, { owner, target }] of this.monitors) {
      if (owner === pid || target === pid) this.monitors.delete(ref);
    }
  }
}

/** Casts a request to a peer, by lot. */
export function tell(world: World, request: string, payload?: unknown): void {
  world.runtime.cast(world.anyPeer(), request, payload);
}
