import { KEEP, type NewState } from '../behaviours/gen-server-result.ts';
import type { AnyEventHandler, HandlerRef } from './event-handler.ts';

/** The handler is to go, after an answer if a call was made. OTP: `remove_handler`, `{remove_handler, Reply}`. */
export class RemoveHandlerResult<Reply> {
  readonly reply: readonly [Reply] | undefined;
  constructor(reply: readonly [Reply] | undefined) {
    this.reply = reply;
  }
}

/** What takes the place of a handler, and with what. */
export interface SwapPlan<Handler extends AnyEventHandler = AnyEventHandler> {
  /** What the old handler's `terminate` is given. */
  readonly give?: unknown;
  readonly handler: HandlerRef<Handler>;
  /** What the new handler's `init` is given. */
  readonly argument: Parameters<Handler['init']>[0];
}

/** Another handler is to take this one's place. OTP: `{swap_handler, Args1, NewState, Handler2, Args2}`. */
export class SwapHandlerResult<Reply, State> {
  readonly plan: SwapPlan;
  readonly state: NewState<State>;
  readonly reply: readonly [Reply] | undefined;
  constructor(plan: SwapPlan, state: NewState<State>, reply: readonly [Reply] | undefined) {
    this.plan = plan;
    this.state = state;
    this.reply = reply;
  }
}

/** From a handler: it is to go; `terminate` runs with `{ kind: 'removed' }`. */
export function removeHandler(): RemoveHandlerResult<never> {
  return new RemoveHandlerResult<never>(undefined);
}

/** From a handler of a call: the answer is given, and the handler is to go. */
export function removeHandlerWithReply<Reply>(value: Reply): RemoveHandlerResult<Reply> {
  return new RemoveHandlerResult([value]);
}

/**
 * From a handler: another one is to take its place, at the same position. `terminate` runs with `{ kind: 'swapped' }`, and
 * what it returns is handed over to the `init` of the new one. The state, if given, is the one it terminates with.
 */
export function swapHandler<Handler extends AnyEventHandler, State = never>(
  plan: SwapPlan<Handler>,
  ...rest: [state?: State]
): SwapHandlerResult<never, State> {
  return new SwapHandlerResult<never, State>(plan, stateIn(rest), undefined);
}

/** From a handler of a call: the answer is given, and another handler takes its place. */
export function swapHandlerWithReply<Reply, Handler extends AnyEventHandler, State = never>(
  value: Reply,
  plan: SwapPlan<Handler>,
  ...rest: [state?: State]
): SwapHandlerResult<Reply, State> {
  return new SwapHandlerResult<Reply, State>(plan, stateIn(rest), [value]);
}

// Left out is not the same as undefined, which is a state like any other.
function stateIn<State>(rest: readonly [state?: State]): NewState<State> {
  return rest.length === 0 ? KEEP : (rest[0] as State);
}
