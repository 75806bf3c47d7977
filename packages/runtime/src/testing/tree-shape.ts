import { BadArgumentError } from '../errors.ts';

/** One line of a shape, with the lines below it. */
export interface TreeShape {
  /** How many such siblings there are to be; the highest is `Infinity` for `3+ ×`. */
  readonly atLeast: number;
  readonly atMost: number;
  /** What it is called; `*` stands for any part of it. */
  readonly title: string;
  /** What else is to be true of it: `restForOne`, `DynamicSupervisor`, `temporary`, `restarting`. */
  readonly words: readonly string[];
  readonly children: readonly TreeShape[];
  /** Whether there was a `…` among the children: others may stand there as well. */
  readonly more: boolean;
}

interface Line extends Omit<TreeShape, 'children' | 'more'> {
  readonly column: number;
  readonly children: Line[];
  more: boolean;
}

const LINE = /^([\s│├└─]*)(?:(\d+)(\+?)\s*×\s+)?("[^"]*"|\S+)\s*(.*)$/u;

/**
 * Reads a shape: one line for each process, its children below it and further to the right, with or without the lines that
 * `inspect.format` draws. `BadArgumentError` if it cannot be meant.
 */
export function parseShape(text: string): TreeShape {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const path: Line[] = [];
  let root: Line | undefined;
  for (const text of lines) {
    const line = parseLine(text);
    while (path.length > 0 && (path.at(-1) as Line).column >= line.column) path.pop();
    const above = path.at(-1);
    if (line.title === '…') {
      if (above === undefined) throw BadArgumentError.of('the first line of a tree', 'a process', text);
      above.more = true;
      continue;
    }
    if (above !== undefined) {
      const [older] = above.children;
      if (older !== undefined && older.column !== line.column) {
        throw BadArgumentError.of('a line of a tree', 'as far to the right as its siblings', text);
      }
      above.children.push(line);
    } else if (root === undefined) root = line;
    else throw BadArgumentError.of('a line of a tree', 'below the first one', text);
    path.push(line);
  }
  if (root === undefined) throw BadArgumentError.of('a tree', 'at least one line', text);
  return root;
}

function parseLine(text: string): Line {
  const match = LINE.exec(text);
  if (match === null) throw BadArgumentError.of('a line of a tree', 'a title and what is true of it', text);
  const [, lead = '', count = '1', open = '', title = '', words = ''] = match;
  return {
    column: lead.length,
    atLeast: Number(count),
    atMost: open === '+' ? Number.POSITIVE_INFINITY : Number(count),
    title: title.replace(/^"(.*)"$/, '$1'),
    words: words.split(/\s+/).filter((word) => word !== ''),
    children: [],
    more: false,
  };
}
