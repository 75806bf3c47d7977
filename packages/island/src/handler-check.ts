import { BadOptionError } from './errors.ts';
import type { AnyHandler } from './handler.ts';

const CALLBACKS = [
  'startConnection',
  'init',
  'handleConnection',
  'handleData',
  'handleClose',
  'handleError',
  'handleShutdown',
  'handleDrain',
  'handleTimeout',
  'handleInfo',
  'handleContinue',
] as const;

const TABLES = ['handleCall', 'handleCast'];

/** A handler, all of whose callbacks are functions. */
export function handler(option: string, value: unknown): AnyHandler {
  if (typeof value !== 'object' || value === null) {
    throw BadOptionError.of(option, 'an object with callbacks such as handleData', value);
  }
  refuseWrapped(option, value);
  for (const callback of CALLBACKS) {
    const member: unknown = Reflect.get(value, callback);
    if (member !== undefined && typeof member !== 'function')
      throw BadOptionError.of(`${option}.${callback}`, 'a function', member);
  }
  for (const table of TABLES) {
    const requests: unknown = Reflect.get(value, table);
    if (requests === undefined) continue;
    if (typeof requests !== 'object' || requests === null) {
      throw BadOptionError.of(`${option}.${table}`, 'an object with a function for each request', requests);
    }
    for (const [request, member] of Object.entries(requests)) {
      if (typeof member === 'function') continue;
      throw BadOptionError.of(`${option}.${table}.${request}`, 'a function', member);
    }
  }
  refuseMisspelt(option, value);
  const others = [...CALLBACKS.slice(1), ...TABLES].filter((each) => Reflect.get(value, each) !== undefined);
  if (Reflect.get(value, 'startConnection') !== undefined && others.length > 0)
    throw BadOptionError.of(`${option}.startConnection`, `alone, without ${others.join(', ')}`, value);
  return value as AnyHandler;
}

/** What leads to a handler is none: it would serve nobody, and nothing would tell. */
function refuseWrapped(option: string, value: object): void {
  if (value instanceof Promise) throw BadOptionError.of(option, 'a handler: await the promise', value);
  const hasOwn = [...CALLBACKS, ...TABLES].some((each) => each in value);
  const exported: unknown = Reflect.get(value, 'default');
  if (!hasOwn && typeof exported === 'object' && exported !== null)
    throw BadOptionError.of(option, 'a handler, such as the default export of this module', value);
}

/** A callback that is misspelt would never be called, and nothing would tell. A class may have methods of its own. */
function refuseMisspelt(option: string, value: object): void {
  if (Object.getPrototypeOf(value) !== Object.prototype) return;
  const known: readonly string[] = [...CALLBACKS, ...TABLES];
  for (const name of Object.keys(value)) {
    const meant = known.includes(name) ? undefined : known.find((each) => isNear(name, each));
    if (meant !== undefined)
      throw new BadOptionError(
        `${option}.${name}`,
        `a handler has no callback ${name}: is ${meant} what is meant?`,
      );
  }
}

/** Whether two names are alike but for one letter, or for case and underscores. */
function isNear(one: string, other: string): boolean {
  const shorter = shortened(plain(other));
  return shortened(plain(one)).some((each) => shorter.includes(each));
}

function plain(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

function shortened(name: string): string[] {
  return [name, ...Array.from(name, (_, index) => name.slice(0, index) + name.slice(index + 1))];
}
