import { KEEP_STATE, type KeptState } from './kept-state.ts';

/** How a handler goes on. Times are in ms. */
export interface ContinueOptions {
  /** The read timeout until the next message of the client; after that, the server's again. */
  readonly timeout?: number | 'infinity';
  /** The read timeout from now on. */
  readonly persistentTimeout?: number | 'infinity';
  /** Calls `handleContinue` with this at once, before anything else of the connection. */
  readonly continue?: unknown;
}

/** Goes on. Elixir: `{:continue, state}` and its forms. */
export class ContinueResult<State> {
  readonly state: KeptState<State>;
  readonly options: ContinueOptions | undefined;
  constructor(state: KeptState<State>, options: ContinueOptions | undefined) {
    this.state = state;
    this.options = options;
  }
}

/** Closes the connection in good order. Elixir: `{:close, state}`. */
export class CloseResult<State> {
  readonly state: KeptState<State>;
  constructor(state: KeptState<State>) {
    this.state = state;
  }
}

/** Ends the connection because of an error. Elixir: `{:error, reason, state}`. */
export class ErrorResult<State> {
  readonly reason: unknown;
  readonly state: KeptState<State>;
  constructor(reason: unknown, state: KeptState<State>) {
    this.reason = reason;
    this.state = state;
  }
}

/** What a handler's callback may return; nothing goes on with the state as it is. */
export type HandlerResult<State> = ContinueResult<State> | CloseResult<State> | ErrorResult<State> | void;

const CLOSE = new CloseResult<never>(KEEP_STATE);

/** Goes on with a new state, and perhaps another read timeout. Without a state, return nothing: that goes on too. */
export function continueWith<State>(state: State, options?: ContinueOptions): ContinueResult<State> {
  return new ContinueResult(state, options);
}

/** Goes on with the state as it is, and these options. */
export function continueAs(options: ContinueOptions): ContinueResult<never> {
  return new ContinueResult<never>(KEEP_STATE, options);
}

/** Closes the connection, after what was sent has gone out: `handleClose` runs first, with the socket still open. */
export function close(): CloseResult<never>;
export function close<State>(state: State): CloseResult<State>;
export function close(...rest: [state?: unknown]): CloseResult<unknown> {
  return rest.length === 0 ? CLOSE : new CloseResult(rest[0]);
}

/** Ends the connection because of an error: `handleError` runs with the reason, which is also the exit reason. */
export function error(reason: unknown): ErrorResult<never>;
export function error<State>(reason: unknown, state: State): ErrorResult<State>;
export function error(reason: unknown, ...rest: [state?: unknown]): ErrorResult<unknown> {
  return new ErrorResult(reason, rest.length === 0 ? KEEP_STATE : rest[0]);
}
