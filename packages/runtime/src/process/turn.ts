import { isTraced } from './containment.ts';
import type { Process } from './process.ts';
import type { Program } from './program.ts';

// What a process does when it has its turn. Functions, not private methods of `Process`: an object of a class with private
// methods is a word larger for it.

/** Handles messages, at most `reductions`; answers whether the event loop has to get its turn now. */
export function work(process: Process, reductions: number): boolean {
  const { scheduler } = process.kernel;
  let turnIsOver = false;
  try {
    if (process.busy && process.receiver !== undefined) {
      process.receiver.look();
      turnIsOver = scheduler.isTurnOver();
    }
    let left = reductions;
    while (left-- > 0 && !turnIsOver && process.hasNext()) {
      process.handled++;
      const pending = (process.program as Program).handle(process.takeNext());
      if (pending !== undefined) process.waitFor(pending);
      turnIsOver = scheduler.isTurnOver();
    }
  } catch (thrown) {
    process.fail(thrown);
  }
  return turnIsOver;
}

type Outcome = (program: Program, value: unknown) => PromiseLike<unknown> | undefined;

/** How a program goes on with what was waited for. */
export const settled: Outcome = (program, value) => program.settled?.(value);

/** How it goes on when that was rejected. Without a way, that ends the process. */
export const rejected: Outcome = (program, thrown) => {
  if (program.rejected === undefined) throw thrown;
  return program.rejected(thrown);
};

/** What a busy process has waited for has come; the dead do not go on. */
export function goOn(process: Process, outcome: Outcome, value: unknown): void {
  if (!process.alive) return;
  const { kernel } = process;
  const outer = kernel.current;
  kernel.current = process;
  if (isTraced()) process.scope.runInAsyncScope(resume, undefined, process, outcome, value);
  else resume(process, outcome, value);
  kernel.current = outer;
}

function resume(process: Process, outcome: Outcome, value: unknown): void {
  try {
    const pending = outcome(process.program as Program, value);
    if (pending !== undefined) {
      process.waitFor(pending);
      return;
    }
  } catch (thrown) {
    process.fail(thrown);
  }
  if (process.rareExtras?.overtaken === true) {
    process.extras.overtaken = false;
    return;
  }
  process.busy = false;
  if (!process.scheduled && process.isReady()) process.kernel.scheduler.requestSoon(process);
}
