import { checkFunction } from '../arguments.ts';
import { BadArgumentError } from '../errors.ts';
import type { ExitReason } from '../exit-reason.ts';
import type { From } from '../process/call.ts';
import type { ProgramDescription } from '../process/program.ts';
import type { Self } from '../process/self.ts';
import type { IgnoreResult, NoReplyResult, OkResult, ReplyResult, StopResult } from './gen-server-result.ts';

/** A value, now or later. */
export type Awaitable<Value> = Value | PromiseLike<Value>;

/** What `init` may return: the state, or one of `ok`, `ignore`, `stop`. */
export type InitReturn<State> = State | OkResult<State> | IgnoreResult | StopResult<never, never>;

/** What a handler of a call may return; nothing says that the answer comes later, through `self.answer(from, value)`. */
export type CallReturn<State> =
  | ReplyResult<unknown, State>
  | NoReplyResult<State>
  | StopResult<unknown, State>
  | void;

/** What every other callback may return; nothing keeps the state. */
export type InfoReturn<State> = NoReplyResult<State> | StopResult<never, State> | void;

/** The calls a server answers, by the name of the request. */
export type CallTable<State> = {
  readonly [Request in string]: (
    payload: never,
    from: From<unknown>,
    state: State,
    self: Self,
  ) => Awaitable<CallReturn<State>>;
};

/** The casts a server takes, by the name of the request. */
export type CastTable<State> = {
  readonly [Request in string]: (payload: never, state: State, self: Self) => Awaitable<InfoReturn<State>>;
};

/** A server as others see it, in a crash report or, with its state alone, in a status. */
export interface ServerView<State = unknown> {
  readonly state?: State;
  /** What it was handling when it crashed. */
  readonly message?: unknown;
  /** Why it has crashed. What is put here changes the report, and not the exit reason. */
  readonly reason?: ExitReason;
}

/**
 * A server's callbacks. All but `init` are optional; each may be async, and the server then takes no other message until it
 * has settled. The state is passed in and, when it is to be another value, returned with the result.
 *
 * OTP: `gen_server`. A request is a name with one payload; each name has a function of its own in `handleCall` or
 * `handleCast`, from which the types of the payload and of the answer follow for those who call.
 */
export interface GenServerModule<Argument, State, Calls = CallTable<State>, Casts = CastTable<State>> {
  /** Says in trees and reports which server this is. */
  readonly name?: string;
  /** Which version of its code this is; told to the `codeChange` of the one that takes its place. OTP: `-vsn`. */
  readonly version?: unknown;
  /** Runs first; the starter waits for it. What it throws fails the start. */
  init(argument: Argument, self: Self): Awaitable<InitReturn<State>>;
  readonly handleCall?: Calls;
  readonly handleCast?: Casts;
  /** Runs right after the callback that asked for it, before any message. */
  handleContinue?(argument: unknown, state: State, self: Self): Awaitable<InfoReturn<State>>;
  /** Every message that is neither call nor cast: exit, down and timeout messages too. */
  handleInfo?(message: unknown, state: State, self: Self): Awaitable<InfoReturn<State>>;
  /**
   * Runs last: when a callback stopped the server or threw, when it was stopped, and, if it traps exits, when its parent
   * ended. Not for an exit signal it does not trap. What it throws becomes the exit reason.
   */
  terminate?(reason: ExitReason, state: State, self: Self): Awaitable<void>;
  /**
   * Makes a state for this code of the one that the code before has left, when `sys.changeCode` has put this in its place;
   * the state stays as it is if there is none. What it throws takes the change back.
   */
  codeChange?(oldVersion: unknown, state: unknown, extra: unknown, self: Self): Awaitable<State>;
  /**
   * What crash reports and `sys.getStatus` show instead of what there is: hides what nobody is to see, in the state, in the
   * message that crashed the server, in the reason. What it leaves out is not shown, but for the reason. If it throws
   * nothing is shown, and `callback:failed` tells of it. OTP: `format_status/1`.
   */
  formatStatus?(status: ServerView<State>): ServerView;
  /** What the inspector shows of this server. Must not change anything: it may be read in the middle of a callback. */
  describe?(state: State): ProgramDescription;
}

/** The least that is needed to talk to a server: its tables, which a handler of connections has too. */
export interface Talkable {
  readonly handleCall?: unknown;
  readonly handleCast?: unknown;
}

