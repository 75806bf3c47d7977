import type {
  Awaitable,
  CallReturn,
  ExitReason,
  From,
  IgnoreResult,
  InfoReturn,
  Self,
  Started,
  StopResult,
} from '@thousand-island/runtime';
import type { HandlerResult } from './handler-result.ts';
import type { Socket } from './socket.ts';

/** What `init` may return: the connection's state, or `ignore()` or `stop(reason)`, which close the socket. */
export type HandlerInit<State> = State | IgnoreResult | StopResult<never, never>;

/** The calls that a connection answers, by the name of the request. */
export type HandlerCalls<State> = {
  readonly [Request in string]: (
    payload: never,
    from: From<unknown>,
    socket: Socket,
    state: State,
    self: Self,
  ) => Awaitable<CallReturn<State> | HandlerResult<State>>;
};

/** The casts that a connection takes, by the name of the request. */
export type HandlerCasts<State> = {
  readonly [Request in string]: (
    payload: never,
    socket: Socket,
    state: State,
    self: Self,
  ) => Awaitable<InfoReturn<State> | HandlerResult<State>>;
};

/**
 * What a server does with its connections. Elixir: the behaviour `ThousandIsland.Handler`.
 *
 * Every callback is optional and may be async; while it is, the connection takes nothing else and reading pauses. Each
 * connection is a process of its own, a GenServer, with a state of its own: what a callback throws, or rejects with, ends
 * that connection, after `handleError`, and no other.
 *
 * Exactly one of `handleClose`, `handleError`, `handleShutdown` and `handleTimeout` runs, last.
 */
export interface Handler<Options = unknown, State = unknown, Calls = unknown, Casts = unknown> {
  /**
   * In place of all other callbacks: starts a process of one's own for the connection and links it to the supervisor, as the
   * `start` of a child spec does. It is given the option `handlerOptions`, and the socket, which belongs to the process then,
   * or to the one that is given as `extra` if the process is a supervisor; see `takeSocket`. ranch: `Protocol:start_link/3`.
   */
  startConnection?(socket: Socket, supervisor: Self, options: Options): Awaitable<Started>;
  /** Makes the connection's state, before it is handled. Without it, the state is the option `handlerOptions` itself. */
  init?(options: Options, self: Self): Awaitable<HandlerInit<State>>;
  /** The client has connected. */
  handleConnection?(socket: Socket, state: State, self: Self): Awaitable<HandlerResult<State>>;
  /**
   * The client has sent something: bytes, cut as the network pleased. They are the handler's, to keep or to change; but their
   * `ArrayBuffer` is not, of which small chunks share one, as all of `Buffer.allocUnsafe` do.
   */
  handleData?(data: Buffer, socket: Socket, state: State, self: Self): Awaitable<HandlerResult<State>>;
  /** The connection is over: the client has closed it (what it sent was handled before), or the handler has. */
  handleClose?(socket: Socket, state: State, self: Self): Awaitable<void>;
  /** The connection ends because it broke, because a callback failed, or because the handler said so. */
  handleError?(reason: ExitReason, socket: Socket, state: State, self: Self): Awaitable<void>;
  /** The server is stopping; the socket is open, for a last word. */
  handleShutdown?(socket: Socket, state: State, self: Self): Awaitable<void>;
  /**
   * The server, or the connection's acceptor, is being drained. With this callback the connection is not ended at once: it
   * is told once, can say goodbye as its protocol does (GOAWAY, 1001, `Connection: close`), and goes on until it ends
   * itself. It has until the drain's time is up. Without it, `handleShutdown` runs and the connection ends.
   */
  handleDrain?(socket: Socket, state: State, self: Self): Awaitable<HandlerResult<State>>;
  /** The client has sent nothing for as long as the read timeout; the socket is open, for a last word. */
  handleTimeout?(socket: Socket, state: State, self: Self): Awaitable<void>;
  /** Calls to the connection's process, from elsewhere. */
  readonly handleCall?: Calls;
  /** Casts to the connection's process, from elsewhere. */
  readonly handleCast?: Casts;
  /** Messages to the connection's process, from elsewhere, that are neither call nor cast. */
  handleInfo?(
    message: unknown,
    socket: Socket,
    state: State,
    self: Self,
  ): Awaitable<InfoReturn<State> | HandlerResult<State>>;
  /** Runs right after the callback that asked for it with `continue`. */
  handleContinue?(
    argument: unknown,
    socket: Socket,
    state: State,
    self: Self,
  ): Awaitable<HandlerResult<State>>;
}

/** A handler whose types nobody looks at any more: what a server is configured with. */
export type AnyHandler = Handler<unknown, unknown, unknown, unknown>;

/**
 * Writes a handler down with its types inferred: the state from `init`.
 *
 * @example
 * ```ts
 * const quota = defineHandler({
 *   init: (options: { max: number }) => ({ seen: 0, max: options.max }),
 *   handleData(data, socket, state) {
 *     state.seen += data.length;
 *     return state.seen > state.max ? close() : undefined;
 *   },
 * });
 * ```
 */
export function defineHandler<
  Options,
  State = Options,
  Calls extends HandlerCalls<State> = Record<never, never>,
  Casts extends HandlerCasts<State> = Record<never, never>,
>(
  handler: Handler<
    Options,
    State,
    Calls & HandlerCalls<NoInfer<State>>,
    Casts & HandlerCasts<NoInfer<State>>
  >,
): Handler<Options, State, Calls, Casts> {
  return handler;
}
