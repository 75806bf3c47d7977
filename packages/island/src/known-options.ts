import { BadOptionError } from './errors.ts';

/** Throws `BadOptionError` if these are no options of `what`: a slip of the pen would go unnoticed. */
export function checkKnown(what: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null)
    throw BadOptionError.of('options', `an object of options of ${what}`, options);
  for (const name of Object.keys(options)) {
    if (!known.includes(name))
      throw new BadOptionError(name, `${what} has no option ${name}; it has ${known.join(', ')}`);
  }
}
