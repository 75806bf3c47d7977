import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** The folder of the repository. */
export const root = join(__dirname, '../../../..');

const bin = join(root, 'packages/cli/dist/bin.js');

/** How long that may take. */
export const BUILD_MS = 180_000;

/** Builds the command, unless that is done. */
export function build(): void {
  const built = spawnSync(process.execPath, [join(root, 'scripts/run.cjs'), 'build'], {
    cwd: root,
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`the build failed:\n${built.stdout}${built.stderr}`);
}

/** The built command, running in a process of its own. */
export class BuiltCommand implements AsyncDisposable {
  readonly child: ChildProcess;
  readonly stdout: Promise<string>;
  readonly stderr: Promise<string>;
  readonly #closed: Promise<unknown[]>;
  readonly #firstLine: Promise<string>;

  constructor(folder: string, args: readonly string[]) {
    const child = spawn(process.execPath, [bin, ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.child = child;
    this.#closed = once(child, 'close');
    this.#firstLine = once(child.stdout, 'data').then(([data]) => String(data));
    this.stdout = text(child.stdout);
    this.stderr = text(child.stderr);
  }

  async port(): Promise<number> {
    return (JSON.parse(await this.#firstLine) as { port: number }).port;
  }

  /** What it prints when it listens. */
  firstLine(): Promise<string> {
    return this.#firstLine;
  }

  async exitCode(): Promise<unknown> {
    const [code] = await this.#closed;
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#closed;
  }
}
