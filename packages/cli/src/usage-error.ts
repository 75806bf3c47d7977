/** The command was called in a way that makes no sense. The message names what was wrong, and what is allowed. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}
