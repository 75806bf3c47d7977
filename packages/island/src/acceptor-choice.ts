import { BadOptionError } from './errors.ts';
import { text } from './option-checks.ts';

/** The whole server, or one of its acceptors by its id. */
export interface AcceptorChoice {
  readonly acceptor?: string;
}

/** Answers the acceptor's id; undefined for the whole server. A word that is misspelt must not mean all of them. */
export function chosenAcceptor(choice: AcceptorChoice): string | undefined {
  if (typeof choice !== 'object' || choice === null) throw BadOptionError.of('choice', 'an object', choice);
  for (const key of Object.keys(choice)) {
    if (key !== 'acceptor') throw new BadOptionError(key, `there is no option ${key}; there is acceptor`);
  }
  return choice.acceptor === undefined ? undefined : text('acceptor', choice.acceptor);
}
