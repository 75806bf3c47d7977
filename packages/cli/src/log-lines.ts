import type { LogLevel, LogSink } from '@thousand-island/island';
import { formatExitReason } from '@thousand-island/runtime';
import type { Output } from './output.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Writes log entries as lines for people and grep: `info: the server listens address=127.0.0.1:4000`. What is wrong comes
 * right behind the message; the stack of an error, only at the level error, below it and indented.
 */
export class LogLines implements LogSink {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  readonly error = (fields: Fields, message: string): void => this.#write('error', fields, message);
  readonly info = (fields: Fields, message: string): void => this.#write('info', fields, message);
  readonly debug = (fields: Fields, message: string): void => this.#write('debug', fields, message);
  readonly trace = (fields: Fields, message: string): void => this.#write('trace', fields, message);

  #write(level: LogLevel, { event: _, err, reason = err, ...rest }: Fields, message: string): void {
    const why =
      reason === undefined ? '' : `: ${harmless(formatExitReason(reason).replaceAll(/\s*\n\s*/g, ' '))}`;
    const pairs = Object.entries(rest).map(([name, value]) => ` ${name}=${formatValue(value)}`);
    const frames = level === 'error' ? framesOf(reason) : [];
    void this.#output.line([`${level}: ${message}${why}${pairs.join('')}`, ...frames].join('\n'));
  }
}

function formatValue(value: unknown): string {
  if (typeof value === 'number') return String(Math.round(value * 1_000) / 1_000);
  const text = String(value);
  return /^[\w.:/@[\]<>-]+$/.test(text) ? text : harmless(JSON.stringify(text));
}

/** What a client has sent must not command the terminal of who reads the log. */
function harmless(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

/** Where it happened, innermost first. */
function framesOf(reason: unknown): string[] {
  const stack =
    typeof reason === 'object' && reason !== null && 'stack' in reason ? String(reason.stack) : '';
  return stack.split('\n').filter((line) => /^\s+at /.test(line));
}
