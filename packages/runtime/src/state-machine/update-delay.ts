import type { ActionArgs, EventObject, MachineContext } from 'xstate';
import { MachineServer } from './machine-server.ts';

/**
 * An action: has another event come instead of a delayed one that is pending, when that is due. The time does not change. If
 * none is pending under this id the event comes at once, as with a delay of 0. It takes effect at the end of the step. OTP:
 * `{{timeout, Name}, update, Content}` of `gen_statem`.
 *
 * @example
 * ```ts
 * import { Runtime } from '@thousand-island/runtime';
 * import { StateMachine, updateDelay } from '@thousand-island/runtime/state-machine';
 * import { VirtualClock } from '@thousand-island/runtime/testing';
 * import { assign, raise, setup } from 'xstate';
 *
 * const egg = setup({
 *   types: { context: {} as { done: string }, events: {} as { type: 'boil' | 'harder' } | { type: 'done'; how: string } },
 * }).createMachine({
 *   context: { done: 'no' },
 *   on: {
 *     boil: { actions: raise({ type: 'done', how: 'soft' }, { id: 'egg', delay: 240_000 }) },
 *     harder: { actions: updateDelay('egg', { type: 'done', how: 'hard' }) },
 *     done: { actions: assign({ done: ({ event }) => event.how }) },
 *   },
 * });
 *
 * const clock = new VirtualClock();
 * const ref = await StateMachine.start(new Runtime({ clock }), egg);
 * ref.send({ type: 'boil' });
 * ref.send({ type: 'harder' });
 * await clock.advance(240_000);
 * (await ref.snapshot()).context.done; // => 'hard'
 * ```
 */
export function updateDelay<
  Context extends MachineContext,
  Handled extends EventObject,
  Event extends EventObject,
  const Updated extends Event,
>(
  id: string,
  event: Updated | ((args: ActionArgs<Context, Handled, Event>) => Updated),
): (args: ActionArgs<Context, Handled, Event>) => void {
  return (args) => {
    const updated = typeof event === 'function' ? event(args) : event;
    MachineServer.of(args).atEndOfStep({ kind: 'updateDelay', id, event: updated });
  };
}
