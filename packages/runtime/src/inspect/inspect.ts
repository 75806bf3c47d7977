import { format } from './format.ts';
import { tree } from './tree.ts';

/** What is alive, and how it is. Reading disturbs nobody, and what nobody reads is not collected. */
export const inspect = {
  /** A snapshot of a supervision tree, the process and all below it. Rejects with `NoProcessError` if there is no such process. */
  tree,
  /** Puts a snapshot into text, a line for each process, or into JSON. Many children of the same kind are folded. */
  format,
};
