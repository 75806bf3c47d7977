import { checkOptions } from '../arguments.ts';
import {
  BadArgumentError,
  CallAbortedError,
  CallCycleError,
  CallExitError,
  CallSelfError,
  CallTimeoutError,
  NoProcessError,
} from '../errors.ts';
import type { ExitReason } from '../exit-reason.ts';
import { type Address, checkAddress } from '../name.ts';
import type { Pid } from '../pid.ts';
import { callCycle } from './call-cycle.ts';
import { ownerOfContext } from './containment.ts';
import type { Kernel } from './kernel.ts';
import { PendingRequest } from './pending-request.ts';
import type { Process } from './process.ts';
import { UNARMED } from './timer-queue.ts';
import { Watch } from './watch.ts';

/** How long to wait for an answer, and what gives it up early. */
export interface CallOptions {
  /** In ms; 5,000 unless said. `'infinity'` waits until the server answers or ends. */
  readonly timeout?: number | 'infinity';
  /** Gives the call up. The server does not notice and still does the work; its answer vanishes. */
  readonly signal?: AbortSignal;
}

// A key that nobody else has: the member that carries a type is offered to nobody.
declare const answerType: unique symbol;

/**
 * The one who called, to be answered with `self.answer(from, value)`: by the server, or by any process it was sent to, now or
 * later. Answers after the first, and after the caller has given up, vanish.
 */
export interface From<Reply = unknown> {
  /** Carries the type of the answer; never there at run time. */
  readonly [answerType]?: (value: Reply) => void;
  toString(): string;
}

/** A request that somebody waits for. */
export class CallMessage {
  readonly type: 'call' | 'system';
  readonly from: From;
  readonly request: string;
  readonly payload: unknown;

  constructor(type: 'call' | 'system', from: From, request: string, payload: unknown) {
    this.type = type;
    this.from = from;
    this.request = request;
    this.payload = payload;
  }
}

/** A request that nobody waits for. */
export class CastMessage {
  readonly request: string;
  readonly payload: unknown;

  constructor(request: string, payload: unknown) {
    this.request = request;
    this.payload = payload;
  }

  // The same for all of them: no word of each.
  get type(): 'cast' {
    return 'cast';
  }
}

const DEFAULT_TIMEOUT_MS = 5_000;
/** How long a call without a timeout may stand in a cycle, ms: what has only sent a call on its way is through by then. */
const CYCLE_MS = 5_000;

/** Nobody waits for the answer yet. */
const nobody = (): void => {};

const isCall = (watch: Watch): boolean => watch instanceof Call;

/** A call on its way: alias, monitor and timeout in one, so that whatever comes first ends the other two. */
class Call extends Watch {
  readonly #kernel: Kernel;
  readonly #type: 'call' | 'system';
  readonly #request: string;
  readonly #to: Address;
  readonly #timeoutMs: number;
  #resolve: (value: unknown) => void = nobody;
  #reject: (error: Error) => void = nobody;
  /** Ends the listening to the caller's `AbortSignal`: most calls have none. */
  #forgetSignal: (() => void) | undefined = undefined;

  constructor(
    kernel: Kernel,
    owner: Process | undefined,
    type: 'call' | 'system',
    request: string,
    to: Address,
    timeoutMs: number,
  ) {
    super();
    this.owner = owner;
    this.target = undefined;
    // It is always armed, and as often as anything: it begins as what it will be.
    this.dueAt = 0;
    this.place = UNARMED;
    this.turn = 0;
    this.keepsAlive = false;
    this.#kernel = kernel;
    this.#type = type;
    this.#request = request;
    this.#to = to;
    this.#timeoutMs = timeoutMs;
  }

