import { GenServer, startServer } from '../behaviours/gen-server.ts';
import type { CallPayload, CallsOf, PayloadArgument } from '../behaviours/gen-server-module.ts';
import type { StopOptions } from '../behaviours/server-ref.ts';
import { BadArgumentError, StartFailedError } from '../errors.ts';
import type { Address } from '../name.ts';
import type { Pid } from '../pid.ts';
import type { CallOptions } from '../process/call.ts';
import { Self } from '../process/self.ts';
import { checkStartOptions, type StartOptions } from '../process/start.ts';
import { checkHost, type Host } from '../runtime.ts';
import { type ChildOptions, type ChildSpec, specOf } from '../supervisor/child-spec.ts';
import type { AnyEventHandler, HandlerRef, HandlerReply } from './event-handler.ts';
import type { SwapPlan } from './event-handler-result.ts';
import { eventManagerServer, type ManagerRequests } from './event-manager-server.ts';
import type { HandlerOutcome } from './handler-list.ts';
import { moduleOf } from './installed-handler.ts';

// A key that nobody else has: the member that carries a type is offered to nobody.
declare const eventType: unique symbol;

/** The pid of a manager, which knows what events it is for. */
export type EventManagerPid<Event> = Pid & {
  /** Carries the type of the events; never there at run time. */
  readonly [eventType]?: (event: Event) => void;
};

/** Where a manager is found. By its pid it is known what events it takes; by a name, any. */
export type EventManagerAddress<Event> = EventManagerPid<Event> | Address;

/** How an installation went: not at all when `init` refused, by `stop(reason)`, or threw. */
export type HandlerResult = { readonly kind: 'ok' } | { readonly kind: 'error'; readonly reason: unknown };

/** What a handler answered, or why it did not. */
export type HandlerCallResult<Reply> =
  | { readonly kind: 'ok'; readonly reply: Reply }
  | { readonly kind: 'error'; readonly reason: unknown };

/** What a handler's `terminate` returned, or why there is nothing. */
export type DeleteHandlerResult =
  | { readonly kind: 'ok'; readonly value: unknown }
  | { readonly kind: 'error'; readonly reason: unknown };

type ArgumentOf<Handler extends AnyEventHandler> = Parameters<Handler['init']>[0];

async function start<Event>(
  host: Host,
  linked: boolean,
  options: StartOptions | undefined,
): Promise<EventManagerPid<Event>> {
  checkStartOptions(options);
  const result = await startServer(host, linked, eventManagerServer, undefined, options, 'EventManager');
  if (result.kind === 'ok') return result.pid;
  throw new StartFailedError('the event manager', result.kind === 'error' ? result.reason : 'ignore');
}

function ask<Request extends keyof ManagerRequests>(
  host: Host,
  manager: Address,
  request: Request,
  payload: ManagerRequests[Request],
  options: CallOptions = { timeout: 'infinity' },
): Promise<unknown> {
  return checkHost(host).call(manager, request, payload, options);
}

function checkHandler<Handler extends AnyEventHandler>(ref: HandlerRef<Handler>): HandlerRef {
  const module: Partial<AnyEventHandler> | undefined = moduleOf(ref as HandlerRef);
  if (typeof module?.init === 'function' && typeof module.handleEvent === 'function')
    return ref as HandlerRef;
  throw BadArgumentError.of('a handler', 'an object with init and handleEvent, or [handler, id]', ref);
}

function checkPlan<Handler extends AnyEventHandler>(plan: SwapPlan<Handler>): SwapPlan {
  checkHandler(plan.handler);
  return plan as unknown as SwapPlan;
}

async function add(host: Host, manager: Address, payload: ManagerRequests['add']): Promise<HandlerResult> {
  return withoutValue((await ask(host, manager, 'add', payload)) as HandlerOutcome);
}

async function swap(host: Host, manager: Address, payload: ManagerRequests['swap']): Promise<HandlerResult> {
  return withoutValue((await ask(host, manager, 'swap', payload)) as HandlerOutcome);
}

function withoutValue(outcome: HandlerOutcome): HandlerResult {
  return outcome.kind === 'ok' ? { kind: 'ok' } : outcome;
}

function checkOwner(self: Self): Pid {
  if (self instanceof Self) return self.pid;
  throw BadArgumentError.of('self', 'the Self of a process', self);
}

/**
 * Managers of event handlers: a process in which any number of handlers, added and taken out while it runs, see every
 * event. One that fails is taken out and reported by `handler:failed`; the others go on. OTP: `gen_event`.
 *
 * Everything asked of a manager that is not there rejects with `NoProcessError`, but for `notify`, which never fails.
 */
