import type { EventObject } from 'xstate';
import { MachineServer } from './machine-server.ts';

/** What an action is told of its surroundings; every action's argument is one. */
interface ActionScope {
  readonly event: EventObject;
  readonly self: unknown;
  readonly system: { readonly _clock: unknown };
}

/**
 * An action: keeps the event until the machine is in another state, where it is handled again, before all events that came
 * later. While the state stays the same it waits. OTP: the action `postpone` of `gen_statem`.
 *
 * @example
 * ```ts
 * import { Runtime } from '@thousand-island/runtime';
 * import { postpone, StateMachine } from '@thousand-island/runtime/state-machine';
 * import { setup } from 'xstate';
 *
 * const door = setup({ types: { events: {} as { type: 'enter' } | { type: 'unlock' } } }).createMachine({
 *   initial: 'locked',
 *   states: {
 *     locked: { on: { enter: { actions: postpone }, unlock: 'open' } },
 *     open: { on: { enter: 'inside' } },
 *     inside: {},
 *   },
 * });
 *
 * const ref = await StateMachine.start(new Runtime(), door);
 * ref.send({ type: 'enter' });
 * ref.send({ type: 'unlock' });
 * (await ref.snapshot()).value; // => 'inside'
 * ```
 */
export function postpone(scope: ActionScope): void {
  MachineServer.of(scope).postpone(scope.event);
}
