import {
  type KEEP,
  NoReplyResult,
  OkResult,
  ReplyResult,
  StopResult,
  stateAfter,
} from '../behaviours/gen-server-result.ts';
import { BadReturnError, UndefinedCallbackError } from '../errors.ts';
import type { ExitReason } from '../exit-reason.ts';
import type { Pid } from '../pid.ts';
import { has } from '../process/few.ts';
import { processOf, reasonOfThrow } from '../process/process.ts';
import type { Self } from '../process/self.ts';
import { type Flow, wait } from '../supervisor/flow.ts';
import { type HandlerEnd, HandlerExitMessage, type HandlerRef, type SwappedReason } from './event-handler.ts';
import { RemoveHandlerResult, SwapHandlerResult, type SwapPlan } from './event-handler-result.ts';
import { describeHandler, InstalledHandler, moduleOf } from './installed-handler.ts';

/** How something that a handler was to do has gone. */
export type HandlerOutcome<Value = unknown> =
  | { readonly kind: 'ok'; readonly value: Value }
  | { readonly kind: 'error'; readonly reason: ExitReason };

/** Which callback runs, with what: it is named when a handler has failed in it. */
interface Run {
  readonly callback: string;
  readonly message: unknown;
  readonly call: (handler: InstalledHandler) => unknown;
}

/**
 * The handlers of one manager, newest first, and what is done with them. OTP: the `server_…` functions of `gen_event.erl`.
 *
 * Every callback runs behind a fence: what it throws, or returns against the rules, costs this handler alone.
 */
export class HandlerList {
  handlers: readonly InstalledHandler[] = [];
  readonly #self: Self;
  /** The owners that are linked for their handlers alone. */
  readonly #linked = new Set<Pid>();

  constructor(self: Self) {
    this.#self = self;
  }

  /** Installs a handler in front of the others; with an owner, linked to it. */
  *add(
    ref: HandlerRef,
    argument: unknown,
    owner: Pid | undefined,
    handedOver?: unknown,
  ): Flow<HandlerOutcome> {
    const made = yield* this.#init(ref, argument, owner, handedOver);
    if (made.kind === 'error') return made;
    this.handlers = [made.value, ...this.handlers];
    return { kind: 'ok', value: undefined };
  }

  /** Ends a handler and answers what its `terminate` returned. */
  *delete(ref: HandlerRef, argument: unknown): Flow<HandlerOutcome> {
    const handler = this.find(ref);
    if (handler === undefined) return { kind: 'error', reason: 'moduleNotFound' };
    return yield* this.#remove(handler, { kind: 'deleted', argument }, 'normal');
  }

  /** Puts a handler in front of the others that is handed over what another one, which is ended, has returned. */
  *swap(ref: HandlerRef, plan: SwapPlan, owner: Pid | undefined): Flow<HandlerOutcome> {
    const old = this.find(ref);
    if (old === undefined) return yield* this.add(plan.handler, plan.argument, owner, 'error');
    const next = owner ?? old.owner;
    const handedOver = yield* this.#handOver(old, plan, next);
    return yield* this.add(plan.handler, plan.argument, next, handedOver);
  }

