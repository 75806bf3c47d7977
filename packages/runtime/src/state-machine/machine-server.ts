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
import { Mailbox } from '../process/mailbox.ts';
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
  name: string;
  readonly outcome = new Outcome();
  readonly handleCall = {
    ask: (event: EventObject, from: From, state: AnySnapshot) =>
      this.#handle({ ...event, from: new Asker(from) } as EventObject, state),
    snapshot: (_: undefined, _from: From, state: AnySnapshot) =>
      this.#answer(state, ({ snapshot }) => snapshot),
    persist: (_: undefined, _from: From, state: AnySnapshot) =>
      this.#answer(state, ({ root, delays }) => persist(freeze(root), delays.list(), this.#clock.now)),
  };
  /** The machine that it is, last, and those that it will be again. */
  readonly #machines: AnyStateMachine[];
  readonly #options: LooseMachineOptions;
  readonly #keep: ((kept: Kept | undefined) => void) | undefined;
  #clock!: MachineClock;
  #actor!: MachineActor;
  /** The machine after the last event that went well; anything else in the server's state has replaced it. */
  #settled: AnySnapshot | undefined = undefined;
  #frozen: readonly [Frozen, readonly Delay[], readonly AnyStateMachine[]] | undefined = undefined;
  /** Code of the machine is on the stack: what is sent to it joins the queue. */
  #handling = false;
  readonly #queue = new Mailbox();
  readonly #postponed = new Set<EventObject>();
  #atEndOfStep: StepEnd[] = [];

  /**
   * `machines` are the one it begins as, and before it those that it can go back to. `keep` is given what to resume from when
   * the machine has crashed, and undefined when it has ended well.
   */
  constructor(
    machines: readonly [AnyStateMachine, ...AnyStateMachine[]],
    options: LooseMachineOptions,
    keep?: (kept: Kept | undefined) => void,
  ) {
    this.#machines = [...machines];
    this.name = this.#machine.id;
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
    this.#actor = this.#makeActor(this.#machine, this.#options);
    self.own({ close: () => this.#close(self) });
    this.#actor.start();
    if (this.#actor.snapshot.status === 'active') this.#endSteps();
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

  /** Has the suspended process go on as another machine, or as a new version of its own. */
  changeCode(next: unknown, migrate: unknown, state: unknown): AnySnapshot {
    const machine = next ?? this.#machine;
    if (!isMachine(machine)) throw BadArgumentError.of('module', 'a state machine', next);
    if (migrate !== undefined && typeof migrate !== 'function')
      throw BadArgumentError.of('migrate', 'a function of the persisted machine', migrate);
    this.#reconcile(state as AnySnapshot);
    this.#become(machine, migrate as Migration | undefined);
    this.#machines[this.#machines.length - 1] = machine;
    this.#settle();
    return this.#actor.snapshot;
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
    const postponed = this.#postponed.size;
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
    // Once, though several actions of one step may postpone the event that they are all given.
    this.#postponed.add(event);
  }

  /** Something is to be done when the machine has come to rest after the present event. */
  atEndOfStep(what: StepEnd): void {
    this.#atEndOfStep.push(what);
  }

  get #machine(): AnyStateMachine {
    return this.#machines.at(-1) as AnyStateMachine;
  }

  #makeActor(machine: AnyStateMachine, options: LooseMachineOptions): MachineActor {
    const { self } = this.#clock;
    return new MachineActor(machine, this.#clock, options, (event) => {
      if (this.#handling) this.#queue.push(event);
      else self.process.deliver(new Relayed(event));
    });
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
      if (this.#queue.length > 0) this.#queue.clear();
      this.#atEndOfStep = [];
    }
    return this.#settle();
  }

  #drain(): void {
    while (this.#queue.length > 0) {
      const actor = this.#actor;
      const { value } = actor.snapshot;
      actor.handle(this.#queue.shift() as EventObject);
      if (actor.snapshot.status !== 'active') return;
      this.#endSteps();
      // OTP: postponed events come back before all others, in the order in which they came first.
      if (this.#postponed.size > 0 && !isSameValue(value, actor.snapshot.value)) {
        this.#queue.unshift([...this.#postponed]);
        this.#postponed.clear();
      }
    }
  }

  #endSteps(): void {
    while (this.#atEndOfStep.length > 0) this.#endStep(this.#atEndOfStep.shift() as StepEnd);
  }

  #endStep(what: StepEnd): void {
    switch (what.kind) {
      case 'updateDelay': {
        const { root, delays } = this.#actor;
        // OTP: to change a timeout that does not run is to set one of 0.
        if (!delays.update(root, what.id, what.event)) delays.schedule(root, root, what.event, 0, what.id);
        return;
      }
      case 'changeMachine':
        this.#become(what.machine);
        this.#machines[this.#machines.length - 1] = what.machine;
        return;
      case 'pushMachine':
        this.#become(what.machine);
        this.#machines.push(what.machine);
        return;
      case 'popMachine': {
        const before = this.#machines.at(-2);
        if (before === undefined)
          throw new BadArgumentError('there is no machine to go back to: none was pushed');
        this.#become(before);
        this.#machines.pop();
        return;
      }
      default:
        what satisfies never;
    }
  }

  /** Goes on as another machine from the state in which this one is, with its context, actors and delays. */
  #become(machine: AnyStateMachine, migrate: Migration = (persisted) => persisted): void {
    const { root, delays } = this.#actor;
    const persisted = persist(freeze(root), delays.list(), this.#clock.now);
    const next = this.#makeActor(machine, { ...this.#options, snapshot: migrate(persisted) });
    if (next.snapshot.status === 'error') {
      next.stop();
      throw next.snapshot.error;
    }
    this.#actor.stop();
    this.#actor = next;
    this.name = machine.id;
    next.start();
  }

  #settle(): After {
    const { snapshot, root, delays } = this.#actor;
    switch (snapshot.status) {
      case 'active':
        if (this.#keep !== undefined) this.#frozen = [freeze(root), delays.list(), [...this.#machines]];
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

  #kept(): Kept | undefined {
    if (this.#frozen === undefined) return undefined;
    const [frozen, delays, machines] = this.#frozen;
    return { persisted: persist(frozen, delays, this.#clock.now), machines: machines as Kept['machines'] };
  }

  /** The process has ended, whatever the reason: its actors end too. */
  #close({ process }: Self): void {
    const { exitReason } = process;
    this.outcome.reason = [exitReason];
    if (this.#keep !== undefined) {
      this.#keep(isCleanExit(exitReason) ? undefined : this.#kept());
    }
    this.#actor.stop();
  }
}

/** What to resume from: a machine at rest, with the machines that it was and will be again. */
export interface Kept {
  readonly persisted: PersistedMachine;
  readonly machines: readonly [AnyStateMachine, ...AnyStateMachine[]];
}

/** Makes of what one machine has left what another goes on from. */
export type Migration = (persisted: PersistedMachine) => PersistedMachine;

/** What an action wants to be done when the machine has come to rest. */
export type StepEnd =
  | { readonly kind: 'updateDelay'; readonly id: string; readonly event: EventObject }
  | { readonly kind: 'changeMachine' | 'pushMachine'; readonly machine: AnyStateMachine }
  | { readonly kind: 'popMachine' };

/** The clock that a machine's actors are given: what leads from an action back to the process. */
class ServerClock extends MachineClock {
  readonly server: MachineServer;
  constructor(self: Self, server: MachineServer) {
    super(self);
    this.server = server;
  }
}

/** Recognised by what it can do: two copies of XState share no classes. */
function isMachine(value: unknown): value is AnyStateMachine {
  return (
    typeof value === 'object' && value !== null && 'resolveState' in value && 'getPersistedSnapshot' in value
  );
}

/** Whether a message can be an event: exit, down and timeout messages can, being objects with a type. */
function isEvent(message: unknown): message is EventObject {
  return (
    typeof message === 'object' && message !== null && 'type' in message && typeof message.type === 'string'
  );
}
