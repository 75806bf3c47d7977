import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Entry, parseResults, type Result } from './scenario.ts';

const script = fileURLToPath(new URL('../otp/run.sh', import.meta.url));
const elixir = process.env.ELIXIR_EBIN ?? '/usr/lib/elixir/lib/elixir/ebin';

/** Whether real OTP can be asked on this machine. */
export function hasErlang(): boolean {
  return ['erl', 'erlc'].every((program) => spawnSync('which', [program]).status === 0);
}

/** Whether it can be asked about `DynamicSupervisor` too. */
export function hasElixir(): boolean {
  return existsSync(elixir);
}

/** Real OTP as a process at the other end of a pipe: a line in, a line out. */
export class Oracle {
  readonly #erlang: ChildProcessWithoutNullStreams;
  readonly #waiting: { resolve(line: string): void; reject(error: Error): void }[] = [];
  #ended: Error | undefined;

  private constructor(args: readonly string[]) {
    this.#erlang = spawn(script, args);
    this.#erlang.stderr.pipe(process.stderr);
    // An oracle that ends early says so by its end.
    this.#erlang.stdin.on('error', () => {});
    createInterface({ input: this.#erlang.stdout }).on('line', (line) =>
      this.#waiting.shift()?.resolve(line),
    );
    this.#erlang.once('error', (error) => this.#fail(error));
    this.#erlang.once('close', (code) => this.#fail(new Error(`${script} has ended with ${code}`)));
  }

  static start(): Oracle {
    return new Oracle(['run', '-']);
  }

  /** What real OTP makes of a scenario or a program. Questions that are asked at once are answered in their order. */
  async ask(entry: Entry): Promise<Result> {
    if (this.#ended !== undefined) throw this.#ended;
    const line = new Promise<string>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    this.#erlang.stdin.write(`${JSON.stringify(entry)}\n`);
    return parseResults(await line, 'the oracle')[0] as Result;
  }

  close(): void {
    this.#erlang.stdin.end();
  }

  #fail(error: Error): void {
    this.#ended = error;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}

/** Random scenarios of supervision trees, one a line; the same for the same seed. */
export function generateTrees(count: number, seed: number, dynamic: boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    const generator = spawn(script, ['gen', String(count), String(seed), ...(dynamic ? ['dyn'] : [])], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    generator.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    generator.once('error', reject);
    generator.once('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${script} gen has ended with ${code}`));
    });
  });
}
