import { play } from './play.ts';
import { FormatError, type Result, type Scenario } from './scenario.ts';

/** The first line in which two traces of a scenario differ. */
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

/** A scenario in which this runtime is meant to differ from OTP. */
export interface Excuse {
  readonly id: string;
  readonly reason: string;
  /** The first line that differs, as OTP prints it. */
  readonly otp: string;
  /** The whole trace that is right instead. */
  readonly trace: readonly string[];
}

/**
 * Plays one scenario and compares its trace with what OTP has printed: with plain callbacks, then with async ones, which must
 * make no difference.
 */
export async function replay(
  scenario: Scenario,
  result: Result,
  excuses: readonly Excuse[] = [],
): Promise<Difference | undefined> {
  const { id } = scenario;
  if (result.trace === undefined) return { id, line: 0, expected: `error: ${result.error}`, actual: NOTHING };
  const excuse = excuses.find((each) => each.id === id);
  const expected = excuse === undefined ? result.trace : excused(excuse, result.trace);
  for (const pace of PACES) {
    const actual = await play(scenario, pace).catch((error: unknown) => [`error: ${String(error)}`]);
    const difference = firstDifference(id, expected, actual);
    if (difference !== undefined) return difference;
  }
  return undefined;
}

/** The trace that is right, if OTP's parts from it where the excuse says; else OTP's. Pure. */
function excused(excuse: Excuse, otp: readonly string[]): readonly string[] {
  return firstDifference(excuse.id, otp, excuse.trace)?.expected === excuse.otp ? excuse.trace : otp;
}

/** Pairs each scenario with its result: the one in the same place, else the one with its id. `FormatError` if it has none. */
export function pairUp(
  scenarios: readonly Scenario[],
  results: readonly Result[],
): (readonly [Scenario, Result])[] {
  const byId = new Map(results.map((result) => [result.id, result]));
  return scenarios.map((scenario, index) => {
    const { id } = scenario;
    const result = results[index]?.id === id ? results[index] : byId.get(id);
    if (result === undefined) throw new FormatError(`there is no expected trace of scenario ${id}`);
    return [scenario, result];
  });
}

/** A difference on three lines. */
export function showDifference({ id, line, expected, actual }: Difference): string {
  return `${id}, line ${line}:\n  OTP:  ${expected}\n  here: ${actual}`;
}
