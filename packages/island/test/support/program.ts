import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** The test function for what needs a program: without the program it skips, and says so aloud. */
export function needing(program: string, options: readonly string[] = ['version']): jest.It {
  if (spawnSync(program, [...options]).error === undefined) return test;
  process.stderr.write(
    `\n!!!! SKIPPED: there is no ${program} here, and what it would show was not tried\n\n`,
  );
  return test.skip;
}

/** Runs a program that says its input and then that it has no more; resolves to all it prints, when it has ended. */
export async function output(program: string, options: readonly string[], input: string): Promise<string> {
  const child = spawn(program, [...options], { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const printed = text(child.stdout);
  child.stdin.end(input);
  await closed;
  return printed;
}

/** A program that runs beside the test, in a straight line; gone at the end of it. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;
  #output = '';
  #waiting: (() => void)[] = [];

  constructor(program: string, args: readonly string[]) {
    const child = spawn(program, args, { stdio: 'pipe' });
    this.#child = child;
    this.#exit = once(child, 'close');
    const add = (printed: Buffer): void => {
      this.#output += printed;
      this.#wake();
    };
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    child.stdin.on('error', () => {});
    child.on('close', () => this.#wake());
  }

  send(input: string): void {
    this.#child.stdin?.write(input);
  }

  /** Says that nothing more will come. */
  end(): void {
    this.#child.stdin?.end();
  }

  /** Resolves as soon as what it has written matches; rejects if it ends before. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match !== null) return match;
      if (this.#child.exitCode !== null) throw new Error(`it ended without ${pattern}:\n${this.#output}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** All that it has written, when it has ended. */
  async ended(): Promise<string> {
    await this.#exit;
    return this.#output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}
