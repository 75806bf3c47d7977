import type { ExitReason } from '../exit-reason.ts';

/** How a machine has ended, for those who hold a reference to it when the process is gone. Written once. */
export class Outcome {
  /** The machine's output in a list of one, if it has come to its final state. */
  output: readonly [unknown] | undefined = undefined;
  /** The exit reason in a list of one, once the process has ended. */
  reason: readonly [ExitReason] | undefined = undefined;
}
