import { BadOptionError } from './errors.ts';
import { INFINITY, text, whole, wholeOr } from './option-checks.ts';
import type { ServerConfig } from './server-config.ts';
import type { Timeout } from './server-options.ts';

/** What is to be drained, and how; times in ms. */
export interface DrainOptions {
  /** The id of an acceptor, as `info` tells it; without one, the whole server is drained. */
  readonly acceptor?: string;
  /** How long connections have to end after the last was told; `shutdownTimeout` unless said. */
  readonly timeout?: Timeout | 'brutalKill';
  /** Over how long they are told, in batches; `drainWindow` unless said. */
  readonly window?: number;
  /** How long is still accepted before; `drainDelay` unless said. */
  readonly delay?: number;
}

/** What is to be drained and how, checked and complete; `timeoutMs` is 0 for `'brutalKill'`. */
export interface DrainRequest {
  readonly acceptor: string | undefined;
  readonly delayMs: number;
  readonly timeoutMs: number;
  readonly windowMs: number;
}

const KEYS = ['acceptor', 'timeout', 'window', 'delay'];

/** Checks how something is to be drained. What is not said is as the server's options say. */
export function drainRequest(options: DrainOptions, config: ServerConfig): DrainRequest {
  if (typeof options !== 'object' || options === null)
    throw BadOptionError.of('options', 'an object', options);
  for (const key of Object.keys(options)) {
    if (!KEYS.includes(key))
      throw new BadOptionError(key, `there is no option ${key} of a drain; there are ${KEYS.join(', ')}`);
  }
  const { acceptor, timeout, window, delay } = options;
  const time = wholeOr(0, { infinity: INFINITY, brutalKill: 0 });
  return {
    acceptor: acceptor === undefined ? undefined : text('acceptor', acceptor),
    delayMs: delay === undefined ? config.drainDelay : whole(0, INFINITY)('delay', delay),
    timeoutMs: timeout === undefined ? config.shutdownTimeout : time('timeout', timeout),
    windowMs: window === undefined ? config.drainWindow : whole(0, INFINITY)('window', window),
  };
}
