import { checkFunction, checkOptions } from '../arguments.ts';
import { BadArgumentError } from '../errors.ts';
import { checkTimeout } from './call.ts';
import type { Process } from './process.ts';
import { Timer } from './timer-queue.ts';

/** What is received, and how long it is waited for. */
export interface ReceiveOptions {
  /** Whether a message is one of those that are waited for; any is, unless said. */
  readonly match?: (message: unknown) => boolean;
  /** In ms; for ever unless said. */
  readonly timeout?: number | 'infinity';
}

const anything = (): boolean => true;

/** See `Self.receive`. */
export function receive(process: Process, options: ReceiveOptions | undefined): Promise<unknown> {
  const { match = anything, timeout = 'infinity' } =
    options === undefined ? {} : checkReceiveOptions(options);
  const timeoutMs = checkTimeout(timeout);
  checkAlone(process);
  const found = process.take(match);
  if (found !== undefined) {
    process.handled++;
    return inTurn(process, found[0]);
  }
  if (timeoutMs === 0) return inTurn(process, undefined);
  return new Promise((resolve) => new PromisedReceiver(match, resolve).wait(process, timeoutMs));
}

/**
 * At once, as long as the turn lasts: who takes one message after the other goes on from microtasks, and is not to keep Node from its
 * sockets and timers.
 */
function inTurn(process: Process, message: unknown): Promise<unknown> {
  const { scheduler } = process.kernel;
  if (!scheduler.isTurnOver()) return Promise.resolve(message);
  return new Promise((resolve) =>
    scheduler.inNextTurn(() => {
      if (process.alive) resolve(message);
    }),
  );
}

/** See `Self.receiveWith`. */
export function receiveWith(process: Process, receiver: Receiver, timeout: number | 'infinity'): void {
  if (!(receiver instanceof Receiver)) throw BadArgumentError.of('receiver', 'a Receiver', receiver);
  receiver.begin(process, checkTimeout(timeout));
}

function checkAlone(process: Process): void {
  if (process.receiver !== undefined)
    throw new BadArgumentError('the process is waiting in another receive already');
}

function checkReceiveOptions(options: ReceiveOptions): ReceiveOptions {
  const { match } = checkOptions('a receive', options, ['match', 'timeout']);
  if (match !== undefined) checkFunction('match', match);
  return options;
}

/**
 * One wait for a message, in an async callback of a process. It looks at each message once, in order; what does not match stays
 * where it is, and does not start the timeout again. OTP: "receive expressions".
 *
 * `self.receive` makes one, and a promise. Whoever needs very many extends this class and begins it with `self.receiveWith`.
 */
export abstract class Receiver extends Timer {
  // Given when it begins, as a timer's are: what extends it need not be made by way of it.
  /** The process that waits. */
  declare private process: Process;
  /** How many of the messages have been looked at. */
  declare private looked: number;

  /** Whether it is this message that is waited for. */
  abstract matches(message: unknown): boolean;

  /**
   * The wait is over: by this message, which has been taken from the mailbox, or by its time, and then by undefined. Called once,
   * as the process' code: what it throws ends that. Never called when the process has ended.
   */
  abstract received(message: unknown): void;

  /** Looks at what there is, and waits for what comes. */
  begin(process: Process, timeoutMs: number): void {
    checkAlone(process);
    this.process = process;
    this.looked = 0;
    if (this.look()) return;
    if (timeoutMs === 0) this.received(undefined);
    else this.wait(process, timeoutMs);
  }

  /** Waits for what comes from now on: the messages that are there were looked at before. */
  wait(process: Process, timeoutMs: number): void {
    this.process = process;
    this.looked = process.waiting;
    process.extras.receiver = this;
    if (timeoutMs !== Number.POSITIVE_INFINITY) process.kernel.timers.arm(this, timeoutMs, true);
  }

  /** Whether there is a message that it has not looked at. */
  get canLook(): boolean {
    return this.process.waiting > this.looked;
  }

  /** The message in this place was taken by somebody else: those behind it have moved up. */
  missed(index: number): void {
    if (index < this.looked) this.looked--;
  }

  /** Looks at the new messages; takes the first that matches, and answers whether it is over by that. */
  look(): boolean {
    const { process } = this;
    const found = process.take((message) => this.matches(message), this.looked);
    if (found === undefined) {
      this.looked = process.waiting;
      return false;
    }
    process.handled++;
    this.cancel();
    this.received(found[0]);
    return true;
  }

  /** The time is up: the wait is over without a message. */
  override fire(): void {
    const { process } = this;
    process.extras.receiver = undefined;
    try {
      process.within(() => this.received(undefined));
    } catch (thrown) {
      process.fail(thrown);
    }
  }

  /** Gives up waiting: nobody is left to go on. */
  cancel(): void {
    this.process.kernel.timers.cancel(this);
    this.process.extras.receiver = undefined;
  }
}

/** One that settles a promise; never, when the process has ended. */
class PromisedReceiver extends Receiver {
  readonly matches: (message: unknown) => boolean;
  readonly received: (message: unknown) => void;

  constructor(matches: (message: unknown) => boolean, received: (message: unknown) => void) {
    super();
    this.matches = matches;
    this.received = received;
  }
}
