import ts from 'typescript';

const ID = /^[A-Z]-\d{2,3}$/;
const BRACKETED = /\[([A-Z]-\d{2,3}(?:, [A-Z]-\d{2,3})*)\]/g;
/** A title that takes its id from a table: `$what [$id]`, `%s [%s]`. */
const FROM_TABLE = /\[(\$\w+|%s)\]/;

/**
 * The ids of the cases that a test file names: in brackets in a title, `[P-13, P-14]`, or, where a title takes them from a table,
 * as values of their own. What stands in comments does not count.
 */
export function idsInTitles(source: string): string[] {
  const texts = literals(source);
  const inTitles = texts.flatMap((text) =>
    [...text.matchAll(BRACKETED)].flatMap(([, ids = '']) => ids.split(', ')),
  );
  const inTables = texts.some((text) => FROM_TABLE.test(text)) ? texts.filter((text) => ID.test(text)) : [];
  return [...inTitles, ...inTables];
}

/** The ids in the first column of the tables of a page, in their order. */
export function idsInTables(page: string): string[] {
  return [...page.matchAll(/^\| ([^|]+) \|/gm)].flatMap(([, cell = '']) =>
    cell.split(/, */).filter((id) => ID.test(id)),
  );
}

/** What is wrong between the list, the tests and the excuses; see `compareIds`. */
export interface Comparison {
  /** Named by a test or excused, and in no list. */
  readonly unknown: readonly string[];
  /** In the list, and neither tested nor excused. */
  readonly forgotten: readonly string[];
}

/** Compares the list of the cases with what is tested and what is excused. */
export function compareIds(
  listed: readonly string[],
  tested: Iterable<string>,
  excused: Iterable<string>,
): Comparison {
  const known = new Set(listed);
  const covered = new Set([...tested, ...excused]);
  return {
    unknown: [...covered].filter((id) => !known.has(id)).sort(),
    forgotten: listed.filter((id) => !covered.has(id)),
  };
}

function literals(source: string): string[] {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) found.push(node.text);
    if (ts.isTemplateExpression(node)) {
      found.push(node.head.text, ...node.templateSpans.map(({ literal }) => literal.text));
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('test.ts', source, ts.ScriptTarget.ESNext));
  return found;
}
