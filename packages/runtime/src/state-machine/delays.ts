import type { AnyActorRef, EventObject } from 'xstate';
import type { MachineClock, Wake } from './machine-clock.ts';

/** An event that an actor of a machine will be sent later. */
export interface Delay {
  readonly id: string;
  readonly source: AnyActorRef;
  readonly target: AnyActorRef;
  readonly event: EventObject;
  readonly wake: Wake;
}

/** Hands an event from one actor to another. */
export type Relay = (source: AnyActorRef, target: AnyActorRef, event: EventObject) => void;

type Scheduler = AnyActorRef['system']['scheduler'];

/**
 * The delayed events of a machine and its actors, in the place of XState's own: `after`, and `raise` or `sendTo` with a
 * `delay`. Each can say when it is due, which XState's cannot; and one that is set again under the same id replaces the
 * first, as OTP's named timeouts do, where XState would let both go off.
 */
export class Delays implements Scheduler {
  readonly #clock: MachineClock;
  readonly #relay: Relay;
  readonly #pending = new Map<AnyActorRef, Map<string, Delay>>();
  #unnamed = 0;

  constructor(clock: MachineClock, relay: Relay) {
    this.#clock = clock;
    this.#relay = relay;
  }

  /** All that are pending, in the order in which they were set. */
  list(): Delay[] {
    return Array.from(this.#pending.values(), (delays) => [...delays.values()]).flat();
  }

  schedule(
    source: AnyActorRef,
    target: AnyActorRef,
    event: EventObject,
    delayMs: number,
    id = `${++this.#unnamed}`,
  ): void {
    this.cancel(source, id);
    const wake = this.#clock.setTimeout(() => {
      const due = this.#pending.get(source)?.get(id);
      this.#forget(source, id);
      if (due !== undefined) this.#relay(source, target, due.event);
    }, delayMs);
    const delays = this.#pending.get(source) ?? new Map<string, Delay>();
    this.#pending.set(source, delays.set(id, { id, source, target, event, wake }));
  }

  /** Has another event come at the time that is set already; answers whether one is. */
  update(source: AnyActorRef, id: string, event: EventObject): boolean {
    const delays = this.#pending.get(source);
    const pending = delays?.get(id);
    // A new object: whoever holds the list as it was keeps it.
    if (pending !== undefined) delays?.set(id, { ...pending, event });
    return pending !== undefined;
  }

  cancel(source: AnyActorRef, id: string): void {
    this.#pending.get(source)?.get(id)?.wake.cancel();
    this.#forget(source, id);
  }

  cancelAll(source: AnyActorRef): void {
    for (const { wake } of this.#pending.get(source)?.values() ?? []) wake.cancel();
    this.#pending.delete(source);
  }

  #forget(source: AnyActorRef, id: string): void {
    const delays = this.#pending.get(source);
    if (delays?.delete(id) === true && delays.size === 0) this.#pending.delete(source);
  }
}
