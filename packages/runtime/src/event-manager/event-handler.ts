import type { Awaitable } from '../behaviours/gen-server-module.ts';
import type { NoReplyResult, OkResult, ReplyResult, StopResult } from '../behaviours/gen-server-result.ts';
import type { ExitReason } from '../exit-reason.ts';
import type { Pid } from '../pid.ts';
import type { Self } from '../process/self.ts';
import type { RemoveHandlerResult, SwapHandlerResult } from './event-handler-result.ts';

/** What `init` of a handler may return: its state, or `stop(reason)` if it cannot be installed. */
export type HandlerInitReturn<State> = State | OkResult<State> | StopResult<never, never>;

/** What `handleEvent` and `handleInfo` may return; nothing keeps handler and state. */
export type EventReturn<State> =
  | NoReplyResult<State>
  | RemoveHandlerResult<never>
  | SwapHandlerResult<never, State>
  | void;

/** What a handler of a call may return: there is always an answer. */
export type HandlerCallReturn<State> =
  | ReplyResult<unknown, State>
  | RemoveHandlerResult<unknown>
  | SwapHandlerResult<unknown, State>;

/** The calls an event handler answers, by the name of the request. */
export type HandlerCallTable<State> = {
  readonly [Request in string]: (
    payload: never,
    state: State,
    self: Self,
  ) => Awaitable<HandlerCallReturn<State>>;
};

/** Why a handler goes. OTP: the first argument of `terminate`. */
export type HandlerEnd =
  /** `deleteHandler` asked for it, and gave this along. */
  | { readonly kind: 'deleted'; readonly argument: unknown }
  /** Another one takes its place. What `terminate` returns is handed over to that. */
  | { readonly kind: 'swapped'; readonly argument: unknown }
  /** It has returned `removeHandler()`. */
  | { readonly kind: 'removed' }
  /** The process that has added it by `addSupHandler` has ended. */
  | { readonly kind: 'ownerEnded'; readonly reason: ExitReason }
  /** The manager stops. */
  | { readonly kind: 'stop' }
  /** It has thrown, or returned what is none of its results. */
  | { readonly kind: 'error'; readonly reason: ExitReason };

/**
 * A handler's callbacks. Only `init` and `handleEvent` must be there; each may be async, and the manager then does nothing
 * else until it has settled. All handlers of a manager run in its process, whose `Self` they are given.
 *
 * OTP: `gen_event`, the callback module. Whatever goes wrong in a handler costs the handler, and nobody else.
 */
export interface EventHandler<Argument, State, Event, Calls = HandlerCallTable<State>> {
  /** Says in reports which handler this is. */
  readonly name?: string;
  /** `handedOver` is what the handler whose place it takes returned from `terminate`; `'error'` if there was none. */
  init(argument: Argument, self: Self, handedOver?: unknown): Awaitable<HandlerInitReturn<State>>;
  /** Every event that the manager is told of, one after the other. */
  handleEvent(event: Event, state: State, self: Self): Awaitable<EventReturn<State>>;
  readonly handleCall?: Calls;
  /** Every message that is neither event nor call: exit, down and timeout messages too. */
  handleInfo?(message: unknown, state: State, self: Self): Awaitable<EventReturn<State>>;
  /** Runs last, however the handler goes. `deleteHandler` resolves to what it returns. */
  terminate?(end: HandlerEnd, state: State, self: Self): unknown;
}

/** The least that is known of any handler of such events: enough to install it and to ask it. */
export interface AnyEventHandler<Event = never> {
  readonly name?: string;
  /** Makes the handler's state, when it is installed. */
  init(argument: never, self: Self, handedOver?: unknown): unknown;
  // A property and not a method: a handler of some events only is to be refused where there are more.
  /** Every event that the manager is told of. */
  readonly handleEvent: (event: Event, state: never, self: Self) => unknown;
  readonly handleCall?: unknown;
  readonly handleInfo?: unknown;
  readonly terminate?: unknown;
}

/** Which of a manager's handlers: the handler itself, or with an id if it is installed more than once. */
export type HandlerRef<Handler = AnyEventHandler> =
  | Handler
  | readonly [handler: Handler, id: string | number | symbol];

/** A handler that was added by `addSupHandler` is gone. OTP: `{gen_event_EXIT, Handler, Reason}`. */
export class HandlerExitMessage {
  readonly type = 'handlerExit';
  readonly manager: Pid;
  readonly handler: HandlerRef;
  /**
   * - `'normal'`: it was deleted, or has removed itself;
   * - `'shutdown'`: the manager stops;
   * - a `SwappedReason`: another one has taken its place;
   * - `'crash'`: it was to take the place of one that has asked for it, and its `init` has failed;
   * - anything else: what it failed with.
   */
  readonly reason: ExitReason | SwappedReason;

  constructor(manager: Pid, handler: HandlerRef, reason: ExitReason | SwappedReason) {
    this.manager = manager;
    this.handler = handler;
    this.reason = reason;
  }
}

/** Which handler has taken the place of the one before, and who is told of its end. OTP: `{swapped, NewHandler, Pid}`. */
export interface SwappedReason {
  readonly swapped: HandlerRef;
  readonly owner: Pid | undefined;
}

type ReplyIn<Result> =
  Result extends ReplyResult<infer Reply, unknown>
    ? Reply
    : Result extends RemoveHandlerResult<infer Reply>
      ? Reply
      : Result extends SwapHandlerResult<infer Reply, unknown>
        ? Reply
        : never;

/** What a call of this name is answered with. */
export type HandlerReply<Handler extends AnyEventHandler, Request> =
  NonNullable<Handler['handleCall']> extends infer Table
    ? Request extends keyof Table
      ? Table[Request] extends (...parameters: never[]) => infer Result
        ? ReplyIn<Awaited<Result>>
        : never
      : never
    : never;

/**
 * Writes an event handler down with its types inferred: the state from `init`, requests and answers from the table.
 *
 * @example
 * ```ts
 * const counter = defineEventHandler({
 *   init: () => 0,
 *   handleEvent: (_event: string, count) => noReply(count + 1),
 *   handleCall: { count: (_: undefined, count) => reply(count) },
 * });
 *
 * const runtime = new Runtime();
 * const manager = await EventManager.start<string>(runtime);
 * await EventManager.addHandler(runtime, manager, counter, undefined);
 * await EventManager.syncNotify(runtime, manager, 'something');
 * await EventManager.call(runtime, manager, counter, 'count'); // => { kind: 'ok', reply: 1 }
 * ```
 */
export function defineEventHandler<
  Argument,
  State,
  Event,
  Calls extends HandlerCallTable<State> = Record<never, never>,
>(
  handler: EventHandler<Argument, State, Event, Calls & HandlerCallTable<NoInfer<State>>>,
): EventHandler<Argument, State, Event, Calls> {
  return handler;
}
