import { BadArgumentError } from '../errors.ts';
import { inspected, onOneLine } from '../text.ts';
import type { TreeNode } from './tree.ts';

/** How many equal siblings are drawn one by one before they are folded into a line. */
const FOLD_AT = 4;

/** The forms a tree can be put in. */
export type TreeFormat = 'text' | 'json';

/**
 * Puts a snapshot into text: a line for each process, with what is worth knowing of it. Many children of the same kind, as
 * connections are, are folded: the first is drawn, the others are counted.
 *
 * @example
 * ```text
 * <0.1.0> server              Supervisor restForOne
 * ├─ <0.2.0> listener         Listener  at 127.0.0.1:4000
 * └─ <0.3.0> acceptors        Supervisor oneForOne  restarts 1/3
 * ```
 */
export function format(tree: TreeNode, form: TreeFormat = 'text'): string {
  if (typeof tree !== 'object' || !Array.isArray(tree?.children))
    throw BadArgumentError.of('what is formatted', 'a tree, as inspect.tree resolves to', tree);
  if (form !== 'text' && form !== 'json') throw BadArgumentError.of('the form', "'text' or 'json'", form);
  if (form === 'json') return JSON.stringify(tree, undefined, 2);
  const rows: Row[] = [];
  draw(tree, '', '', { rows, shapes: shapesOf(tree) });
  // Not `Math.max` of them all: there are more processes than a function can have arguments.
  const width = rows.reduce((widest, [left]) => Math.max(widest, left.length), 0);
  return rows.map(([left, right]) => `${left.padEnd(width)}  ${right}`.trimEnd()).join('\n');
}

type Row = readonly [left: string, right: string];

interface Drawing {
  readonly rows: Row[];
  readonly shapes: ReadonlyMap<TreeNode, number>;
}

function draw(node: TreeNode, lead: string, below: string, drawing: Drawing): void {
  const { rows, shapes } = drawing;
  rows.push([`${lead}${title(node)}`, describe(node)]);
  const lines = fold(node.children, shapes);
  lines.forEach((line, index) => {
    const last = index === lines.length - 1;
    const branch = `${below}${last ? '└─ ' : '├─ '}`;
    if (typeof line === 'string') rows.push([`${branch}${line}`, '']);
    else draw(line, branch, `${below}${last ? '   ' : '│  '}`, drawing);
  });
}

function title(node: TreeNode): string {
  const called = node.label ?? node.id ?? node.name ?? '';
  return onOneLine(`${node.pid ?? '-'} ${called}`.trimEnd());
}

/** What a process tells of itself may be anything. */
function plain(value: unknown): string {
  return onOneLine(
    typeof value === 'object' ? inspected(value, { breakLength: Number.POSITIVE_INFINITY }) : String(value),
  );
}

function describe(node: TreeNode): string {
  const { budget, lastExit, details } = node;
  // A dynamic supervisor has one strategy, which its name says.
  const parts = [node.module ?? node.behaviour, node.strategy === 'dynamic' ? undefined : node.strategy];
  if (node.status !== 'waiting' && node.status !== 'running') parts.push(`(${node.status})`);
  if (budget !== undefined && budget.inWindow > 0)
    parts.push(` restarts ${budget.inWindow}/${budget.allowed}`);
  if (node.restarts > 0) parts.push(` restarted ${node.restarts}×`);
  if (lastExit !== undefined) parts.push(` last exit: ${lastExit.reason}`);
  if (node.mailboxLength > 0) parts.push(` mailbox ${node.mailboxLength}`);
  for (const [key, value] of Object.entries(details)) parts.push(` ${key} ${plain(value)}`);
  return parts.filter((part) => part !== undefined).join(' ');
}

function fold(children: readonly TreeNode[], shapes: ReadonlyMap<TreeNode, number>): (TreeNode | string)[] {
  const lines: (TreeNode | string)[] = [];
  for (let index = 0; index < children.length; ) {
    const first = children[index] as TreeNode;
    let end = index + 1;
    while (end < children.length && shapes.get(children[end] as TreeNode) === shapes.get(first)) end++;
    const count = end - index;
    if (count < FOLD_AT) lines.push(...children.slice(index, end));
    else lines.push(first, `… ${count - 1} more like it`);
    index = end;
  }
  return lines;
}

/**
 * A number for the shape of each branch, the same for those that look the same. A supervisor with an own story is never folded
 * away: only quiet leaves and branches of the same shape are. What is below a branch stands in its shape by numbers: in full, a
 * deep tree would be more text than there can be.
 */
function shapesOf(tree: TreeNode): ReadonlyMap<TreeNode, number> {
  const shapes = new Map<TreeNode, number>();
  const numbers = new Map<string, number>();
  const visit = (node: TreeNode): number => {
    const { behaviour, module, kind, status, restarts, children } = node;
    const quiet = status === 'waiting' || status === 'running';
    const text = JSON.stringify([
      behaviour,
      module,
      kind,
      quiet ? '' : status,
      restarts,
      children.map(visit),
    ]);
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    shapes.set(node, number);
    return number;
  };
  visit(tree);
  return shapes;
}
