import type { AnyStateMachine, EventObject } from 'xstate';
import type { ServerView } from '../behaviours/gen-server-module.ts';
import {
  type NoReplyResult,
  noReply,
  type OkResult,
  ok,
  type ReplyResult,
  reply,
  type StopResult,
  stop,
} from '../behaviours/gen-server-result.ts';
import { BadArgumentError } from '../errors.ts';
import { isCleanExit } from '../exit-reason.ts';
import type { From } from '../process/call.ts';
import type { ProgramDescription } from '../process/program.ts';
import type { Self } from '../process/self.ts';
import { Asker } from './asker.ts';
import type { Delay } from './delays.ts';
import { type AnySnapshot, MachineActor } from './machine-actor.ts';
import { MachineClock, Wake } from './machine-clock.ts';
import type { LooseMachineOptions } from './machine-options.ts';
import { Outcome } from './outcome.ts';
import { type Frozen, freeze, type PersistedMachine, persist } from './persisted-machine.ts';
import { formatValue, isSameValue } from './state-value.ts';

type After = NoReplyResult<AnySnapshot> | StopResult<never, AnySnapshot>;

/** An event from one of the machine's own actors, on its way through the mailbox. */
class Relayed {
  readonly event: EventObject;
  constructor(event: EventObject) {
    this.event = event;
  }
}

/**
 * A machine as the callbacks of a GenServer: the state is the machine's snapshot, every message an event of it. One of
 * these stands for one process.
 *
 * What an event makes the machine's own actors send at once is handled before the next message, as in XState; what they
 * send later is a message. So all of the machine's code runs as the process, and a suspended machine stands still.
 */
export class MachineServer {
  readonly name: string;
  readonly outcome = new Outcome();
  readonly handleCall = {
    ask: (event: EventObject, from: From, state: AnySnapshot) =>
      this.#handle({ ...event, from: new Asker(from) } as EventObject, state),
    snapshot: (_: undefined, _from: From, state: AnySnapshot) =>
      this.#answer(state, ({ snapshot }) => snapshot),
    persist: (_: undefined, _from: From, state: AnySnapshot) =>
      this.#answer(state, ({ root, delays }) => persist(freeze(root), delays.list(), this.#clock.now)),
  };
  readonly #machine: AnyStateMachine;
  readonly #options: LooseMachineOptions;
  readonly #keep: ((persisted: PersistedMachine | undefined) => void) | undefined;
  #clock!: MachineClock;
  #actor!: MachineActor;
  /** The machine after the last event that went well; anything else in the server's state has replaced it. */
  #settled: AnySnapshot | undefined = undefined;
  #frozen: readonly [Frozen, readonly Delay[]] | undefined = undefined;
  /** Code of the machine is on the stack: what is sent to it joins the queue. */
  #handling = false;
  #queue: EventObject[] = [];
  #postponed: EventObject[] = [];

  /** `keep` is given what to resume from when the machine has crashed, and undefined when it has ended well. */
  constructor(
    machine: AnyStateMachine,
    options: LooseMachineOptions,
    keep?: (persisted: PersistedMachine | undefined) => void,
  ) {
    this.name = machine.id;
    this.#machine = machine;
    this.#options = options;
    this.#keep = keep;
  }

