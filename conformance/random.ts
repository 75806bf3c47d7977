import fc from 'fast-check';
import { excuses } from './excuses.ts';
import { generateTrees, hasElixir, Oracle } from './oracle.ts';
import { programs } from './processes/generate.ts';
import { simplerProgram } from './processes/shrink.ts';
import { type Difference, replay, showDifference } from './replay.ts';
import { type Entry, parseScenarios } from './scenario.ts';
import { simplerTree } from './shrink-tree.ts';
import { Shrinkable } from './shrinkable.ts';

/** What can be made up at random. */
const KINDS = ['supervisors', 'dynamic', 'processes'] as const;
export type Kind = (typeof KINDS)[number];

/** How many were played on both sides, and how many came out differently. */
export interface Tally {
  readonly compared: number;
  readonly different: number;
}

/** The kinds that this machine's OTP can be asked about. */
export function knownKinds(): readonly Kind[] {
  return KINDS.filter((kind) => kind !== 'dynamic' || hasElixir());
}

/** So many are asked for at once: the two sides need not wait for each other. */
const BATCH = 50;
/** Shrinking one difference takes seconds, and the others mostly have the same cause. */
const MOST_SHRUNK = 3;

/** Makes up `count` of a kind, plays them on both sides, and tells the differences, each as small as it can be made. */
export async function compareRandom(
  kind: Kind,
  count: number,
  seed: number,
  tell: (text: string) => void,
): Promise<Tally> {
  const comparison = new Comparison(Oracle.start(), seed, tell);
  try {
    if (kind === 'processes') return await comparison.programs(count);
    return await comparison.trees(await generateTrees(count, seed, kind === 'dynamic'));
  } finally {
    comparison.close();
  }
}

/** Random scenarios or programs, one JSON object each; the same for the same seed. */
export async function makeUp(kind: Kind, count: number, seed: number): Promise<readonly Entry[]> {
  if (kind !== 'processes') {
    return parseScenarios(await generateTrees(count, seed, kind === 'dynamic'), 'the generator');
  }
  return fc.sample(programs, { numRuns: count, seed }).map((program, index) => ({
    ...program,
    id: `p${seed}-${index + 1}`,
  }));
}

class Comparison {
  readonly #oracle: Oracle;
  readonly #seed: number;
  readonly #tell: (text: string) => void;

  constructor(oracle: Oracle, seed: number, tell: (text: string) => void) {
    this.#oracle = oracle;
    this.#seed = seed;
    this.#tell = tell;
  }

  /** Compares scenarios that OTP's side has made up. */
  async trees(text: string): Promise<Tally> {
    const trees = parseScenarios(text, 'the generator');
    let different = 0;
    for (let from = 0; from < trees.length; from += BATCH) {
      const batch = trees.slice(from, from + BATCH).map((tree) => ({ tree, asked: this.#oracle.ask(tree) }));
      for (const { tree, asked } of batch) {
        if ((await replay(tree, await asked, excuses)) === undefined) continue;
        different++;
        if (different <= MOST_SHRUNK) await this.#show(await this.#shrink(tree, simplerTree));
      }
    }
    return { compared: trees.length, different };
  }

  /** Compares programs until the first difference. */
  async programs(count: number): Promise<Tally> {
    const { compared, found } = await this.#find(programs, count);
    if (found === undefined) return { compared, different: 0 };
    await this.#show(await this.#shrink(found, simplerProgram));
    return { compared, different: 1 };
  }

  close(): void {
    this.#oracle.close();
  }

  /** Looks for a difference, and makes it as small as the arbitrary can. */
  async #find<Some extends Entry>(
    arbitrary: fc.Arbitrary<Some>,
    count: number,
  ): Promise<{ readonly compared: number; readonly found: Some | undefined }> {
    const property = fc.asyncProperty(
      arbitrary,
      async (entry) => (await this.#difference(entry)) === undefined,
    );
    const { numRuns, counterexample } = await fc.check(property, { numRuns: count, seed: this.#seed });
    return { compared: numRuns, found: counterexample?.[0] };
  }

  async #shrink<Some extends Entry>(
    entry: Some,
    simpler: (entry: Some) => IterableIterator<Some>,
  ): Promise<Some> {
    const { found } = await this.#find(new Shrinkable(entry, simpler), 1);
    return found ?? entry;
  }

  async #difference(entry: Entry): Promise<Difference | undefined> {
    return replay(entry, await this.#oracle.ask(entry), excuses);
  }

  async #show(entry: Entry): Promise<void> {
    const difference = await this.#difference(entry);
    this.#tell(`${difference === undefined ? 'gone when played again:' : showDifference(difference)}\n`);
    this.#tell(`${JSON.stringify(entry)}\n`);
  }
}
