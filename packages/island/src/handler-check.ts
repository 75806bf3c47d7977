import { BadOptionError } from './errors.ts';
import type { AnyHandler } from './handler.ts';

const CALLBACKS = [
  'init',
  'handleConnection',
  'handleData',
  'handleClose',
  'handleError',
  'handleShutdown',
  'handleTimeout',
  'handleInfo',
  'handleContinue',
] as const;

/** A handler, all of whose callbacks are functions. */
export function handler(option: string, value: unknown): AnyHandler {
  if (typeof value !== 'object' || value === null) {
    throw BadOptionError.of(option, 'an object with callbacks such as handleData', value);
  }
  for (const callback of CALLBACKS) {
    const member: unknown = Reflect.get(value, callback);
    if (member !== undefined && typeof member !== 'function')
      throw BadOptionError.of(`${option}.${callback}`, 'a function', member);
  }
  for (const table of ['handleCall', 'handleCast']) {
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
  return value as AnyHandler;
}
