/**
 * Takes the comments out of what the compiler has written. The declarations keep them for whoever uses a package; in the code
 * nobody reads them but Node, which holds the text of every module in its heap as long as it runs.
 *
 * Each line stays where it is, so that the source maps go on leading to the right places.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Strips every module below the folder. What is stripped already stays as it is.
 * @param {string} folder
 */
export async function stripComments(folder) {
  const { default: ts } = await import('typescript');
  for (const entry of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!entry.endsWith('.js')) continue;
    const file = join(folder, entry);
    const code = readFileSync(file, 'utf8');
    const stripped = withoutComments(ts, code);
    if (stripped !== code) writeFileSync(file, stripped);
  }
}

/**
 * @param {import('typescript')} ts
 * @param {string} code
 */
export function withoutComments(ts, code) {
  const source = ts.createSourceFile('module.js', code, ts.ScriptTarget.ES2022, true, ts.ScriptKind.JS);
  /** @type {Map<number, number>} where comments begin, and where they end */
  const comments = new Map();
  /** @param {import('typescript').Node} node */
  const visit = (node) => {
    // Only tokens have text of their own: what stands before and behind each is white space and comments.
    if (node.getChildCount(source) === 0) {
      for (const { pos, end } of [
        ...(ts.getLeadingCommentRanges(code, node.getFullStart()) ?? []),
        ...(ts.getTrailingCommentRanges(code, node.getEnd()) ?? []),
      ]) {
        comments.set(pos, end);
      }
    }
    for (const child of node.getChildren(source)) visit(child);
  };
  visit(source);
  let stripped = '';
  let at = 0;
  for (const [pos, end] of [...comments].sort(([one], [other]) => one - other)) {
    const comment = code.slice(pos, end);
    if (pos < at || comment.startsWith('//#')) continue;
    // Two words that only a comment has kept apart stay apart.
    stripped += code.slice(at, pos) + (comment.replace(/[^\n]/g, '') || ' ');
    at = end;
  }
  return stripped + code.slice(at);
}
