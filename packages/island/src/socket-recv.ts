import { BadArgumentError } from '@thousand-island/runtime';
import { type OwnFraming, ownFraming, type RecvOptions } from './pending-recv.ts';
import type { SocketSettings } from './socket-options.ts';

/** What a `recv` waits for, and how long. */
interface RecvRequest {
  /** 0 for any number of bytes, or for a frame. */
  readonly count: number;
  /** `Infinity` waits for ever. */
  readonly timeoutMs: number;
  readonly own: OwnFraming | undefined;
}

/** Reads the arguments of a `recv`. Throws `BadArgumentError` or `BadOptionError`; nothing has been asked for then. */
export function recvRequest(
  countOrOptions: number | RecvOptions,
  more: RecvOptions,
  settings: SocketSettings,
): RecvRequest {
  const options = typeof countOrOptions === 'object' && countOrOptions !== null ? countOrOptions : more;
  const count = options === countOrOptions ? 0 : (countOrOptions as number);
  if (!Number.isInteger(count) || count < 0)
    throw BadArgumentError.of('count', 'a whole number of bytes >= 0', count);
  const own = ownFraming(count, options, settings.framing);
  const { timeout = settings.readTimeout } = options;
  const timeoutMs = timeout === 'infinity' ? Number.POSITIVE_INFINITY : timeout;
  return { count, timeoutMs, own };
}
