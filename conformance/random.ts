import fc from 'fast-check';
import { excuses } from './excuses.ts';
import { generateTrees, hasElixir, Oracle } from './oracle.ts';
import { programs } from './processes/generate.ts';
import { type Difference, replay, showDifference } from './replay.ts';
import { type Entry, parseScenarios } from './scenario.ts';
import { ShrinkableTree } from './shrink-tree.ts';

/** What can be made up at random. */
export const KINDS = ['supervisors', 'dynamic', 'processes'] as const;
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
  const oracle = Oracle.start();
  const differs = async (entry: Entry): Promise<Difference | undefined> =>
    replay(entry, await oracle.ask(entry), excuses);
  try {
    if (kind === 'processes') return await compareAll(programs, count, seed, differs, tell);
    const text = await generateTrees(count, seed, kind === 'dynamic');
    return await compareTrees(text, oracle, seed, differs, tell);
  } finally {
    oracle.close();
  }
}

async function compareTrees(
  text: string,
  oracle: Oracle,
  seed: number,
  differs: (entry: Entry) => Promise<Difference | undefined>,
  tell: (text: string) => void,
): Promise<Tally> {
  const trees = parseScenarios(text, 'the generator');
  let different = 0;
  for (let from = 0; from < trees.length; from += BATCH) {
    const batch = trees.slice(from, from + BATCH).map((tree) => ({ tree, asked: oracle.ask(tree) }));
    for (const { tree, asked } of batch) {
      if ((await replay(tree, await asked, excuses)) === undefined) continue;
      different++;
      if (different <= MOST_SHRUNK) await compareAll(new ShrinkableTree(tree), 1, seed, differs, tell);
    }
  }
  return { compared: trees.length, different };
}

/** Compares until the first difference; that one is shrunk and told. */
async function compareAll<Some extends Entry>(
  arbitrary: fc.Arbitrary<Some>,
  count: number,
  seed: number,
  differs: (entry: Entry) => Promise<Difference | undefined>,
  tell: (text: string) => void,
): Promise<Tally> {
  const property = fc.asyncProperty(arbitrary, async (entry) => (await differs(entry)) === undefined);
  const { failed, numRuns, counterexample } = await fc.check(property, { numRuns: count, seed });
  if (!failed || counterexample === null) return { compared: numRuns, different: 0 };
  const [entry] = counterexample;
  const difference = await differs(entry);
  tell(`${difference === undefined ? 'gone when played again:' : showDifference(difference)}\n`);
  tell(`${JSON.stringify(entry)}\n`);
  return { compared: numRuns, different: 1 };
}
