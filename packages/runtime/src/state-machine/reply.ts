import type { ActionArgs, EventObject, MachineContext } from 'xstate';
import { BadArgumentError } from '../errors.ts';
import { Asker } from './asker.ts';
import type { ReplyTo } from './machine-events.ts';

/**
 * An action: answers the event that was asked, with a value or with what a function makes of context and event. The answer
 * is sent at once, before the next event is handled. OTP: the action `{reply, From, Reply}` of `gen_statem`.
 *
 * The machine fails if the event was not asked but sent.
 *
 * @example
 * ```ts
 * import { Runtime } from '@thousand-island/runtime';
 * import { type Asker, reply, StateMachine } from '@thousand-island/runtime/state-machine';
 * import { assign, setup } from 'xstate';
 *
 * const counter = setup({
 *   types: {
 *     context: {} as { count: number },
 *     events: {} as { type: 'add'; by: number } | { type: 'read'; from: Asker<number> },
 *   },
 * }).createMachine({
 *   context: { count: 0 },
 *   on: {
 *     add: { actions: assign({ count: ({ context, event }) => context.count + event.by }) },
 *     read: { actions: reply(({ context }) => context.count) },
 *   },
 * });
 *
 * const ref = await StateMachine.start(new Runtime(), counter);
 * ref.send({ type: 'add', by: 2 });
 * await ref.ask({ type: 'read' }); // => 2
 * ```
 */
export function reply<Context extends MachineContext, Handled extends EventObject, Event extends EventObject>(
  value: ReplyTo<Handled> | ((args: ActionArgs<Context, Handled, Event>) => ReplyTo<Handled>),
): (args: ActionArgs<Context, Handled, Event>) => void {
  return (args) => {
    const { from } = args.event as { readonly from?: unknown };
    if (!(from instanceof Asker))
      throw new BadArgumentError(`there is nobody to reply to: ${args.event.type} was not asked`);
    from.answer(typeof value === 'function' ? (value as (given: typeof args) => unknown)(args) : value);
  };
}
