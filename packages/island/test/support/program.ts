import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** The test function for what needs a program: without the program it skips, and says so aloud. */
export function needing(program: string): jest.It {
  if (spawnSync(program, ['version']).error === undefined) return test;
  process.stderr.write(
    `\n!!!! SKIPPED: there is no ${program} here, and what it would show was not tried\n\n`,
  );
  return test.skip;
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
    const add = (text: Buffer): void => {
      this.#output += text;
      this.#wake();
    };
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    child.stdin.on('error', () => {});
    child.on('close', () => this.#wake());
  }

  send(text: string): void {
    this.#child.stdin?.write(text);
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
