/** The processes that the bench starts. Each is ended by its own handle, whatever happens. */
import { spawn } from 'node:child_process';

const politeMs = 1_000;
const keptErrorText = 2_000;

export class Children {
  #alive = new Set();
  #closed = false;

  get closed() {
    return this.#closed;
  }

  /** Starts a program. `command` is the whole of it: `[program, ...arguments]`. */
  start(command) {
    if (this.#closed) throw new Error('the bench is stopping');
    const child = new Child(command);
    this.#alive.add(child);
    child.ended.then(() => this.#alive.delete(child));
    return child;
  }

  /** Ends all that are left, and starts no more. */
  async close() {
    this.#closed = true;
    await Promise.all([...this.#alive].map((child) => child.end()));
  }
}

class Child {
  #process;
  #name;
  #lines = [];
  #errorText = '';
  /** Wakes whoever waits for a line: a line has come, or none will come any more. */
  #wake = () => {};
  #outcome;

  constructor([program, ...args]) {
    this.#name = [program, ...args].join(' ');
    this.#process = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.ended = new Promise((resolve) => {
      this.#process.once('error', (error) => resolve(error.message));
      this.#process.once('close', (code, signal) => resolve(signal ?? `exit status ${code}`));
    }).then((outcome) => {
      this.#outcome = outcome;
      this.#wake();
      return outcome;
    });
    // A child that ends on its own closes the pipe: that is told by `ended`.
    this.#process.stdin.on('error', () => {});
    this.#process.stderr.setEncoding('utf8').on('data', (text) => {
      this.#errorText = (this.#errorText + text).slice(-keptErrorText);
    });
    this.#readLines();
  }

  get pid() {
    return this.#process.pid;
  }

  /** The next line of its output, as JSON. Throws when it ends or `timeoutMs` passes before. */
  async nextLine(timeoutMs) {
    const deadline = performance.now() + timeoutMs;
    while (this.#lines.length === 0) {
      const left = deadline - performance.now();
      if (this.#outcome !== undefined) throw this.#failure(`ended (${this.#outcome})`);
      if (left <= 0) throw this.#failure(`said nothing within ${timeoutMs / 1000} s`);
      await this.#change(left);
    }
    const line = this.#lines.shift();
    try {
      return JSON.parse(line);
    } catch {
      throw this.#failure(`printed a line that is no JSON: ${line}`);
    }
  }

  /** Asks it for its next line, by a line on its stdin. */
  ask(timeoutMs) {
    this.#process.stdin.write('\n');
    return this.nextLine(timeoutMs);
  }

  /** Throws when it has ended although nobody asked it to. */
  assertAlive() {
    if (this.#outcome !== undefined) throw this.#failure(`ended (${this.#outcome})`);
  }

  /** Asks it to end, and makes it end when it does not. */
  async end() {
    if (this.#outcome !== undefined) return;
    this.#process.stdin.end();
    this.#process.kill('SIGTERM');
    const force = setTimeout(() => this.#process.kill('SIGKILL'), politeMs);
    await this.ended;
    clearTimeout(force);
  }

  #change(timeoutMs) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #readLines() {
    let rest = '';
    this.#process.stdout.setEncoding('utf8').on('data', (text) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop();
      this.#lines.push(...parts.filter((line) => line !== ''));
      this.#wake();
    });
  }

  #failure(what) {
    const said = this.#errorText.trim();
    return new Error(`${this.#name} ${what}${said === '' ? '' : `\n${said}`}`);
  }
}
