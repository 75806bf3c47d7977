import assert from 'node:assert/strict';
import test from 'node:test';
import ts from 'typescript';
import { withoutComments } from '../strip-comments.mjs';

const dollar = '$';

for (const [what, code, wanted] of [
  ['lines', 'a(); // one\n// two\nb();\n', 'a();  \n \nb();\n'],
  ['blocks, whose lines stay', '/**\n * One.\n */\nfoo();\n', '\n\n\nfoo();\n'],
  ['between words, which stay apart', 'return/* what */value;', 'return value;'],
  [
    'not the way to the source map',
    'a();\n//# sourceMappingURL=a.js.map',
    'a();\n//# sourceMappingURL=a.js.map',
  ],
  [
    'not what only looks like one',
    `a('// no', \`/* no */ ${dollar}{b /* yes */}  \n\`, /\\/\\/no/);`,
    `a('// no', \`/* no */ ${dollar}{b  }  \n\`, /\\/\\/no/);`,
  ],
]) {
  test(`comments are taken out: ${what}`, () => assert.equal(withoutComments(ts, `${code}`), wanted));
}
