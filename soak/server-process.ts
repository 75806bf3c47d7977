import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { SpanKind } from '@thousand-island/island';
import type { Answer, Request, Told } from './messages.ts';
import { SpanLedger } from './span-ledger.ts';
import type { ServerName } from './visit-plan.ts';

/** Longer than anything that a server can be asked for may take. */
const ANSWER_MS = 90_000;

/** The process of the servers, seen from the one of the clients: what it is asked, and what it tells. */
export class ServerProcess implements AsyncDisposable {
  readonly ledgers: Readonly<Record<SpanKind, SpanLedger>> = {
    listener: new SpanLedger(),
    acceptor: new SpanLedger(),
    connection: new SpanLedger(),
  };
  /** Where the servers listen, or did last: a port, or a path. */
  readonly places = new Map<ServerName, number | string>();
  readonly violations: string[] = [];
  /** How many processes, connections left out, have been started. */
  starts = 0;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #asked = 0;
  #isOver = false;

  constructor() {
    this.#child = fork(fileURLToPath(new URL('server-main.js', import.meta.url)), {
      execArgv: ['--expose-gc', '--enable-source-maps'],
    });
    this.#child.on('message', (told: Told) => this.#onTold(told));
    this.#child.on('exit', (code, signal) => this.#onExit(`code ${code}, signal ${signal}`));
  }

  /** Asks for something; what does not come in time is a failure, and so is one that cannot come any more. */
  ask(request: Request): Promise<Answer> {
    if (this.#isOver) return Promise.resolve({ kind: 'failed', why: 'the process of the servers has ended' });
    const id = ++this.#asked;
    return new Promise((resolve) => {
      const settle = (answer: Answer): void => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(answer);
      };
      const timer = setTimeout(
        () => settle({ kind: 'failed', why: `not done within ${ANSWER_MS} ms: ${JSON.stringify(request)}` }),
        ANSWER_MS,
      );
      this.#waiting.set(id, settle);
      this.#child.send({ id, request });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#isOver = true;
    this.#child.kill('SIGKILL');
    await ended;
  }

  #onTold(told: Told): void {
    switch (told.kind) {
      case 'answer':
        this.#waiting.get(told.id)?.(told.answer);
        return;
      case 'listening':
        this.places.set(told.server, told.at);
        return;
      case 'start':
        this.ledgers[told.of].start(told.span);
        return;
      case 'stop':
        this.ledgers[told.of].stop(told.span, told.why);
        return;
      case 'started':
        this.starts++;
        return;
      case 'violation':
        this.violations.push(told.text);
        return;
      default:
        told satisfies never;
    }
  }

  #onExit(how: string): void {
    if (!this.#isOver) this.violations.push(`the process of the servers has ended: ${how}`);
    this.#isOver = true;
    for (const settle of [...this.#waiting.values()])
      settle({ kind: 'failed', why: 'the process of the servers has ended' });
  }
}
