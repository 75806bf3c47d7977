import ts from 'typescript';

/** What is never run, however the program is called that runs the tests. */
const IDLE: readonly string[] = ['skip', 'todo', 'xtest', 'xit', 'xdescribe'];
/** What a test can be called as, besides by its own name. */
const FORMS: readonly string[] = ['each', 'concurrent', 'failing', 'only'];
const GROUPS: readonly string[] = ['describe', 'xdescribe'];

/**
 * The titles of the tests in a file as they are written down, those of tables with their place-holders. Left out is what is
 * skipped for good, alone or with its group; a test that is skipped where a program is missing counts, since it runs where
 * that is installed.
 */
export function testTitles(source: string): string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const [title, body] = node.arguments;
      const path = pathOf(node.expression);
      if (path.some((name) => IDLE.includes(name))) return;
      // A listener is a function behind a text as well: `socket.on('data', …)`.
      const isCalledSo = path.length === 1 || FORMS.includes(path.at(-1) ?? '');
      const isTest =
        isCalledSo && body !== undefined && ts.isFunctionLike(body) && !GROUPS.includes(path[0] ?? '');
      if (isTest && title !== undefined && ts.isStringLiteralLike(title)) titles.push(title.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('test.ts', source, ts.ScriptTarget.Latest));
  return titles;
}

/** The names in what is called: `test`, `each` for `test.each(rows)('…', …)`. */
function pathOf(expression: ts.Expression): string[] {
  if (ts.isIdentifier(expression)) return [expression.text];
  if (ts.isPropertyAccessExpression(expression))
    return [...pathOf(expression.expression), expression.name.text];
  if (ts.isCallExpression(expression)) return pathOf(expression.expression);
  if (ts.isTaggedTemplateExpression(expression)) return pathOf(expression.tag);
  return [];
}
