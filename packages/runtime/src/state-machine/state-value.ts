import type { StateValue } from 'xstate';

/** Whether the two values are the same configuration of states. */
export function isSameValue(one: StateValue | undefined, other: StateValue | undefined): boolean {
  if (one === other) return true;
  if (typeof one !== 'object' || typeof other !== 'object') return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every((key) => isSameValue(one[key], other[key]));
}

/** The value on one line: `'green'`, `'red.walk'`, and for parallel states `'{lamp: on, fan: off}'`. */
export function formatValue(value: StateValue): string {
  if (typeof value === 'string') return value;
  const parts = Object.entries(value).filter((part): part is [string, StateValue] => part[1] !== undefined);
  const [first, ...others] = parts;
  if (first === undefined) return '{}';
  if (others.length > 0)
    return `{${parts.map(([key, below]) => `${key}: ${formatValue(below)}`).join(', ')}}`;
  const [key, below] = first;
  // A parallel state whose regions have no states of their own has values without anything in them.
  return typeof below === 'object' && Object.keys(below).length === 0 ? key : `${key}.${formatValue(below)}`;
}
