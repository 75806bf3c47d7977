import { BadArgumentError } from './errors.ts';
import { Pid } from './pid.ts';

/**
 * Refuses what are no options, and what is none of them: a slip of the pen must not go unnoticed. `what` is what the options
 * are of.
 */
export function checkOptions<Options extends object>(
  what: string,
  options: Options,
  allowed: readonly string[],
): Options {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw BadArgumentError.of(`the options of ${what}`, 'an object', options);
  for (const key of Object.keys(options)) {
    if (!allowed.includes(key))
      throw BadArgumentError.of(`an option of ${what}`, `one of ${allowed.join(', ')}`, key);
  }
  return options;
}

/** The pid itself, or an error: a name will not do everywhere. */
export function checkPid(pid: unknown, what = 'pid'): Pid {
  if (pid instanceof Pid) return pid;
  throw BadArgumentError.of(what, 'a pid', pid);
}

/** The function itself, or an error that says what it is for. */
export function checkFunction<Code>(what: string, code: Code): Code {
  if (typeof code === 'function') return code;
  throw BadArgumentError.of(what, 'a function', code);
}

/** Undefined, or a boolean; anything else is refused by name. */
export function checkFlag(what: string, flag: unknown): void {
  if (flag !== undefined && typeof flag !== 'boolean') throw BadArgumentError.of(what, 'a boolean', flag);
}

/** The label itself, or an error. */
export function checkLabel(label: unknown): string {
  if (typeof label === 'string') return label;
  throw BadArgumentError.of('label', 'a string', label);
}
