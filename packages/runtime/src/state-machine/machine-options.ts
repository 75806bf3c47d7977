import type { AnyStateMachine, InputFrom, InspectionEvent, Observer, Snapshot } from 'xstate';
import type { ServerStartOptions } from '../behaviours/gen-server.ts';
import type { ChildOptions } from '../supervisor/child-spec.ts';

/** A machine's input: to be given if the machine says what it takes. */
type InputOption<Machine extends AnyStateMachine> =
  undefined extends InputFrom<Machine>
    ? { readonly input?: InputFrom<Machine> }
    : { readonly input: InputFrom<Machine> };

/** What a machine runs with, however it is started. */
export interface ActorSettings {
  /** Goes on from here instead of from the initial state: what `ref.persist()` or XState's own persisting has given. */
  readonly snapshot?: Snapshot<unknown>;
  /** Told of all that happens in the machine and in its actors. Nothing is put together unless somebody is. */
  readonly inspect?: Observer<InspectionEvent> | ((event: InspectionEvent) => void);
  /** Where the action `log` writes; the console, unless said. */
  readonly logger?: (...values: unknown[]) => void;
  /** Whether exit signals arrive as events of the type `'exit'`; no unless said. */
  readonly trapExit?: boolean;
}

/** How a machine is started: its input, what it runs with, and what may be said of any server. */
export type MachineOptions<Machine extends AnyStateMachine> = InputOption<Machine> &
  ActorSettings &
  ServerStartOptions;

/** How a supervised machine is started, restarted and stopped. */
export type MachineChildOptions<Machine extends AnyStateMachine> = InputOption<Machine> &
  ActorSettings &
  ChildOptions & {
    /** Whether a restart after a crash goes on from the last event that was handled well; no unless said. */
    readonly resume?: boolean;
  };

/** The options as the inside sees them: the machine's types are looked at no more. */
export type LooseMachineOptions = ActorSettings & { readonly input?: unknown };

/** The last argument of a start: left out when the machine needs no input. */
export type OptionsArgument<Machine extends AnyStateMachine, Options> =
  undefined extends InputFrom<Machine> ? [options?: Options] : [options: Options];
