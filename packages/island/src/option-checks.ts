import { EventBus, type Name } from '@thousand-island/runtime';
import { BadOptionError } from './errors.ts';
import type { IslandEvents } from './events.ts';
import type { Transport } from './transport.ts';

/** Looks at one option's value: answers it as the inside uses it, or throws `BadOptionError`. */
export type Check<Value> = (option: string, value: unknown) => Value;

export const INFINITY = Number.POSITIVE_INFINITY;

export function whole(from: number, to: number): Check<number> {
  return (option, value) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= from && value <= to) return value;
    const range = to === INFINITY ? `>= ${from}` : `from ${from} to ${to}`;
    throw BadOptionError.of(option, `a whole number ${range}`, value);
  };
}

export function wholeOr(from: number, words: Readonly<Record<string, number>>): Check<number> {
  return (option, value) => {
    const word = typeof value === 'string' && Object.hasOwn(words, value) ? words[value] : undefined;
    if (word !== undefined) return word;
    if (typeof value === 'number' && Number.isInteger(value) && value >= from) return value;
    const allowed = Object.keys(words).map((each) => `'${each}'`);
    throw BadOptionError.of(option, `a whole number >= ${from} or ${allowed.join(' or ')}`, value);
  };
}

export function oneOf<Word extends string>(...words: readonly Word[]): Check<Word> {
  return (option, value) => {
    const word = words.find((each) => each === value);
    if (word !== undefined) return word;
    throw BadOptionError.of(option, words.map((each) => `'${each}'`).join(' or '), value);
  };
}

export const timeout = wholeOr(0, { infinity: INFINITY });

export function boolean(option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw BadOptionError.of(option, 'a boolean', value);
}

export function hostName(option: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw BadOptionError.of(option, 'a host name or address', value);
}

export function processName(option: string, value: unknown): Name {
  if (typeof value === 'symbol' || (typeof value === 'string' && value !== '')) return value;
  throw BadOptionError.of(option, 'a non-empty string or a symbol', value);
}

export function text(option: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw BadOptionError.of(option, 'a non-empty string', value);
}

export function eventBus(option: string, value: unknown): IslandEvents {
  if (value instanceof EventBus) return value as IslandEvents;
  throw BadOptionError.of(option, 'a bus made by islandEvents()', value);
}

export function transport(option: string, value: unknown): Transport {
  if (typeof value === 'object' && value !== null && typeof Reflect.get(value, 'listen') === 'function') {
    return value as Transport;
  }
  throw BadOptionError.of(option, 'a transport', value);
}