/** The least that is known of any server: enough to start it and to talk to it. */
export interface AnyServer extends Talkable {
  /** Makes the server's state, before anything is handled. */
  init(argument: never, self: Self): unknown;
  readonly name?: string;
  readonly handleContinue?: unknown;
  readonly handleInfo?: unknown;
  readonly terminate?: unknown;
  readonly version?: unknown;
  readonly codeChange?: unknown;
  readonly formatStatus?: unknown;
  readonly describe?: unknown;
}

/** What a server is started with. */
export type ArgumentOf<Server extends AnyServer> = Parameters<Server['init']>[0];

type Tables<Table> = NonNullable<Table> extends object ? NonNullable<Table> : Record<never, never>;

/** The names of a server's calls. */
export type CallsOf<Server extends Talkable> = keyof Tables<Server['handleCall']> & string;

/** The names of a server's casts. */
export type CastsOf<Server extends Talkable> = keyof Tables<Server['handleCast']> & string;

type Handler<Table, Request> = Request extends keyof Table ? Table[Request] : never;

type PayloadOfHandler<Function> = Function extends () => unknown
  ? undefined
  : Function extends (payload: infer Payload, ...rest: never[]) => unknown
    ? Payload
    : undefined;

type ReplyOfHandler<Function> = Function extends (...parameters: infer Parameters) => infer Result
  ?
      | RepliesIn<Awaited<Result>>
      | (Parameters extends [unknown, From<infer Later>, ...unknown[]] ? LaterReply<Later> : never)
  : never;

type RepliesIn<Result> =
  Result extends ReplyResult<infer Reply, unknown>
    ? Reply
    : Result extends StopResult<infer Reply, unknown>
      ? Reply
      : never;

// A handler that does not say what it answers later has `From<never>` or `From<unknown>`, which say nothing.
type LaterReply<Later> = unknown extends Later ? never : Later;

/** What a call of this name carries. */
export type CallPayload<Server extends Talkable, Request> = PayloadOfHandler<
  Handler<Tables<Server['handleCall']>, Request>
>;

/** What a call of this name is answered with. */
export type CallReply<Server extends Talkable, Request> = ReplyOfHandler<
  Handler<Tables<Server['handleCall']>, Request>
>;

/** What a cast of this name carries. */
export type CastPayload<Server extends Talkable, Request> = PayloadOfHandler<
  Handler<Tables<Server['handleCast']>, Request>
>;

/** The payload as the last argument: left out when there is none. */
export type PayloadArgument<Payload> = [Payload] extends [undefined | void]
  ? [payload?: undefined]
  : [payload: Payload];

/**
 * Writes a server down with its types inferred: the state from `init`, requests and answers from the tables.
 *
 * @example
 * ```ts
 * const counter = defineServer({
 *   init: (start: number) => ({ count: start }),
 *   handleCall: {
 *     add(by: number, _from, state) {
 *       state.count += by;
 *       return reply(state.count);
 *     },
 *   },
 *   handleCast: {
 *     reset: (to: number) => noReply({ count: to }),
 *   },
 * });
 *
 * const server = await GenServer.start(new Runtime(), counter, 40);
 * await server.call('add', 2); // => 42
 * ```
 */
export function defineServer<
  Argument,
  State,
  Calls extends CallTable<State> = Record<never, never>,
  Casts extends CastTable<State> = Record<never, never>,
>(
  module: GenServerModule<
    Argument,
    State,
    Calls & CallTable<NoInfer<State>>,
    Casts & CastTable<NoInfer<State>>
  >,
): GenServerModule<Argument, State, Calls, Casts> {
  return checkModule(module);
}

const CALLBACKS = ['handleContinue', 'handleInfo', 'terminate', 'codeChange', 'formatStatus', 'describe'];
const TABLES = ['handleCall', 'handleCast'];
const checked = new WeakSet<object>();

/** The module itself, or an error that names what of it cannot be called. */
export function checkModule<Module>(module: Module): Module {
  if (typeof module !== 'object' || module === null || !('init' in module))
    throw BadArgumentError.of('a server', 'an object with init(argument, self)', module);
  if (checked.has(module)) return module;
  checkFunction('init of a server', module.init);
  for (const name of CALLBACKS) {
    const callback: unknown = Reflect.get(module, name);
    if (callback !== undefined) checkFunction(`${name} of a server`, callback);
  }
  for (const name of TABLES) checkTable(name, Reflect.get(module, name));
  checked.add(module);
  return module;
}

function checkTable(name: string, table: unknown): void {
  if (table === undefined) return;
  if (typeof table !== 'object' || table === null)
    throw BadArgumentError.of(`${name} of a server`, 'an object with a function for each request', table);
  for (const [request, handler] of Object.entries(table)) checkFunction(`${name}.${request}`, handler);
}
