import { BadArgumentError } from '../errors.ts';
import { type Code, ReceiverProgram, ScriptProgram, START } from './code-program.ts';
import type { Kernel } from './kernel.ts';
import { linkProcesses } from './link.ts';
import { Process } from './process.ts';
import type { Program } from './program.ts';
import { Self } from './self.ts';

/**
 * Makes a process and puts it into the table, linked to its parent if asked: the two are one step, so that a child's death
 * is never missed. It only collects messages until it is given a program with `install`, in the same turn.
 */
export function createProcess(kernel: Kernel, parent: Process | undefined, linked: boolean): Process {
  const process = new Process(kernel, parent?.pid);
  kernel.table.add(process);
  if (linked && parent !== undefined) {
    process.setLoopParent();
    linkProcesses(parent, process);
  }
  return process;
}

/** Gives a process that was just made its program, which runs nothing yet, and tells those who look on. */
export function install(process: Process, program: Program): void {
  process.program = program;
  const spawned = process.kernel.events.topics['process:spawn'];
  if (!spawned.isWanted) return;
  const { pid, parent } = process;
  spawned.publish({ pid, parent, behaviour: program.behaviour });
}

/** Makes a process of plain code and sets it going. */
export function spawnCode(kernel: Kernel, parent: Process | undefined, linked: boolean, code: Code): Process {
  if (typeof code !== 'function' && typeof code?.receive !== 'function') {
    throw BadArgumentError.of('what is spawned', 'a function or an object with receive(message, self)', code);
  }
  const process = createProcess(kernel, parent, linked);
  const self = new Self(process);
  if (typeof code === 'function') {
    install(process, new ScriptProgram(code, self, process));
    process.deliver(START);
  } else {
    install(process, new ReceiverProgram(code, self));
  }
  return process;
}
