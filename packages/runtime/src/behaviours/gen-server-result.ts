import type { ExitReason } from '../exit-reason.ts';
import { isInstance } from '../instance.ts';

/** What follows a callback, besides waiting for the next message. */
export interface After {
  /** Calls `handleInfo('timeout')` when no message has come for so many ms. Any message takes it back. */
  readonly timeout?: number;
  /** Calls `handleContinue` with this at once, before any message. */
  readonly continue?: unknown;
}

/** "The state stays as it is": lets undefined be a state like any other. */
export const KEEP: unique symbol = Symbol('keep');

/** A new state, or none. */
export type NewState<State> = State | typeof KEEP;

/** Answers the call and goes on. OTP: `{reply, Reply, NewState}`. */
export class ReplyResult<Reply, State> {
  readonly reply: Reply;
  readonly state: NewState<State>;
  readonly after: After | undefined;
  constructor(reply: Reply, state: NewState<State>, after: After | undefined) {
    this.reply = reply;
    this.state = state;
    this.after = after;
  }
}

/** Goes on without an answer. OTP: `{noreply, NewState}`. */
export class NoReplyResult<State> {
  /** Tells it from a reply, whose members are these and one more, to the compiler; never there at run time. */
  declare readonly kind: 'noReply';
  readonly state: NewState<State>;
  readonly after: After | undefined;
  constructor(state: NewState<State>, after: After | undefined) {
    this.state = state;
    this.after = after;
  }
}

/** Ends the server. OTP: `{stop, Reason, NewState}` and `{stop, Reason, Reply, NewState}`. */
export class StopResult<Reply, State> {
  readonly reason: ExitReason;
  readonly state: NewState<State>;
  /** The answer to the call, in a list of one: it is sent after `terminate` has run. */
  readonly reply: readonly [Reply] | undefined;
  constructor(reason: ExitReason, state: NewState<State>, reply: readonly [Reply] | undefined) {
    this.reason = reason;
    this.state = state;
    this.reply = reply;
  }
}

/** `init` went well. OTP: `{ok, State}`. Needed only when something is to follow; a plain state says the same. */
export class OkResult<State> {
  readonly state: State;
  readonly after: After | undefined;
  constructor(state: State, after: After | undefined) {
    this.state = state;
    this.after = after;
  }
}

/** `init` has nothing to do: the process ends `'normal'`, and that is no failure. OTP: `ignore`. */
export class IgnoreResult {
  readonly ignore = true;
}

/** Answers the call, with the state as it is or a new one. */
export function reply<Reply>(value: Reply): ReplyResult<Reply, never>;
export function reply<Reply, State>(value: Reply, state: State, after?: After): ReplyResult<Reply, State>;
export function reply<Reply>(
  value: Reply,
  ...rest: [state?: unknown, after?: After]
): ReplyResult<Reply, unknown> {
  return new ReplyResult(value, rest.length === 0 ? KEEP : rest[0], rest[1]);
}

const NO_REPLY = new NoReplyResult<never>(KEEP, undefined);

/** Goes on with a new state. Returning nothing goes on with the old one; so does `noReply()`, which says it aloud. */
export function noReply(): NoReplyResult<never>;
export function noReply<State>(state: State, after?: After): NoReplyResult<State>;
export function noReply(...rest: [state?: unknown, after?: After]): NoReplyResult<unknown> {
  return rest.length === 0 ? NO_REPLY : new NoReplyResult(rest[0], rest[1]);
}

/** Ends the server with this reason, after `terminate`. In `init` it fails the start, and `terminate` does not run. */
export function stop(reason: ExitReason): StopResult<never, never>;
export function stop<State>(reason: ExitReason, state: State): StopResult<never, State>;
export function stop(reason: ExitReason, ...rest: [state?: unknown]): StopResult<never, unknown> {
  return new StopResult(reason, rest.length === 0 ? KEEP : rest[0], undefined);
}

/** Ends the server and answers the call: first `terminate` runs, then the caller is released. */
export function stopWithReply<Reply>(reason: ExitReason, value: Reply): StopResult<Reply, never>;
export function stopWithReply<Reply, State>(
  reason: ExitReason,
  value: Reply,
  state: State,
): StopResult<Reply, State>;
export function stopWithReply<Reply>(
  reason: ExitReason,
  value: Reply,
  ...rest: [state?: unknown]
): StopResult<Reply, unknown> {
  return new StopResult(reason, rest.length === 0 ? KEEP : rest[0], [value]);
}

/** From `init`: the state, and what follows. */
export function ok<State>(state: State, after?: After): OkResult<State> {
  return new OkResult(state, after);
}

const IGNORE = new IgnoreResult();

/** From `init`: there is nothing to do for this process. */
export function ignore(): IgnoreResult {
  return IGNORE;
}

const RESULTS: readonly (abstract new (...args: never[]) => object)[] = [
  ReplyResult,
  NoReplyResult,
  StopResult,
  OkResult,
  IgnoreResult,
];

/** Whether this is a result, which may be thrown as well as returned. @internal */
export function isResult(thrown: unknown): boolean {
  return RESULTS.some((Result) => isInstance(thrown, Result));
}

/** OTP: a result that is thrown counts as returned. What else was thrown is thrown on. @internal */
export function thrownResult(thrown: unknown): unknown {
  if (isResult(thrown)) return thrown;
  throw thrown;
}

/** The state after a result: the new one it carries, or else the present one. */
export function stateAfter<State>(result: { readonly state: NewState<State> }, present: State): State {
  return result.state === KEEP ? present : result.state;
}
