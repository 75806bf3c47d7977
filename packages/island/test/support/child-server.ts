import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { Channel } from './channel.ts';

const ROOT = join(__dirname, '../../../..');
const SCRIPT = join(__dirname, 'listening-server.mjs');

/** What a server in a process of its own prints: a line has one of these. */
export interface ServerLine {
  readonly address?: { readonly address: string; readonly port: number; readonly family: string };
  readonly pid?: number;
  readonly given?: readonly { readonly fd: number; readonly name: string }[];
  readonly failed?: {
    readonly code: string;
    readonly reason?: string;
    readonly where?: string;
    readonly message?: string;
  };
  readonly done?: true;
  readonly ended?: unknown;
  readonly crashes?: readonly unknown[];
  readonly event?: string;
  readonly reason?: string;
  readonly used?: number;
  readonly limit?: number;
  readonly reserve?: number;
  readonly waiting?: number;
  readonly refused?: number;
  readonly activeConnections?: number;
  readonly status?: string;
}

/** Builds what the server's process runs; for `beforeAll`. */
export function build(): void {
  const built = spawnSync(process.execPath, [join(ROOT, 'scripts/run.cjs'), 'build'], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the build failed:\n${built.stdout}${built.stderr}`);
}

/** How long that may take. */
export const BUILD_MS = 180_000;

/** A server in a process of its own, which some other program may have started. It is gone at the end of the test. */
export class ChildServer implements AsyncDisposable {
  /** What it printed that nobody has waited for yet, oldest first. */
  readonly lines = new Channel<ServerLine>();
  /** What it, and who started it, printed on stderr. */
  readonly errors = new Channel<string>();
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #closed: Promise<unknown>;

  /** Starts it by a command to which Node, the script and the options are added; these descriptors are its 3, 4 and so on. */
  constructor(options: object, command: readonly string[] = [], descriptors: readonly number[] = []) {
    const [program, ...args] = [...command, process.execPath, SCRIPT, JSON.stringify(options)];
    this.#child = spawn(program as string, args, {
      stdio: ['pipe', 'pipe', 'pipe', ...descriptors],
    }) as ChildProcessByStdio<Writable, Readable, Readable>;
    this.#closed = once(this.#child, 'close');
    const { stdout, stderr } = this.#child;
    createInterface(stdout).on('line', (line) => this.lines.push(JSON.parse(line) as ServerLine));
    createInterface(stderr).on('line', (line) => this.errors.push(line));
  }

  /** Has it do something; resolves to the next line that answers. */
  async tell(command: 'suspend' | 'resume' | 'info' | 'kill'): Promise<ServerLine> {
    this.#child.stdin.write(`${command}\n`);
    for (;;) {
      const line = await this.lines.next();
      if (line.event === undefined) return line;
    }
  }

  /** Stops it in good order; resolves to its exit code. */
  async stop(): Promise<number | null> {
    this.#child.stdin.end();
    await this.#closed;
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null) this.#child.kill('SIGKILL');
    await this.#closed;
  }
}
