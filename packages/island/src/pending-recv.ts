import { BadArgumentError, type Ref, type Self } from '@thousand-island/runtime';
import { RecvTimeoutError } from './errors.ts';
import { type Framing, type FramingOptions, framingOf } from './framing/framing.ts';
import { checkKnown } from './known-options.ts';
import { timeout as timeoutOf } from './option-checks.ts';

/** How `recv` reads: with `packet` one frame, however the socket's own are cut. */
export interface RecvOptions extends FramingOptions {
  /** How long it waits, in ms; the server's `readTimeout` unless said. */
  readonly timeout?: number | 'infinity';
}

/** For a recv that wants one frame of its own kind: how it cuts what comes, and how that is cut again afterwards. */
export interface OwnFraming {
  readonly during: Framing;
  after: Framing | undefined;
}

const KNOWN = ['timeout', 'packet', 'packetSize', 'lineDelimiter'];

function check(options: RecvOptions): void {
  checkKnown('recv', options, KNOWN);
  const { timeout } = options;
  if (timeout !== undefined) timeoutOf('timeout', timeout);
}

/** What a `recv` with these options, which are checked, cuts by; undefined if the socket's own way will do. */
export function ownFraming(
  count: number,
  options: RecvOptions,
  after: Framing | undefined,
): OwnFraming | undefined {
  check(options);
  const { packet, packetSize, lineDelimiter } = options;
  if (packet === undefined && packetSize === undefined && lineDelimiter === undefined) return undefined;
  if (count > 0) throw BadArgumentError.of('count', '0 or left out, as a frame has its own length', count);
  const during = framingOf({
    ...(packet === undefined ? {} : { packet }),
    ...(packetSize === undefined ? {} : { packetSize }),
    ...(lineDelimiter === undefined ? {} : { lineDelimiter }),
  });
  return { during, after };
}

/** Is told how a `recv` has ended. */
export interface RecvObserver {
  received(data: Buffer): void;
  recvFailed(error: Error): void;
}

/** One `recv` that waits for bytes. It ends once: with them, with an error, or because its time is up. */
export class PendingRecv {
  /** How many bytes it waits for; 0 for any. */
  readonly count: number;
  readonly framing: OwnFraming | undefined;
  readonly #self: Self;
  readonly #resolve: (data: Buffer) => void;
  readonly #reject: (error: Error) => void;
  readonly #observer: RecvObserver | undefined;
  readonly #timer: Ref | undefined;

  /** `onTimeout` is told when the time is up, and answers how many bytes have come. */
  constructor(
    self: Self,
    count: number,
    framing: OwnFraming | undefined,
    timeoutMs: number,
    onTimeout: () => number,
    resolve: (data: Buffer) => void,
    reject: (error: Error) => void,
    observer: RecvObserver | undefined,
  ) {
    this.#self = self;
    this.count = count;
    this.framing = framing;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#observer = observer;
    if (timeoutMs !== Number.POSITIVE_INFINITY) {
      this.#timer = self.callAfter(timeoutMs, () => {
        const came = onTimeout();
        const wanted = count === 0 ? 'nothing' : `${came} of ${count} bytes`;
        this.reject(new RecvTimeoutError(`${wanted} came within ${timeoutMs} ms`));
      });
    }
  }

  resolve(data: Buffer): void {
    this.#stopTimer();
    this.#observer?.received(data);
    this.#resolve(data);
  }

  reject(error: Error): void {
    this.#stopTimer();
    this.#observer?.recvFailed(error);
    this.#reject(error);
  }

  #stopTimer(): void {
    if (this.#timer !== undefined) this.#self.cancelTimer(this.#timer);
  }
}