  /** The machine of the process that an action, guard or actor runs in; of the machine itself, not of its children. */
  static of(scope: { readonly self: unknown; readonly system: { readonly _clock: unknown } }): MachineServer {
    const { _clock: clock } = scope.system;
    if (clock instanceof ServerClock && clock.server.#actor.root === scope.self) return clock.server;
    throw new BadArgumentError('only the machine that is a process can do this, not an actor it has started');
  }

  init(_argument: undefined, self: Self): OkResult<AnySnapshot> {
    this.#clock = new ServerClock(self, this);
    self.trapExit(this.#options.trapExit === true);
    this.#actor = new MachineActor(this.#machine, this.#clock, this.#options, (event) => {
      if (this.#handling) this.#queue.push(event);
      else self.process.deliver(new Relayed(event));
    });
    self.own({ close: () => this.#close(self) });
    this.#actor.start();
    const { snapshot } = this.#actor;
    if (snapshot.status === 'error') throw snapshot.error;
    this.#settle();
    return ok(snapshot, snapshot.status === 'active' ? {} : { continue: undefined });
  }

  /** The machine was in its final state from the beginning. */
  handleContinue(): After {
    return this.#settle();
  }

  handleInfo(message: unknown, state: AnySnapshot, self: Self): After | undefined {
    if (message instanceof Wake) return this.#run(state, () => message.handle());
    if (message instanceof Relayed) return this.#run(state, () => this.#queue.push(message.event));
    if (isEvent(message)) return this.#handle(message, state);
    self.reportUnhandled(message);
    return undefined;
  }

  terminate(): void {
    this.#actor.stop();
  }

  formatStatus({ state, ...rest }: ServerView<AnySnapshot>): ServerView {
    return {
      ...rest,
      state: state === undefined ? undefined : { value: state.value, context: state.context },
    };
  }

  describe(state: AnySnapshot | undefined): ProgramDescription {
    // Looked at by its own initial actions.
    if (state === undefined) return {};
    const actors = this.#actor.size - 1;
    const postponed = this.#postponed.length;
    return {
      details: {
        state: formatValue(state.value),
        ...(actors > 0 ? { actors } : {}),
        ...(postponed > 0 ? { postponed } : {}),
      },
    };
  }

  /** Keeps the event until the machine is in another state. */
  postpone(event: EventObject): void {
    if (event.type === 'xstate.init') throw new BadArgumentError('the initial entry is no event to postpone');
    // Several actions of one step may postpone the event that they are all given.
    if (!this.#postponed.includes(event)) this.#postponed.push(event);
  }

  #handle(event: EventObject, state: AnySnapshot): After {
    return this.#run(state, () => this.#actor.send(event));
  }

  #answer(state: AnySnapshot, read: (actor: MachineActor) => unknown): ReplyResult<unknown, AnySnapshot> {
    this.#reconcile(state);
    return reply(read(this.#actor), this.#actor.snapshot);
  }

  /** Lets code of the machine run, then all events that came of it, and says how the machine is. */
  #run(state: AnySnapshot, begin: () => void): After {
    this.#reconcile(state);
    this.#handling = true;
    try {
      begin();
      this.#drain();
    } finally {
      this.#handling = false;
      this.#queue = [];
    }
    return this.#settle();
  }

  #drain(): void {
    const actor = this.#actor;
    for (let event = this.#queue.shift(); event !== undefined; event = this.#queue.shift()) {
      const { value } = actor.snapshot;
      actor.handle(event);
      if (actor.snapshot.status !== 'active') return;
      // OTP: postponed events come back before all others, in the order in which they came first.
      if (this.#postponed.length > 0 && !isSameValue(value, actor.snapshot.value))
        this.#queue.unshift(...this.#postponed.splice(0));
    }
  }

  #settle(): After {
    const { snapshot, root, delays } = this.#actor;
    switch (snapshot.status) {
      case 'active':
        if (this.#keep !== undefined) this.#frozen = [freeze(root), delays.list()];
        this.#settled = snapshot;
        return noReply(snapshot);
      case 'done':
        this.outcome.output = [snapshot.output];
        return stop('normal', snapshot);
      case 'error':
        throw snapshot.error;
      case 'stopped':
        return stop('normal', snapshot);
      default:
        return snapshot satisfies never;
    }
  }

  /** Follows a `sys.replaceState`. */
  #reconcile(state: AnySnapshot): void {
    if (state === this.#settled) return;
    this.#actor.replace(state);
    this.#settled = this.#actor.snapshot;
  }

  /** The process has ended, whatever the reason: its actors end too. */
  #close({ process }: Self): void {
    const { exitReason } = process;
    this.outcome.reason = [exitReason];
    if (this.#keep !== undefined) {
      const frozen = isCleanExit(exitReason) ? undefined : this.#frozen;
      this.#keep(frozen === undefined ? undefined : persist(...frozen, this.#clock.now));
    }
    this.#actor.stop();
  }
}

/** The clock that a machine's actors are given: what leads from an action back to the process. */
class ServerClock extends MachineClock {
  readonly server: MachineServer;
  constructor(self: Self, server: MachineServer) {
    super(self);
    this.server = server;
  }
}

/** Whether a message can be an event: exit, down and timeout messages can, being objects with a type. */
function isEvent(message: unknown): message is EventObject {
  return (
    typeof message === 'object' && message !== null && 'type' in message && typeof message.type === 'string'
  );
}