export const EventManager = {
  /** Starts a manager that is nobody's child. It has no handlers yet. */
  start<Event = unknown>(host: Host, options?: StartOptions): Promise<EventManagerPid<Event>> {
    return start<Event>(host, false, options);
  },

  /** Starts a manager linked to the process that starts it. */
  startLink<Event = unknown>(host: Host, options?: StartOptions): Promise<EventManagerPid<Event>> {
    return start<Event>(host, true, options);
  },

  /** The child spec of a manager. One that is restarted has no handlers: who added them by `addSupHandler` adds them again. */
  childSpec(id: string, childOptions: Omit<ChildOptions, 'id'> = {}): ChildSpec {
    return specOf(id, childOptions, (parent, started) =>
      startServer(parent, true, eventManagerServer, undefined, started, 'EventManager'),
    );
  },

  /**
   * Adds a handler, in front of those that are there. With an id, `[handler, id]`, the same one can be added several times.
   * `error` if its `init` refused or threw: it is not installed then.
   */
  addHandler<Handler extends AnyEventHandler<NoInfer<Event>>, Event = never>(
    host: Host,
    manager: EventManagerAddress<Event>,
    handler: HandlerRef<Handler>,
    argument: ArgumentOf<Handler>,
  ): Promise<HandlerResult> {
    return add(host, manager, { ref: checkHandler(handler), argument, owner: undefined });
  },

  /**
   * As `addHandler`, and ties handler and process together: when the handler goes, for whatever reason, the process gets a
   * `HandlerExitMessage`; when the process ends, the handler goes. The two processes are linked for that.
   */
  addSupHandler<Handler extends AnyEventHandler<NoInfer<Event>>, Event = never>(
    self: Self,
    manager: EventManagerAddress<Event>,
    handler: HandlerRef<Handler>,
    argument: ArgumentOf<Handler>,
  ): Promise<HandlerResult> {
    return add(self, manager, { ref: checkHandler(handler), argument, owner: checkOwner(self) });
  },

  /** Ends a handler; `terminate` is given the argument, and what it returns is the value. `moduleNotFound` if it is not there. */
  deleteHandler(
    host: Host,
    manager: Address,
    handler: HandlerRef,
    argument?: unknown,
  ): Promise<DeleteHandlerResult> {
    const payload = { ref: checkHandler(handler), argument };
    return ask(host, manager, 'delete', payload) as Promise<DeleteHandlerResult>;
  },

  /**
   * Ends a handler and adds another, without missing an event in between. What the first one's `terminate` returned is handed
   * over to the `init` of the second; `'error'` if there was no first one. A process that the first one was tied to is told,
   * and is tied to the second.
   */
  swapHandler<Handler extends AnyEventHandler<NoInfer<Event>>, Event = never>(
    host: Host,
    manager: EventManagerAddress<Event>,
    handler: HandlerRef,
    plan: SwapPlan<Handler>,
  ): Promise<HandlerResult> {
    return swap(host, manager, { ref: checkHandler(handler), plan: checkPlan(plan), owner: undefined });
  },

  /** As `swapHandler`, and ties the second handler to this process, whoever the first was tied to. */
  swapSupHandler<Handler extends AnyEventHandler<NoInfer<Event>>, Event = never>(
    self: Self,
    manager: EventManagerAddress<Event>,
    handler: HandlerRef,
    plan: SwapPlan<Handler>,
  ): Promise<HandlerResult> {
    return swap(self, manager, {
      ref: checkHandler(handler),
      plan: checkPlan(plan),
      owner: checkOwner(self),
    });
  },

  /** Shows an event to every handler, newest first, some time later. Never fails, also when nobody is there. */
  notify<Event = unknown>(host: Host, manager: EventManagerAddress<Event>, event: NoInfer<Event>): void {
    checkHost(host).cast(manager, 'notify', event);
  },

  /** Shows an event to every handler, newest first; resolves when all are done with it. */
  async syncNotify<Event = unknown>(
    host: Host,
    manager: EventManagerAddress<Event>,
    event: NoInfer<Event>,
  ): Promise<void> {
    await ask(host, manager, 'notify', event);
  },

  /**
   * Asks one handler. `error` with `'badModule'` if it is not there, or with what it failed with, and it is taken out then.
   * Rejects with `CallTimeoutError` after 5,000 ms unless said, and as `GenServer.call` does.
   */
  async call<Handler extends AnyEventHandler, Request extends CallsOf<Handler>>(
    host: Host,
    manager: Address,
    handler: HandlerRef<Handler>,
    request: Request,
    ...rest: [...PayloadArgument<CallPayload<Handler, Request>>, options?: CallOptions]
  ): Promise<HandlerCallResult<HandlerReply<Handler, Request>>> {
    const [payload, options = {}] = rest as unknown as [unknown, CallOptions | undefined];
    const asked = { ref: checkHandler(handler), request, payload };
    const outcome = (await ask(host, manager, 'call', asked, options)) as HandlerOutcome<
      HandlerReply<Handler, Request>
    >;
    return outcome.kind === 'ok' ? { kind: 'ok', reply: outcome.value } : outcome;
  },

  /** The handlers, newest first, each as it was added. */
  whichHandlers(host: Host, manager: Address): Promise<readonly HandlerRef[]> {
    return ask(host, manager, 'which', undefined) as Promise<readonly HandlerRef[]>;
  },

  /** Stops the manager, and with it every handler: their `terminate` runs, newest first. See `GenServer.stop`. */
  stop(host: Host, manager: Address, options?: StopOptions): Promise<void> {
    return GenServer.stop(host, manager, options);
  },
};
