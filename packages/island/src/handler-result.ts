import { BadOptionError } from './errors.ts';
import { KEEP_STATE, type KeptState } from './kept-state.ts';
import { timeout, transport as transportOf } from './option-checks.ts';
import type { Transport } from './transport.ts';

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

/** How a handler goes on over another transport. Times are in ms. */
export interface SwitchOptions extends ContinueOptions {
  /** What the client has sent behind the request to switch, and the handler was given with it: it is not lost. */
  readonly unread?: Buffer;
}

/** Goes on over another transport. Elixir: `{:switch_transport, {module, options}, state}`. */
export class SwitchTransportResult<State> {
  readonly transport: Transport;
  readonly state: KeptState<State>;
  readonly options: SwitchOptions;
  constructor(transport: Transport, state: KeptState<State>, options: SwitchOptions) {
    this.transport = transport;
    this.state = state;
    this.options = options;
  }
}

/** What a handler's callback may return; nothing goes on with the state as it is. */
export type HandlerResult<State> =
  | ContinueResult<State>
  | SwitchTransportResult<State>
  | CloseResult<State>
  | ErrorResult<State>
  | void;

const CONTINUE_OPTIONS = ['timeout', 'persistentTimeout', 'continue'];
const SWITCH_OPTIONS = [...CONTINUE_OPTIONS, 'unread'];

/** Throws in the handler's own code, where the mistake is. */
function checked<Options extends SwitchOptions>(options: Options, known: readonly string[]): Options {
  if (typeof options !== 'object' || options === null)
    throw BadOptionError.of('options', 'an object', options);
  for (const name of Object.keys(options)) {
    if (!known.includes(name))
      throw new BadOptionError(name, `there is no option ${name}; there are ${known.join(', ')}`);
  }
  for (const name of ['timeout', 'persistentTimeout'] as const) {
    if (options[name] !== undefined) timeout(name, options[name]);
  }
  if (options.unread !== undefined && !Buffer.isBuffer(options.unread))
    throw BadOptionError.of('unread', 'a Buffer', options.unread);
  return options;
}

const CLOSE = new CloseResult<never>(KEEP_STATE);

/**
 * Goes on with a new state, and perhaps another read timeout. Without a state, return nothing: that goes on too. Throws
 * `BadOptionError` for an option that is unknown or impossible.
 */
export function continueWith<State>(state: State, options?: ContinueOptions): ContinueResult<State> {
  return new ContinueResult(state, options === undefined ? undefined : checked(options, CONTINUE_OPTIONS));
}

/** Goes on with the state as it is, and these options. Throws `BadOptionError`, as `continueWith` does. */
export function continueAs(options: ContinueOptions): ContinueResult<never> {
  return new ContinueResult<never>(KEEP_STATE, checked(options, CONTINUE_OPTIONS));
}

/**
 * Goes on over another transport, as STARTTLS does: what was sent goes out in the clear, then the transport's handshake runs
 * under `handshakeTimeout`, which all that is sent meanwhile waits for, and what the client sends after it comes to `handleData`
 * as before. What the client has sent ahead of the handshake is taken for the beginning of it, never for data that came over the
 * new transport. If it fails, the connection ends: `handleError` with a `HandshakeError` or `UnsupportedUpgradeError`. Throws
 * `BadOptionError` for what is no transport.
 */
export function switchTransport(
  transport: Transport,
  options: SwitchOptions = {},
): SwitchTransportResult<never> {
  return switchTransportWith(KEEP_STATE, transport, options) as SwitchTransportResult<never>;
}

/** As `switchTransport`, with a new state. */
export function switchTransportWith<State>(
  state: State,
  transport: Transport,
  options: SwitchOptions = {},
): SwitchTransportResult<State> {
  return new SwitchTransportResult(
    transportOf('transport', transport),
    state,
    checked(options, SWITCH_OPTIONS),
  );
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
