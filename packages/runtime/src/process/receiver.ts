import { checkFunction, checkOptions } from '../arguments.ts';
import { BadArgumentError } from '../errors.ts';
import { checkTimeout } from './call.ts';
import type { Mailbox } from './mailbox.ts';
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
  if (process.receiver !== undefined)
    throw new BadArgumentError('the process is waiting in another receive already');
  const found = process.take(match);
  if (found !== undefined) {
    process.handled++;
    return Promise.resolve(found[0]);
  }
  if (timeoutMs === 0) return Promise.resolve(undefined);
  return new Promise((resolve) => new Receiver(process, match, resolve).begin(timeoutMs));
}

function checkReceiveOptions(options: ReceiveOptions): ReceiveOptions {
  const { match } = checkOptions('a receive', options, ['match', 'timeout']);
  if (match !== undefined) checkFunction('match', match);
  return options;
}

/**
 * One `receive` that is waiting. It looks at each message once, in order; what does not match stays where it is, and does
 * not start the timeout again. OTP: "receive expressions".
 */
export class Receiver extends Timer {
  readonly #process: Process;
  readonly #matches: (message: unknown) => boolean;
  readonly #resolve: (message: unknown) => void;
  #looked = 0;

  constructor(process: Process, matches: (message: unknown) => boolean, resolve: (message: unknown) => void) {
    super();
    this.#process = process;
    this.#matches = matches;
    this.#resolve = resolve;
  }

  /** Waits for what comes from now on: the messages that are there were looked at before. */
  begin(timeoutMs: number): void {
    const { mailbox, extras, kernel } = this.#process;
    this.#looked = mailbox.length;
    extras.receiver = this;
    if (timeoutMs !== Number.POSITIVE_INFINITY) kernel.timers.arm(this, timeoutMs, true);
  }

  /** Whether there is a message that it has not looked at. */
  canLook(mailbox: Mailbox): boolean {
    return mailbox.length > this.#looked;
  }

  /** Looks at the new messages; takes the first that matches, and is over then. */
  look(mailbox: Mailbox): void {
    const found = mailbox.take(this.#matches, this.#looked);
    if (found === undefined) {
      this.#looked = mailbox.length;
      return;
    }
    this.#process.handled++;
    this.cancel();
    this.#resolve(found[0]);
  }

  /** The time is up: the wait is over without a message. */
  fire(): void {
    this.#process.extras.receiver = undefined;
    this.#resolve(undefined);
  }

  /** Gives up waiting; the promise never settles, since nobody is left to go on. */
  cancel(): void {
    this.#process.kernel.timers.cancel(this);
    this.#process.extras.receiver = undefined;
  }
}
