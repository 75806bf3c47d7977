import type { AnyStateMachine } from 'xstate';
import { MachineServer } from './machine-server.ts';

/** What an action is told of its surroundings; every action's argument is one. */
interface ActionScope {
  readonly self: unknown;
  readonly system: { readonly _clock: unknown };
}

/** A machine, or a function that answers it, for machines that know each other. */
type Machine = AnyStateMachine | (() => AnyStateMachine);

const machineOf = (machine: Machine): AnyStateMachine =>
  typeof machine === 'function' ? machine() : machine;

/**
 * An action: from the end of this step on, the process is another machine, in the same state, with the same context, actors
 * and delays. No entry or exit actions run; actors that it has go on as after `resume`, so that they need a name in the
 * `actors` of both machines, and a promise begins anew. History is kept where both machines have the same id. The process
 * fails if that machine has no such state. OTP: the action `change_callback_module` of `gen_statem`.
 */
export function changeMachine(machine: Machine): (scope: ActionScope) => void {
  return (scope) =>
    MachineServer.of(scope).atEndOfStep({ kind: 'changeMachine', machine: machineOf(machine) });
}

/**
 * As `changeMachine`, but the present machine comes back with `popMachine`. OTP: `push_callback_module`.
 *
 * @example
 * ```ts
 * import { Runtime } from '@thousand-island/runtime';
 * import { popMachine, pushMachine, StateMachine } from '@thousand-island/runtime/state-machine';
 * import { assign, createMachine } from 'xstate';
 *
 * const asleep = createMachine({
 *   context: { heard: 0 },
 *   initial: 'on',
 *   states: { on: {} },
 *   on: { wake: { actions: popMachine } },
 * });
 * const awake = createMachine({
 *   context: { heard: 0 },
 *   initial: 'on',
 *   states: { on: {} },
 *   on: {
 *     sleep: { actions: pushMachine(asleep) },
 *     call: { actions: assign({ heard: ({ context }) => context.heard + 1 }) },
 *   },
 * });
 *
 * const ref = await StateMachine.start(new Runtime(), awake);
 * for (const type of ['call', 'sleep', 'call', 'wake', 'call']) ref.send({ type });
 * (await ref.snapshot()).context.heard; // => 2
 * ```
 */
export function pushMachine(machine: Machine): (scope: ActionScope) => void {
  return (scope) => MachineServer.of(scope).atEndOfStep({ kind: 'pushMachine', machine: machineOf(machine) });
}

/**
 * An action: from the end of this step on, the process is the machine again that it was before `pushMachine`. The process
 * fails if there is none. OTP: `pop_callback_module`.
 */
export function popMachine(scope: ActionScope): void {
  MachineServer.of(scope).atEndOfStep({ kind: 'popMachine' });
}
