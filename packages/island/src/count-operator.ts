import { BadArgumentError } from '@thousand-island/runtime';

/** How a number of connections is compared. `'=<'` is OTP's way to write `'<='`. */
export type CountOperator = '>' | '>=' | '==' | '=<' | '<=' | '<';

const COMPARISONS: Readonly<Record<CountOperator, (count: number, wanted: number) => boolean>> = {
  '>': (count, wanted) => count > wanted,
  '>=': (count, wanted) => count >= wanted,
  '==': (count, wanted) => count === wanted,
  '=<': (count, wanted) => count <= wanted,
  '<=': (count, wanted) => count <= wanted,
  '<': (count, wanted) => count < wanted,
};

/** Whether a count is as it is wanted. Throws `BadArgumentError` for what can be no such wish. */
export function comparison(operator: unknown, wanted: unknown): (count: number) => boolean {
  const names = Object.keys(COMPARISONS);
  if (typeof operator !== 'string' || !Object.hasOwn(COMPARISONS, operator))
    throw BadArgumentError.of('operator', names.map((name) => `'${name}'`).join(', '), operator);
  if (typeof wanted !== 'number' || !Number.isInteger(wanted) || wanted < 0)
    throw BadArgumentError.of('count', 'a whole number >= 0', wanted);
  const compare = COMPARISONS[operator as CountOperator];
  return (count) => compare(count, wanted);
}
