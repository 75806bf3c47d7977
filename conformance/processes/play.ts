import type { Pace } from '../world.ts';
import { life } from './actor.ts';
import type { Op, Program, ProgramStep } from './program.ts';
import { Stage } from './stage.ts';

/** Plays a program on this runtime; the lines of its trace are those that OTP's would have, but for their order. */
export async function playProgram(program: Program, pace: Pace = 'sync'): Promise<string[]> {
  const stage = new Stage(pace);
  try {
    for (let number = 0; number < program.processes; number++) {
      stage.arrive(number, stage.runtime.spawn(life(stage, number, [])));
    }
    await stage.rest();
    for (const [index, step] of program.steps.entries()) await takeStep(stage, index + 1, step);
    await emptyMailboxes(stage);
    return [...stage.lines];
  } finally {
    await stage.close();
  }
}

async function takeStep(stage: Stage, count: number, [actor, ops]: ProgramStep): Promise<void> {
  stage.lines.push(`> ${count} p${actor}`);
  const hindrance = stage.hindrance(actor);
  if (hindrance === undefined) await takeTurn(stage, actor, ops);
  else stage.lines.push(`= ${hindrance}`);
}

/** At the end everybody tells what has come. */
async function emptyMailboxes(stage: Stage): Promise<void> {
  for (const actor of stage.numbers()) {
    if (stage.hindrance(actor) !== undefined) continue;
    stage.lines.push(`> end p${actor}`);
    await takeTurn(stage, actor, [['flush']]);
  }
}

async function takeTurn(stage: Stage, actor: number, ops: readonly Op[]): Promise<void> {
  await stage.turn(actor, ops);
  stage.look();
}