  /** Shows an event to every handler, newest first. */
  notify(event: unknown): Flow<void> {
    return this.#each({
      callback: 'handleEvent',
      message: event,
      call: ({ module, state }) => module.handleEvent(event, state, this.#self),
    });
  }

  /** Shows a message that is no event to every handler; one without `handleInfo` is kept. */
  inform(message: unknown): Flow<void> {
    return this.#each({
      callback: 'handleInfo',
      message,
      call: ({ module, state }) => {
        if (module.handleInfo === undefined) return this.#self.reportUnhandled(message);
        return module.handleInfo(message, state, this.#self);
      },
    });
  }

  /** Asks one handler. */
  *call(ref: HandlerRef, request: string, payload: unknown): Flow<HandlerOutcome> {
    const handler = this.find(ref);
    if (handler === undefined) return { kind: 'error', reason: 'badModule' };
    const callback = `handleCall.${request}`;
    const call = ({ module, state }: InstalledHandler): unknown => {
      const answer = module.handleCall?.[request];
      if (answer === undefined)
        throw new UndefinedCallbackError(`${describeHandler(handler.ref)} has no ${callback}`);
      return answer.call(module.handleCall, payload, state, this.#self);
    };
    return yield* this.#run(handler, { callback, message: payload, call }, true);
  }

  /** The owner of some handlers has ended: so do they. */
  *ownerEnded(owner: Pid, reason: ExitReason): Flow<void> {
    for (const handler of this.handlers) {
      if (handler.owner === owner) yield* this.#remove(handler, { kind: 'ownerEnded', reason }, 'shutdown');
    }
  }

  /** The manager stops: every handler ends, newest first. */
  *stop(): Flow<void> {
    for (const handler of this.handlers) yield* this.#remove(handler, { kind: 'stop' }, 'shutdown');
  }

  find(ref: HandlerRef): InstalledHandler | undefined {
    return this.handlers.find((handler) => handler.is(ref));
  }

  *#each(run: Run): Flow<void> {
    // Those that are there now: one that comes by swapping does not see what its predecessor has seen.
    for (const handler of this.handlers) yield* this.#run(handler, run, false);
  }

  /** Runs a callback and does with the handler what that comes to; answers with the reply, if one is due. */
  *#run(handler: InstalledHandler, run: Run, mustReply: boolean): Flow<HandlerOutcome> {
    const outcome = yield* attempt(() => run.call(handler));
    if (outcome.kind === 'error') return yield* this.#failed(handler, outcome.reason, run.message);
    const result = outcome.value;
    if (result instanceof RemoveHandlerResult && isDue(result.reply, mustReply)) {
      yield* this.#remove(handler, { kind: 'removed' }, 'normal');
      return { kind: 'ok', value: result.reply?.[0] };
    }
    if (result instanceof SwapHandlerResult && isDue(result.reply, mustReply)) {
      this.#keepState(handler, result);
      yield* this.#replace(handler, result.plan);
      return { kind: 'ok', value: result.reply?.[0] };
    }
    if (mustReply ? result instanceof ReplyResult : result instanceof NoReplyResult) {
      this.#keepState(handler, result as NoReplyResult<unknown>);
      return { kind: 'ok', value: result instanceof ReplyResult ? result.reply : undefined };
    }
    if (result === undefined && !mustReply) return { kind: 'ok', value: undefined };
    return yield* this.#failed(handler, new BadReturnError(run.callback, result), run.message);
  }

  #keepState(handler: InstalledHandler, result: { readonly state: unknown | typeof KEEP }): void {
    handler.state = stateAfter(result, handler.state);
  }

  *#failed(handler: InstalledHandler, reason: ExitReason, message: unknown): Flow<HandlerOutcome> {
    this.#report(handler.ref, reason, message, handler.state);
    yield* this.#remove(handler, { kind: 'error', reason }, reason);
    return { kind: 'error', reason };
  }

  #report(ref: HandlerRef, reason: ExitReason, lastMessage: unknown, state: unknown): void {
    const { events } = this.#self.process.kernel;
    if (!events.topics['handler:failed'].isWanted) return;
    const { pid: manager } = this.#self;
    events.publish('handler:failed', { manager, handler: describeHandler(ref), reason, lastMessage, state });
  }

  /** A handler that has asked for it is replaced where it stands. Nobody else hears if the new one has failed to begin. */
  *#replace(old: InstalledHandler, plan: SwapPlan): Flow<void> {
    const place = this.handlers.indexOf(old);
    const handedOver = yield* this.#handOver(old, plan, old.owner);
    const made = yield* this.#init(plan.handler, plan.argument, old.owner, handedOver);
    if (made.kind === 'ok') {
      this.handlers = this.handlers.toSpliced(place, 0, made.value);
      return;
    }
    this.#report(plan.handler, made.reason, plan.argument, undefined);
    if (old.owner !== undefined)
      this.#self.send(old.owner, new HandlerExitMessage(this.#self.pid, plan.handler, 'crash'));
  }

  *#handOver(old: InstalledHandler, plan: SwapPlan, owner: Pid | undefined): Flow<unknown> {
    const reason: SwappedReason = { swapped: plan.handler, owner };
    const outcome = yield* this.#remove(old, { kind: 'swapped', argument: plan.give }, reason);
    return outcome.kind === 'ok' ? outcome.value : outcome.reason;
  }

  /** Linked before `init` runs: an owner that ends meanwhile is not missed. */
  *#init(
    ref: HandlerRef,
    argument: unknown,
    owner: Pid | undefined,
    handedOver: unknown,
  ): Flow<HandlerOutcome<InstalledHandler>> {
    if (owner !== undefined) this.#hold(owner);
    const outcome = yield* attempt(() => moduleOf(ref).init(argument, this.#self, handedOver));
    if (outcome.kind === 'ok' && !(outcome.value instanceof StopResult)) {
      const state = outcome.value instanceof OkResult ? outcome.value.state : outcome.value;
      return { kind: 'ok', value: new InstalledHandler(ref, owner, state) };
    }
    this.#letGo(owner);
    if (outcome.kind === 'error') return outcome;
    return { kind: 'error', reason: (outcome.value as StopResult<never, never>).reason };
  }

  /** Takes a handler out, lets it terminate, and tells its owner why. */
  *#remove(
    handler: InstalledHandler,
    end: HandlerEnd,
    reason: ExitReason | SwappedReason,
  ): Flow<HandlerOutcome> {
    this.handlers = this.handlers.filter((other) => other !== handler);
    const outcome = yield* attempt(() => handler.module.terminate?.(end, handler.state, this.#self));
    const { owner, ref } = handler;
    if (owner !== undefined) {
      this.#letGo(owner);
      this.#self.send(owner, new HandlerExitMessage(this.#self.pid, ref, reason));
    }
    return outcome;
  }

  /** A link that was there before, of a child to its parent say, is not the manager's to take away. */
  #hold(owner: Pid): void {
    const linked = processOf(owner);
    if (linked !== undefined && !has(this.#self.process.links, linked)) this.#linked.add(owner);
    this.#self.link(owner);
  }

  /** Unlinks an owner that has no handler here any more, if it was linked for one. */
  #letGo(owner: Pid | undefined): void {
    if (owner === undefined || this.handlers.some((handler) => handler.owner === owner)) return;
    if (this.#linked.delete(owner)) this.#self.unlink(owner);
  }
}

function isDue(reply: readonly unknown[] | undefined, mustReply: boolean): boolean {
  return (reply !== undefined) === mustReply;
}

/** Runs a handler's code. What it throws is its outcome, and not the manager's. */
function* attempt(code: () => unknown): Flow<HandlerOutcome> {
  try {
    return { kind: 'ok', value: yield* wait(code()) };
  } catch (thrown) {
    return { kind: 'error', reason: reasonOfThrow(thrown) };
  }
}
