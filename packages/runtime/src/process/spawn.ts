import { BadArgumentError } from '../errors.ts';
import { type Code, ReceiverProgram, ScriptProgram, START } from './code-program.ts';
import type { Kernel } from './kernel.ts';
import { linkProcesses } from './link.ts';
import { Process } from './process.ts';
import type { Program } from './program.ts';
import { Self } from './self.ts';

/**
 * Makes a process and puts it into the table, linked to its parent if asked: the two are one step, so that a child's death
 * is never missed. Its program is made with the process' `Self`, and runs nothing yet.
 */
export function createProcess(
  kernel: Kernel,
  parent: Process | undefined,
  linked: boolean,
  makeProgram: (self: Self, process: Process) => Program,
): Process {
  const process = new Process(kernel, parent?.pid);
  kernel.table.add(process);
  if (linked && parent !== undefined) linkProcesses(parent, process);
  const program = makeProgram(new Self(process), process);
  process.program = program;
  if (kernel.events.topics['process:spawn'].isWanted) {
    const { pid, parent: parentPid } = process;
    kernel.events.publish('process:spawn', { pid, parent: parentPid, behaviour: program.behaviour });
  }
  return process;
}

/** Makes a process of plain code and sets it going. */
export function spawnCode(kernel: Kernel, parent: Process | undefined, linked: boolean, code: Code): Process {
  if (typeof code === 'function') {
    const process = createProcess(
      kernel,
      parent,
      linked,
      (self, made) => new ScriptProgram(code, self, made),
    );
    process.deliver(START);
    return process;
  }
  if (typeof code?.receive !== 'function') {
    throw BadArgumentError.of('what is spawned', 'a function or an object with receive(message, self)', code);
  }
  return createProcess(kernel, parent, linked, (self) => new ReceiverProgram(code, self));
}
