import { endProcess } from './exit.ts';
import type { Process } from './process.ts';
import type { Program } from './program.ts';
import type { Self } from './self.ts';
import { isThenable } from './thenable.ts';

/** Code that is a whole process: it runs once, and when it returns or settles the process has ended `'normal'`. */
export type Script = (self: Self) => unknown;

/** Code that handles a process' messages one by one. The process lives until it is ended. */
export interface MessageReceiver {
  /** Handles one message; the next one comes when it has returned, or settled. What it throws ends the process. */
  receive(message: unknown, self: Self): void | PromiseLike<void>;
}

/** What can be spawned. */
export type Code = Script | MessageReceiver;

/** The message that sets a script or a task going when its turn has come; nobody else sees it. */
export const START = Symbol('start');

/** A process that is one function; the spawn puts a first message into its mailbox, and that one starts it. */
export class ScriptProgram implements Program {
  readonly behaviour = 'Process';
  readonly #script: Script;
  readonly #self: Self;
  readonly #process: Process;

  constructor(script: Script, self: Self, process: Process) {
    this.#script = script;
    this.#self = self;
    this.#process = process;
  }

  initialCall(): string {
    return this.#script.name === '' ? this.behaviour : this.#script.name;
  }

  handle(_start: unknown): PromiseLike<void> | undefined {
    const result = this.#script(this.#self);
    if (isThenable(result)) return result.then(() => this.#finish());
    this.#finish();
    return undefined;
  }

  #finish(): void {
    endProcess(this.#process, 'normal', true);
  }
}

/** A process that is one callback. */
export class ReceiverProgram implements Program {
  readonly behaviour = 'Process';
  readonly #receiver: MessageReceiver;
  readonly self: Self;

  constructor(receiver: MessageReceiver, self: Self) {
    this.#receiver = receiver;
    this.self = self;
  }

  handle(message: unknown): PromiseLike<void> | undefined {
    const result = this.#receiver.receive(message, this.self);
    return isThenable(result) ? result : undefined;
  }
}
