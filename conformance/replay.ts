import { play } from './play.ts';
import { FormatError, type Result, type Scenario } from './scenario.ts';
import type { Pace } from './world.ts';

/** The first line in which two traces of a scenario differ. */
export interface Difference {
  readonly id: string;
  /** Counted from 1. */
  readonly line: number;
  readonly expected: string;
  readonly actual: string;
}

const NOTHING = '(nothing)';

/** Where two traces part; undefined if they are equal. Pure. */
export function firstDifference(id: string, expected: readonly string[], actual: readonly string[]): Difference | undefined {
  for (let index = 0; index < Math.max(expected.length, actual.length); index++) {
    const [was, is] = [expected[index] ?? NOTHING, actual[index] ?? NOTHING];
    if (was !== is) return { id, line: index + 1, expected: was, actual: is };
  }
  return undefined;
}

/** Plays one scenario and compares its trace with what OTP has printed. */
export async function replay(scenario: Scenario, result: Result, pace?: Pace): Promise<Difference | undefined> {
  const { id } = scenario;
  if (result.trace === undefined) return { id, line: 0, expected: `error: ${result.error}`, actual: NOTHING };
  try {
    return firstDifference(id, result.trace, await play(scenario, pace));
  } catch (error) {
    return { id, line: 0, expected: result.trace[0] ?? NOTHING, actual: `error: ${(error as Error).stack}` };
  }
}

/** Pairs each scenario with its result, by id and whatever the order. Throws `FormatError` if one has none. */
export function pairUp(scenarios: readonly Scenario[], results: readonly Result[]): (readonly [Scenario, Result])[] {
  const byId = new Map(results.map((result) => [result.id, result]));
  return scenarios.map((scenario) => {
    const result = byId.get(scenario.id);
    if (result === undefined) throw new FormatError(`there is no expected trace of scenario ${scenario.id}`);
    return [scenario, result];
  });
}

/** A difference on three lines. */
export function showDifference({ id, line, expected, actual }: Difference): string {
  return `${id}, line ${line}:\n  OTP:  ${expected}\n  here: ${actual}`;
}
