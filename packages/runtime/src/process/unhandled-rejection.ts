import { isError } from '../exit-reason.ts';
import { inspected } from '../text.ts';

/** What Node does with a rejection that nobody handles, as `--unhandled-rejections` says. */
type RejectionMode = 'throw' | 'strict' | 'warn' | 'none' | 'warn-with-error-code';

const FLAG = /^--unhandled[-_]rejections(?:=(.*))?$/;

/** The last word of those who have started this Node. */
export function rejectionMode(flags: readonly string[]): RejectionMode {
  let mode = 'throw';
  for (const [index, flag] of flags.entries()) {
    const [matched, value = flags[index + 1]] = FLAG.exec(flag) ?? [];
    if (matched !== undefined && value !== undefined) mode = value;
  }
  return mode as RejectionMode;
}

/** The flags that this Node was started with; those of the command line count more. */
export function nodeFlags(): string[] {
  return [...(process.env.NODE_OPTIONS ?? '').split(/\s+/), ...process.execArgv];
}

/** The error that Node throws for a rejection: the reason itself, unless that is no error. */
export function errorOfRejection(reason: unknown): unknown {
  if (isError(reason)) return reason;
  const error = new Error(
    'This error originated either by throwing inside of an async function without a catch block, or by rejecting a ' +
      `promise which was not handled with .catch(). The promise rejected with the reason "${
        typeof reason === 'string' ? reason : inspected(reason)
      }".`,
  );
  return Object.assign(error, { code: 'ERR_UNHANDLED_REJECTION', name: 'UnhandledPromiseRejection' });
}

/** Node's warning of a rejection that is not to end it. */
export function warnOfRejection(reason: unknown): void {
  const words = isError(reason) ? (reason.stack ?? String(reason)) : inspected(reason);
  process.emitWarning(words, 'UnhandledPromiseRejectionWarning');
}
