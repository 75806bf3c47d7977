import { format } from '../inspect/format.ts';
import type { TreeNode } from '../inspect/tree.ts';
import { parseShape, type TreeShape } from './tree-shape.ts';

/**
 * Compares a snapshot of a tree with a shape, and answers what is different, a line for each difference; nothing if all is as it
 * should be.
 *
 * A line of the shape names a process by its label, id, name, module or behaviour, and then says what else is to be true of it:
 * its strategy, behaviour, module, restart type or status, in any order. What is not said does not matter, but that it runs.
 * Children stand in their order and are all to be named.
 *
 * - `*` stands for any part of a title: `acceptor-*`; alone, for any title;
 * - `10 × worker` are ten such siblings, `2+ × worker` at least two, `0+ × worker` any number;
 * - `…` among the children are any others.
 *
 * @example
 * ```ts
 * const runtime = new Runtime();
 * const cache = defineServer({ name: 'cache', init: () => 0 });
 * const app = await Supervisor.start(runtime, {
 *   strategy: 'restForOne',
 *   children: [serverSpec(cache, undefined), DynamicSupervisor.childSpec('sessions')],
 * });
 * const tree = await inspect.tree(runtime, app);
 * const shape = `
 *   Supervisor restForOne
 *   ├─ cache
 *   └─ sessions DynamicSupervisor
 * `;
 * matchTree(tree, shape); // => []
 * matchTree(tree, shape.replace('cache', 'store')); // => ['Supervisor: has no child store', 'Supervisor: has a child cache that is not expected']
 * ```
 */
export function matchTree(tree: TreeNode, shape: string): readonly string[] {
  const expected = parseShape(shape);
  if (!isCalled(tree, expected.title)) return [`the tree is ${title(tree)}, not ${expected.title}`];
  return differences(tree, expected, '');
}

/**
 * Matchers for jest and vitest: `expect.extend(treeMatchers)`, then `expect(tree).toMatchTree(shape)`.
 */
export const treeMatchers = {
  /** Passes if the tree has the shape, as `matchTree` says; its message shows what is missing, and the tree. */
  toMatchTree(tree: TreeNode, shape: string): { readonly pass: boolean; readonly message: () => string } {
    const found = matchTree(tree, shape);
    const pass = found.length === 0;
    const what = pass ? 'the tree has this shape' : found.join('\n');
    return { pass, message: () => `${what}\n\nThe tree:\n${format(tree)}` };
  },
};

function differences(node: TreeNode, shape: TreeShape, above: string): string[] {
  const path = above === '' ? title(node) : `${above}/${title(node)}`;
  const facts = factsOf(node);
  const wrong = shape.words.filter((word) => !facts.includes(word)).map((word) => `is not ${word}`);
  const runs = node.pid !== undefined || shape.words.includes(node.status);
  const own = runs ? wrong : [...wrong, `does not run (${node.status})`];
  return [...own.map((what) => `${path}: ${what}`), ...childDifferences(node, shape, path)];
}

function childDifferences(node: TreeNode, shape: TreeShape, path: string): string[] {
  const found: string[] = [];
  const { children } = node;
  let next = 0;
  const passOver = (end: number): void => {
    for (; next < end; next++) {
      if (!shape.more)
        found.push(`${path}: has a child ${title(children[next] as TreeNode)} that is not expected`);
    }
  };
  for (const expected of shape.children) {
    const first = children.findIndex((child, index) => index >= next && isMeant(child, expected));
    if (first !== -1 && expected.atMost > 0) passOver(first);
    let count = 0;
    for (; count < expected.atMost && next < children.length; count++, next++) {
      const child = children[next] as TreeNode;
      if (!isMeant(child, expected)) break;
      found.push(...differences(child, expected, path));
    }
    if (count >= expected.atLeast) continue;
    const many = expected.atLeast > 1;
    found.push(
      `${path}: has ${many ? `${count} of ${expected.atLeast} children` : 'no child'} ${line(expected)}`,
    );
  }
  passOver(children.length);
  return found;
}

/** A child that is named is judged by the rest of its line; one that is not is found by it. */
function isMeant(child: TreeNode, { title: wanted, words }: TreeShape): boolean {
  if (!isCalled(child, wanted)) return false;
  return wanted !== '*' || words.every((word) => factsOf(child).includes(word));
}

function isCalled(node: TreeNode, wanted: string): boolean {
  const escaped = wanted.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  const pattern = new RegExp(`^${escaped}$`, 'u');
  if (wanted === '*') return true;
  return [node.label, node.id, node.name, node.module, node.behaviour].some(
    (name) => name !== undefined && pattern.test(name),
  );
}

function factsOf(node: TreeNode): readonly (string | undefined)[] {
  return [node.strategy, node.behaviour, node.module, node.restart, node.status, node.kind];
}

function title(node: TreeNode): string {
  return node.label ?? node.id ?? node.name ?? node.module ?? node.behaviour ?? '?';
}

function line({ title: name, words }: TreeShape): string {
  return [name, ...words].join(' ');
}
