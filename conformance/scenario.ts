import type { Program } from './processes/program.ts';

/** Why something ends, as scenarios write it. `"normal"`, `"shutdown"`, `"kill"` and `"killed"` mean what they mean in OTP. */
export type Reason = string | number | { readonly shutdown: Reason };

/** What one attempt to start a child comes to: `ok`, `extra`, `ignore`, `bad`, `error:R`, `exit:R`, `raise:R`. */
export type Outcome = string;

/** A child of a scenario. What is left out is OTP's default. */
export interface ChildScript {
  readonly id: string;
  readonly type?: 'worker' | 'supervisor';
  readonly restart?: string;
  readonly shutdown?: number | string;
  readonly significant?: boolean;
  /** The outcomes of the first, second … attempt; `ok` when used up. */
  readonly starts?: readonly Outcome[];
  readonly sup?: SupervisorScript;
  readonly trap?: boolean;
  readonly on_stop?: string;
}

/** A supervisor of a scenario; one of strategy `simple_one_for_one` has its template as the only child. */
export interface SupervisorScript {
  readonly strategy?: 'one_for_one' | 'one_for_all' | 'rest_for_one' | 'simple_one_for_one' | 'dynamic';
  readonly intensity?: number;
  readonly period?: number;
  readonly auto_shutdown?: string;
  readonly max_children?: number;
  readonly children?: readonly ChildScript[];
}

/** One thing that is done to the tree: its name and what it is done with. `README.md` lists them. */
export type Step = readonly [name: string, ...parameters: unknown[]];

/** A tree, and what is done to it. */
export interface Scenario {
  readonly id: string;
  readonly sup: SupervisorScript;
  readonly script: readonly Step[];
  /** When the tree is looked at: before the final shutdown, after every step, or never. */
  readonly snap?: 'end' | 'each' | 'none';
}

/** What can be played: a supervision tree, or a program of plain processes. */
export type Entry = Scenario | Program;

/** What a side has seen: the lines of a trace, or why there is none. */
export interface Result {
  readonly id: string;
  readonly trace?: readonly string[];
  readonly error?: string;
}

/** A file that is not what it should be. */
export class FormatError extends Error {}

/** The entries of a file: one JSON object a line; empty lines and lines that start with `#` are skipped. */
export function parseEntries(text: string, file: string): Entry[] {
  return parseLines(text, file, (value) => {
    const { id, sup, script, processes, steps } = value as Partial<Scenario & Program>;
    if (typeof id !== 'string') return false;
    if (Array.isArray(steps)) return typeof processes === 'number';
    return typeof sup === 'object' && sup !== null && Array.isArray(script);
  }) as Entry[];
}

/** The scenarios of a file that has nothing but supervision trees, in the same form. */
export function parseScenarios(text: string, file: string): Scenario[] {
  return parseEntries(text, file).map((entry) => {
    if (isProgram(entry)) throw new FormatError(`${file}: ${entry.id} is a program of plain processes`);
    return entry;
  });
}

export function isProgram(entry: Entry): entry is Program {
  return 'steps' in entry;
}

/** The results of a file, in the same form. */
export function parseResults(text: string, file: string): Result[] {
  return parseLines(text, file, (value) => {
    const { id, trace, error } = value as Partial<Result>;
    return typeof id === 'string' && (Array.isArray(trace) || typeof error === 'string');
  }) as Result[];
}

function parseLines(text: string, file: string, isRight: (value: object) => boolean): unknown[] {
  const values: unknown[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const value = parseLine(line);
    if (typeof value !== 'object' || value === null || !isRight(value)) {
      throw new FormatError(`${file}:${index + 1} is not one of the lines that belong there`);
    }
    values.push(value);
  }
  return values;
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The key of a supervisor's child: the path of ids, `/` for the root. */
export function keyOf(supervisor: string, id: string): string {
  return supervisor === '/' ? `/${id}` : `${supervisor}/${id}`;
}
