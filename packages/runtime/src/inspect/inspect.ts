import { format } from './format.ts';
import { tree } from './tree.ts';

/** What is alive, and how it is. Reading disturbs nobody, and what nobody reads is not collected. */
export const inspect = { tree, format };
