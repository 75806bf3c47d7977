import type { Pid, Self } from '@thousand-island/runtime';
import { BadOptionError } from './errors.ts';

/** That an acceptor has many connections. */
export interface Alarm {
  readonly name: string;
  /** The id of the acceptor. */
  readonly acceptor: string;
  readonly threshold: number;
  /** How many connections counted when the alarm went off. */
  readonly connections: number;
  /** The processes of the acceptor's connections. */
  readonly pids: readonly Pid[];
}

/** When an alarm goes off, and what happens then. ranch: `alarms`. */
export interface AlarmOptions {
  /** As soon as an acceptor has so many connections, or more. */
  readonly threshold: number;
  /** Runs in a process of its own: what it throws, or how long it takes, harms nobody. */
  readonly callback: (alarm: Alarm, self: Self) => unknown;
  /** How long the alarm is quiet then, in ms; after that it goes off again if there are still as many. 5,000 unless said. */
  readonly cooldown?: number;
}

/** An alarm, checked and complete. */
export interface AlarmConfig extends Required<AlarmOptions> {
  readonly name: string;
}

const KEYS = ['threshold', 'callback', 'cooldown'];

/** The alarms of the option `alarms`, by their names. */
export function alarmConfigs(option: string, value: unknown): readonly AlarmConfig[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw BadOptionError.of(option, 'an object with an alarm for each name', value);
  return Object.entries(value).map(([name, alarm]) => alarmConfig(`${option}.${name}`, name, alarm));
}

function alarmConfig(option: string, name: string, value: unknown): AlarmConfig {
  if (typeof value !== 'object' || value === null)
    throw BadOptionError.of(option, 'an object with threshold and callback', value);
  for (const key of Object.keys(value)) {
    if (KEYS.includes(key)) continue;
    throw new BadOptionError(
      `${option}.${key}`,
      `there is no option ${option}.${key}; there are ${KEYS.join(', ')}`,
    );
  }
  const { threshold, callback, cooldown = 5_000 } = value as Partial<AlarmOptions>;
  if (typeof threshold !== 'number' || !Number.isInteger(threshold) || threshold < 1)
    throw BadOptionError.of(`${option}.threshold`, 'a whole number >= 1', threshold);
  if (typeof callback !== 'function') throw BadOptionError.of(`${option}.callback`, 'a function', callback);
  if (typeof cooldown !== 'number' || !Number.isInteger(cooldown) || cooldown < 0)
    throw BadOptionError.of(`${option}.cooldown`, 'a whole number >= 0', cooldown);
  return { name, threshold, callback, cooldown };
}
