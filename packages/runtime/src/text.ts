import { type InspectOptions, inspect } from 'node:util';

/** A value as `inspect` shows it. Its own getters and methods may throw, and must not break who tells of it. */
export function inspected(value: unknown, options: InspectOptions = {}): string {
  try {
    return inspect(value, options);
  } catch {
    return 'a value that cannot be shown';
  }
}

/** Without line ends, and without what a terminal would take for commands. */
export function onOneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it is about.
  return text.replace(/\s*\n\s*/g, ' ').replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd');
}
