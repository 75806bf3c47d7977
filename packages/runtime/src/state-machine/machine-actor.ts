import { type Actor, type AnyActorRef, type AnyStateMachine, createActor, type EventObject } from 'xstate';
import { Delays, type Relay } from './delays.ts';
import type { MachineClock } from './machine-clock.ts';
import type { LooseMachineOptions } from './machine-options.ts';
import { type PersistedMachine, type Restored, restore } from './persisted-machine.ts';

/** The snapshot of a machine whose types nobody looks at any more. */
export type AnySnapshot = ReturnType<AnyStateMachine['getInitialSnapshot']>;

// What XState keeps to itself, and this file alone reaches for: it gives no other way to hold back an event for an actor,
// to know all actors of a system, and to end one whose parent has failed. The tests of this folder notice a change.
interface ActorInside {
  _snapshot: AnySnapshot;
  _send(event: EventObject): void;
  _stop(): void;
}
interface SystemInside {
  readonly _relay: Relay;
  _register(sessionId: string, actor: AnyActorRef): string;
  _unregister(actor: AnyActorRef): void;
}

/**
 * The actors of one machine: the machine itself, all it has invoked or spawned, and their delayed events. They run within
 * a process, which is given every event for the machine before the machine is, and end with it.
 */
export class MachineActor {
  readonly machine: AnyStateMachine;
  readonly delays: Delays;
  readonly #root: Actor<AnyStateMachine>;
  readonly #inside: ActorInside;
  readonly #handle: (event: EventObject) => void;
  readonly #live = new Set<AnyActorRef>();

  /**
   * Makes the machine's initial state, or the one it is to go on from. What goes wrong is in `snapshot.error`. `onEvent` is
   * given each event that is sent to the machine; it is handled when `handle` is called with it.
   */
  constructor(
    machine: AnyStateMachine,
    clock: MachineClock,
    options: LooseMachineOptions,
    onEvent: (event: EventObject) => void,
  ) {
    const { inspect, logger, input, snapshot } = options;
    const restored = snapshot === undefined ? undefined : restore(snapshot as PersistedMachine);
    this.machine = machine;
    this.#root = createActor(machine, {
      clock,
      input,
      ...(restored === undefined ? {} : { snapshot: restored.snapshot }),
      ...(inspect === undefined ? {} : { inspect: guarded(inspect, clock) }),
      ...(logger === undefined ? {} : { logger }),
    });
    this.#inside = this.#root as unknown as ActorInside;
    this.#handle = this.#inside._send.bind(this.#root);
    this.#inside._send = onEvent;

    const { system } = this.#root;
    const { _relay: relay, _register: register, _unregister: unregister } = system as unknown as SystemInside;
    this.delays = new Delays(clock, relay);
    system.scheduler = this.delays;
    Object.assign(system, {
      _register: (sessionId: string, actor: AnyActorRef) => {
        this.#live.add(actor);
        return register(sessionId, actor);
      },
      _unregister: (actor: AnyActorRef) => {
        this.#live.delete(actor);
        unregister(actor);
      },
    });
    if (restored !== undefined && this.snapshot.status === 'active') this.#goOn(restored);
    // Somebody who listens to errors keeps XState from throwing them where nobody can catch them.
    this.#root.subscribe({ error: () => {} });
  }

  get root(): AnyActorRef {
    return this.#root;
  }

  get snapshot(): AnySnapshot {
    return this.#inside._snapshot;
  }

  /** How many actors run: the machine, and those that it has invoked or spawned, also through others. */
  get size(): number {
    return this.#live.size;
  }

  /** Runs the initial actions, and starts what is invoked at the beginning. */
  start(): void {
    this.#root.start();
  }

  /** Sends the machine an event from outside; it comes back through `onEvent`. */
  send(event: EventObject): void {
    this.#root.send(event);
  }

  /** Lets the machine handle an event, to the end. What its actions throw is in `snapshot.error` then. */
  handle(event: EventObject): void {
    this.#handle(event);
  }

  /** Puts the machine into another state, with another context. No action runs; what is invoked or delayed stays. */
  replace({ value, context }: AnySnapshot): void {
    const { children, historyValue } = this.snapshot;
    const resolved = this.machine.resolveState({ value, context, historyValue });
    this.#inside._snapshot = Object.assign(resolved, { children });
  }

  /** Ends all actors: the machine ends what it knows of, the rest has been left behind by a failure. */
  stop(): void {
    this.#root.stop();
    for (const actor of [...this.#live]) (actor as unknown as ActorInside)._stop();
  }

  #goOn({ context, delays }: Restored): void {
    const { children } = this.snapshot;
    this.#inside._snapshot = Object.assign(this.snapshot, { context: context(children) });
    for (const { source, target, event, id, inMs } of delays(this.#root))
      this.delays.schedule(source, target, event, inMs, id);
  }
}

/** An inspector that throws does the machine no harm: the error becomes the event `callback:failed`. */
function guarded(
  inspect: NonNullable<LooseMachineOptions['inspect']>,
  clock: MachineClock,
): NonNullable<LooseMachineOptions['inspect']> {
  const { kernel } = clock.self.process;
  return (event) => {
    kernel.guard(() => (typeof inspect === 'function' ? inspect(event) : inspect.next?.(event)));
  };
}
