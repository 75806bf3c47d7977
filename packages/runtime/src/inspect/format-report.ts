import { checkOptions } from '../arguments.ts';
import { BadArgumentError } from '../errors.ts';
import type { RuntimeEventMap, RuntimeEventName } from '../events.ts';
import { isError } from '../exit-reason.ts';
import { formatExitReason } from '../exit-reason-text.ts';
import { inspected } from '../text.ts';

/** How a report is put into text. OTP: the options of a `report_cb`. */
export interface ReportFormat {
  /** All in one line, whatever the values are made of; no unless said. */
  readonly singleLine?: boolean;
  /** How many levels of a value are shown; 4 unless said. */
  readonly depth?: number | 'unlimited';
  /** How long the text can be, in characters; what is more is left out at its end, for which `…` stands. */
  readonly charsLimit?: number | 'unlimited';
}

type Field = readonly [label: string, value: unknown];

interface Report {
  readonly title: string;
  readonly fields: readonly Field[];
}

const who = ({ pid, name, label }: { pid: unknown; name?: unknown; label?: unknown }): string =>
  [name, label].every((each) => each === undefined) ? `${pid}` : `${pid} (${String(name ?? label)})`;

const of = (id: string | undefined, pid: unknown): string =>
  [id, pid].filter((part) => part !== undefined).join(' ') || 'a child';

const COMPOSE: { readonly [Name in RuntimeEventName]: (event: RuntimeEventMap[Name]) => Report } = {
  'process:spawn': ({ pid, parent, behaviour }) => ({
    title: `process ${pid} was spawned`,
    fields: [
      ['behaviour', behaviour],
      ['parent', parent],
    ],
  }),
  'process:exit': (event) => ({ title: `process ${who(event)} ended`, fields: [['reason', event.reason]] }),
  'process:crash': (event) => ({
    title: `process ${who(event)} crashed`,
    fields: [
      ['reason', event.reason],
      ['behaviour', event.behaviour],
      ['initial call', event.initialCall],
      ['parent', event.parent],
      ['ancestors', event.ancestors],
      ['links', event.links],
      ...('lastMessage' in event ? ([['last message', event.lastMessage]] as const) : []),
      ...('state' in event ? ([['state', event.state]] as const) : []),
    ],
  }),
  'supervisor:report': ({ supervisor, context, reason, id, pid, count }) => ({
    title: `supervisor ${supervisor}, ${context}: ${of(id, pid)}`,
    fields: [['reason', reason], ...(count === undefined ? [] : ([['children', count]] as const))],
  }),
  'supervisor:progress': ({ supervisor, id, pid }) => ({
    title: `supervisor ${supervisor} has started ${of(id, pid)}`,
    fields: [],
  }),
  'server:trace': (event) => ({ title: `server ${who(event)}: ${event.text}`, fields: [] }),
  'handler:failed': ({ manager, handler, reason, lastMessage, state }) => ({
    title: `handler ${handler} of ${manager} failed`,
    fields: [
      ['reason', reason],
      ['last message', lastMessage],
      ['state', state],
    ],
  }),
  'message:unhandled': ({ pid, message }) => ({
    title: `process ${pid} has no use for a message`,
    fields: [['message', message]],
  }),
  'callback:failed': ({ error, pid }) => ({
    title: pid === undefined ? 'a callback failed' : `what process ${pid} has left behind failed`,
    fields: [['reason', error]],
  }),
};

/**
 * An event of a runtime in words: a title, and what the event carries below it, or all of it in one line. Errors are shown
 * with their stack where there are lines for it. OTP: `supervisor:format_log/2` and its kin.
 *
 * @example
 * ```ts
 * const report = { error: new RangeError('out of range') };
 * formatReport('callback:failed', report, { singleLine: true }); // => 'a callback failed; reason: RangeError: out of range'
 * ```
 */
export function formatReport<Name extends RuntimeEventName>(
  name: Name,
  event: RuntimeEventMap[Name],
  format: ReportFormat = {},
): string {
  const { singleLine = false, depth = 4, charsLimit = 'unlimited' } = format;
  checkOptions('a report', format, ['singleLine', 'depth', 'charsLimit']);
  if (typeof singleLine !== 'boolean') throw BadArgumentError.of('singleLine', 'a boolean', singleLine);
  const levels = limit('depth', depth);
  const most = limit('charsLimit', charsLimit);
  if (!Object.hasOwn(COMPOSE, name))
    throw BadArgumentError.of('the name of an event', Object.keys(COMPOSE).join(', '), name);
  const show = (value: unknown): string => (singleLine ? brief(value, levels) : full(value, levels));
  const { title, fields } = COMPOSE[name](event);
  const shown = fields.map(([label, value]) => `${label}: ${show(value)}`);
  const text = singleLine
    ? [title, ...shown].join('; ').replaceAll(/\s*\n\s*/g, ' ')
    : [title, ...shown.map((line) => `  ${line.replaceAll('\n', '\n    ')}`)].join('\n');
  return text.length <= most ? text : `${text.slice(0, Math.max(0, most - 1))}…`;
}

function limit(what: string, value: unknown): number {
  if (value === 'unlimited') return Number.POSITIVE_INFINITY;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  throw BadArgumentError.of(what, "a whole number > 0 or 'unlimited'", value);
}

function full(value: unknown, depth: number): string {
  if (typeof value === 'string') return value;
  return inspected(value, { depth });
}

function brief(value: unknown, depth: number): string {
  if (isError(value)) return formatExitReason(value);
  if (typeof value === 'string') return value;
  return inspected(value, { depth, breakLength: Number.POSITIVE_INFINITY, compact: true });
}
