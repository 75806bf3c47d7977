import { BadArgumentError, NoCatchError, Pid } from '@thousand-island/runtime';
import type { Reason } from './scenario.ts';

/** Who is who in a trace. */
interface Names {
  nameOf(pid: Pid): string;
}

/** What a worker throws. OTP: `error(Reason)`. */
export class Raised extends Error {
  readonly reason: Reason;
  constructor(reason: Reason) {
    super('raised by a worker');
    this.reason = reason;
  }
}

/** A supervisor that refused its options. OTP: `{start_spec, …}`. */
export class StartSpec {
  readonly error: BadArgumentError;
  constructor(error: BadArgumentError) {
    this.error = error;
  }
}

/** What a start function answers that knows no answer. */
export const BAD_RETURN = 'bad_return';

/** The runtime's words as OTP writes them. */
const WORDS: Readonly<Record<string, string>> = {
  alreadyPresent: 'already_present',
  maxChildren: 'max_children',
  notFound: 'not_found',
  reachedMaxRestartIntensity: 'reached_max_restart_intensity',
};

/** A reason of the runtime, as OTP would have written it. */
export function showTerm(term: unknown, names: Names): string {
  const show = (part: unknown): string => showTerm(part, names);
  if (typeof term === 'string') return WORDS[term] ?? term;
  if (term instanceof Pid) return names.nameOf(term);
  if (term instanceof Raised) return `{${show(term.reason)},<stack>}`;
  if (term instanceof NoCatchError) return `{{nocatch,${show(term.value)}},<stack>}`;
  if (term instanceof StartSpec) return `{start_spec,${showSpecError(term.error)}}`;
  if (term instanceof BadArgumentError) return showSpecError(term);
  if (term instanceof Error || typeof term !== 'object' || term === null) return String(term);
  if ('shutdown' in term) return `{shutdown,${show(term.shutdown)}}`;
  if ('alreadyStarted' in term) return `{already_started,${show(term.alreadyStarted)}}`;
  if ('failedToStartChild' in term && 'reason' in term) {
    return `{failed_to_start_child,${show(term.failedToStartChild)},${show(term.reason)}}`;
  }
  return JSON.stringify(term);
}

const INVALID: Readonly<Record<string, string>> = {
  restart: 'invalid_restart_type',
  shutdown: 'invalid_shutdown',
  type: 'invalid_child_type',
  significant: 'invalid_significant',
};

// OTP has a term for each mistake, the runtime a sentence that names the field.
function showSpecError({ message }: BadArgumentError): string {
  if (message.startsWith('the id of a child must be a')) return 'missing_id';
  if (message.endsWith('a permanent child never ends of itself'))
    return '{bad_combination,[{restart,permanent},{significant,true}]}';
  if (message.endsWith("autoShutdown is 'never'"))
    return '{bad_combination,[{auto_shutdown,never},{significant,true}]}';
  const [, field = '', value = ''] = /^(\w+) of child .*, not (.*)$/s.exec(message) ?? [];
  const invalid = INVALID[field];
  return invalid === undefined ? message : `{${invalid},${value.replace(/^'(.*)'$/s, '$1')}}`;
}
