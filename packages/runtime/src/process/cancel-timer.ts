import { checkFlag, checkOptions } from '../arguments.ts';
import { BadArgumentError } from '../errors.ts';
import { Ref } from '../ref.ts';
import { CallTimer } from './call-timer.ts';
import { CancelTimerMessage, ReadTimerMessage } from './message.ts';
import type { Process } from './process.ts';
import { SendTimer } from './send-timer.ts';
import { Timer } from './timer-queue.ts';

/** How a timer is taken back. OTP: the options of `erlang:cancel_timer/2`. */
export interface CancelTimerOptions {
  /** Answers `'ok'` at once; what was left comes as a `CancelTimerMessage`. */
  readonly async?: boolean;
  /** Whether anybody wants to know what was left; yes unless said. If not, the answer is `'ok'`, and no message comes. */
  readonly info?: boolean;
}

/** How a timer is read. OTP: the option of `erlang:read_timer/2`. */
export interface ReadTimerOptions {
  /** Answers `'ok'` at once; what is left comes as a `ReadTimerMessage`. */
  readonly async?: boolean;
}

/** OTP: `cancel_timer/2`. The timer is taken back at once, however the answer is to come. */
export function cancelTimer(process: Process, ref: Ref, options?: CancelTimerOptions): number | false | 'ok' {
  checkRef(ref);
  const { async = false, info = true } = checkFlags('cancelTimer', options, ['async', 'info']);
  const isTimer = ref instanceof SendTimer || ref instanceof CallTimer;
  const left = process.alive && isTimer ? ref.cancel() : false;
  if (async && info) process.deliver(new CancelTimerMessage(ref, left));
  return async || !info ? 'ok' : left;
}

/** OTP: `read_timer/2`. */
export function readTimer(process: Process, ref: Ref, options?: ReadTimerOptions): number | false | 'ok' {
  checkRef(ref);
  const { async = false } = checkFlags('readTimer', options, ['async']);
  const left = ref instanceof Timer ? (process.kernel.timers.remaining(ref) ?? false) : false;
  if (!async) return left;
  process.deliver(new ReadTimerMessage(ref, left));
  return 'ok';
}

function checkRef(ref: unknown): void {
  if (!(ref instanceof Ref)) throw BadArgumentError.of('ref', 'the reference of a timer', ref);
}

function checkFlags<Flag extends string>(
  what: string,
  options: { readonly [Each in Flag]?: boolean } = {},
  allowed: readonly Flag[],
): { readonly [Each in Flag]?: boolean } {
  for (const [option, value] of Object.entries(checkOptions(what, options, allowed)))
    checkFlag(`${option} of ${what}`, value);
  return options;
}
