import { play } from './play.ts';
import { canonicalTrace } from './processes/canonical.ts';
import { playProgram } from './processes/play.ts';
import { type Entry, FormatError, isProgram, type Result } from './scenario.ts';
import type { Pace } from './world.ts';

/** The first line in which two traces of a scenario or program differ. */
export interface Difference {
  readonly id: string;
  /** Counted from 1. */
  readonly line: number;
  readonly expected: string;
  readonly actual: string;
}

const NOTHING = '(nothing)';
const PACES = ['sync', 'async'] as const;

/** Where two traces part; undefined if they are equal. Pure. */
function firstDifference(
  id: string,
  expected: readonly string[],
  actual: readonly string[],
): Difference | undefined {
  for (let index = 0; index < Math.max(expected.length, actual.length); index++) {
    const [was, is] = [expected[index] ?? NOTHING, actual[index] ?? NOTHING];
    if (was !== is) return { id, line: index + 1, expected: was, actual: is };
  }
  return undefined;
}

/** A scenario or program in which this runtime is meant to differ from OTP. */
export interface Excuse {
  readonly id: string;
  readonly reason: string;
  /** The first line that differs, as OTP prints it. */
  readonly otp: string;
  /** The whole trace that is right instead. */
  readonly trace: readonly string[];
}

/**
 * Plays one scenario or program and compares its trace with what OTP has printed: with plain callbacks, then with async ones, which must
 * make no difference.
 */
export async function replay(
  entry: Entry,
  result: Result,
  excuses: readonly Excuse[] = [],
): Promise<Difference | undefined> {
  const { id } = entry;
  if (result.trace === undefined) return { id, line: 0, expected: `error: ${result.error}`, actual: NOTHING };
  const excuse = excuses.find((each) => each.id === id);
  const otp = isProgram(entry) ? canonicalTrace(result.trace) : result.trace;
  const expected = excuse === undefined ? otp : excused(excuse, otp);
  for (const pace of PACES) {
    const actual = await trace(entry, pace).catch((error: unknown) => [`error: ${String(error)}`]);
    const difference = firstDifference(id, expected, actual);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

async function trace(entry: Entry, pace: Pace): Promise<string[]> {
  return isProgram(entry) ? canonicalTrace(await playProgram(entry, pace)) : play(entry, pace);
}

/** The trace that is right, if OTP's parts from it where the excuse says; else OTP's. Pure. */
function excused(excuse: Excuse, otp: readonly string[]): readonly string[] {
  return firstDifference(excuse.id, otp, excuse.trace)?.expected === excuse.otp ? excuse.trace : otp;
}

/** Pairs each entry with its result: the one in the same place, else the one with its id. `FormatError` if it has none. */
export function pairUp<Some extends Entry>(
  entries: readonly Some[],
  results: readonly Result[],
): (readonly [Some, Result])[] {
  const byId = new Map(results.map((result) => [result.id, result]));
  return entries.map((entry, index) => {
    const { id } = entry;
    const result = results[index]?.id === id ? results[index] : byId.get(id);
    if (result === undefined) throw new FormatError(`there is no expected trace of ${id}`);
    return [entry, result];
  });
}

/** A difference on three lines. */
export function showDifference({ id, line, expected, actual }: Difference): string {
  return `${id}, line ${line}:\n  OTP:  ${expected}\n  here: ${actual}`;
}
