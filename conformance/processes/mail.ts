import type { Op } from './program.ts';

/** What one process of a program has sent to another. */
export class Mail {
  readonly from: number;
  readonly tag: string;
  readonly count: number;
  constructor(from: number, tag: string, count: number) {
    this.from = from;
    this.tag = tag;
    this.count = count;
  }
}

/** The next ops of a process, from nobody. */
export class Turn {
  readonly ops: readonly Op[];
  constructor(ops: readonly Op[]) {
    this.ops = ops;
  }
}
