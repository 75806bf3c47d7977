import { shorter } from '../shrinkable.ts';
import type { Op, Program } from './program.ts';

/** Programs with fewer steps, or with fewer ops in a row. Pure. */
export function* simplerProgram(program: Program): Generator<Program> {
  for (const steps of shorter(program.steps)) yield { ...program, steps };
  for (const [index, [actor, ops]] of program.steps.entries()) {
    for (const fewer of fewerOps(ops)) yield { ...program, steps: program.steps.with(index, [actor, fewer]) };
  }
}

function* fewerOps(ops: readonly Op[]): Generator<Op[]> {
  for (const [index, op] of ops.entries()) {
    // A row may be certain only because its process traps exits.
    if (op[0] !== 'trap_exit' || ops.length === 1) yield ops.toSpliced(index, 1);
    const body = op.at(-1);
    if (!Array.isArray(body) || !op[0].startsWith('spawn')) continue;
    for (const fewer of fewerOps(body as Op[])) {
      yield ops.with(index, [...op.slice(0, -1), fewer] as unknown as Op);
    }
  }
}
