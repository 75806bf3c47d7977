import {
  BadArgumentError,
  DeadProcessError,
  DownMessage,
  ExitMessage,
  NameTakenError,
  NoProcessError,
  type Self,
} from '@thousand-island/runtime';
import { Raised } from '../term.ts';
import type { Op, Pattern, Target } from './program.ts';
import { isOurs, Mail, type Stage } from './stage.ts';

/** A process does its ops one after another, and notes what comes of each. */
export async function act(stage: Stage, self: Self, number: number, ops: readonly Op[]): Promise<void> {
  for (const op of ops) {
    const result = await tried(() => perform(stage, self, number, op));
    // The code of a process that has ended goes on here, where OTP's stops. Nothing may come of it.
    if (self.alive) stage.lines.push(`p${number} ${op[0]} = ${result}`);
  }
}

async function tried(act: () => string | Promise<string>): Promise<string> {
  try {
    const result = act();
    // Without any await where there is nothing to wait for: a process does its ops in one go.
    return typeof result === 'string' ? result : await result;
  } catch (error) {
    if (error instanceof NoProcessError) return error.reason;
    if (error instanceof BadArgumentError || error instanceof NameTakenError) return 'badarg';
    if (error instanceof DeadProcessError) return 'dead';
    throw error;
  }
}

function perform(stage: Stage, self: Self, number: number, op: Op): string | Promise<string> {
  switch (op[0]) {
    case 'spawn':
      return stage.arrive(op[1], self.spawn(stage.life(op[1], op[2])));
    case 'spawn_link':
      return stage.arrive(op[1], self.spawnLink(stage.life(op[1], op[2])));
    default:
      return '';
  }
}