  /** What comes of the call. Asked for once, before it starts. */
  promise(): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  start(target: Process, signal: AbortSignal | undefined): void {
    const { timers } = this.#kernel;
    this.attach(target);
    if (this.#timeoutMs !== Number.POSITIVE_INFINITY) timers.armSoon(this, this.#timeoutMs);
    else if (this.#cycle() !== undefined) timers.arm(this, CYCLE_MS, true);
    if (signal !== undefined) this.#listenTo(signal);
  }

  #listenTo(signal: AbortSignal): void {
    const onAbort = (): void => {
      if (!this.detach()) return;
      this.#reject(
        new CallAbortedError(`${describe(this.#type, this.#request, this.#to)} was aborted`, {
          cause: signal.reason,
        }),
      );
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#forgetSignal = () => signal.removeEventListener('abort', onAbort);
  }

  answer(value: unknown): void {
    if (this.detach()) this.#resolve(value);
  }

  down(reason: ExitReason): void {
    // The server may live in another runtime than the caller, whose timer this is.
    this.#kernel.timers.cancel(this);
    this.#forgetSignal?.();
    this.#reject(new CallExitError(describe(this.#type, this.#request, this.#to), reason));
  }

  /** The time is up; for a call that has none, the time it may stand in a cycle. */
  fire(): void {
    const cycle = this.#cycle();
    if (this.#timeoutMs === Number.POSITIVE_INFINITY) {
      if (cycle !== undefined && this.detach())
        this.#reject(new CallCycleError(describe(this.#type, this.#request, this.#to), cycle));
    } else if (this.detach()) {
      this.#reject(
        new CallTimeoutError(describe(this.#type, this.#request, this.#to), this.#timeoutMs, cycle),
      );
    }
  }

  #cycle(): readonly Pid[] | undefined {
    const { owner, target } = this;
    return owner === undefined || target === undefined ? undefined : callCycle(owner, target, isCall);
  }

  /** Whatever ends the wait takes its timeout and its abort listener along. */
  override detach(): boolean {
    if (!super.detach()) return false;
    this.#kernel.timers.cancel(this);
    this.#forgetSignal?.();
    return true;
  }
}

/**
 * Sends a request and waits for the answer.
 *
 * Rejects with `NoProcessError`, `CallExitError` when the server ends first, `CallTimeoutError`, `CallSelfError`,
 * `CallAbortedError`, or, without a timeout, with `CallCycleError` when the server still waits for its caller after 5 s.
 * If `owner` ends first the promise never settles: its code is not to go on.
 */
export function call(
  kernel: Kernel,
  owner: Process | undefined,
  type: 'call' | 'system',
  to: Address,
  request: string,
  payload: unknown,
  options: CallOptions | undefined,
): Promise<unknown> {
  try {
    checkRequest(request);
    if (options !== undefined) checkCallOptions(options);
    const timeoutMs = checkTimeout(options?.timeout ?? DEFAULT_TIMEOUT_MS);
    const target = kernel.find(checkAddress(to));
    if (owner !== undefined && !owner.alive) return new Promise(() => {});
    const signal = options?.signal;
    if (target === undefined) throw new NoProcessError(`${describe(type, request, to)} has nobody to go to`);
    if (target === (owner ?? kernel.current ?? ownerAfterAwait(kernel)))
      throw new CallSelfError(describe(type, request, to));
    if (signal?.aborted === true)
      throw new CallAbortedError(`${describe(type, request, to)} was aborted`, { cause: signal.reason });
    const pending = new Call(kernel, owner, type, request, to, timeoutMs);
    const promise = pending.promise();
    pending.start(target, signal);
    target.deliver(new CallMessage(type, pending, request, payload));
    return promise;
  } catch (error) {
    return Promise.reject(error);
  }
}

/** Only a call that fails is put in words. */
function describe(type: string, request: string, to: Address): string {
  return `the ${type} ${request} to ${String(to)}`;
}

/** Whose code is calling, if it does not say so: known only while errors are contained, by the context of the code. */
function ownerAfterAwait(kernel: Kernel): Process | undefined {
  return kernel.contained ? ownerOfContext() : undefined;
}

/** Answers a call. Only the first answer counts; none does once the caller has given up or died. OTP: `gen_server:reply/2`. */
export function answer<Reply>(from: From<Reply>, value: Reply): void {
  if (from instanceof Call || from instanceof PendingRequest) from.answer(value);
  else throw BadArgumentError.of('from', 'the `from` that a call came with', from);
}

/** The name of a request itself, or an error. */
export function checkRequest(request: unknown): string {
  if (typeof request === 'string') return request;
  throw BadArgumentError.of('a request', 'a string', request);
}

/** Refuses options of a call that cannot be meant. */
export function checkCallOptions(options: CallOptions): void {
  const { timeout, signal } = checkOptions('a call', options, ['timeout', 'signal']);
  if (timeout !== undefined) checkTimeout(timeout);
  // By what it can do: that of a test's environment is of another class.
  if (signal !== undefined && typeof signal?.addEventListener !== 'function')
    throw BadArgumentError.of('signal', 'an AbortSignal', signal);
}

/** A timeout in ms as a number; `'infinity'` as `Infinity`. Anything else is refused by name. */
export function checkTimeout(timeout: unknown, what = 'timeout'): number {
  if (timeout === 'infinity' || timeout === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  if (typeof timeout === 'number' && Number.isInteger(timeout) && timeout >= 0) return timeout;
  throw BadArgumentError.of(what, "a whole number of ms >= 0 or 'infinity'", timeout);
}
