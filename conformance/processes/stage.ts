import { DownMessage, ExitMessage, type Pid, type Ref, Runtime } from '@thousand-island/runtime';
import { settle, VirtualClock } from '@thousand-island/runtime/testing';
import { showTerm } from '../term.ts';
import type { Pace } from '../world.ts';
import { Mail, Turn } from './mail.ts';
import type { Op } from './program.ts';

/** A monitor of a program: who set it, and on whom. */
export interface KnownMonitor {
  readonly number: number;
  readonly ref: Ref;
  readonly target: Pid | undefined;
}

const NOBODY = '-';

/** What one program is played on: a runtime of its own, who is who in it, and a note of all that happens. */
export class Stage {
  readonly runtime = new Runtime({ clock: new VirtualClock() });
  readonly lines: string[] = [];
  /** Who waits in a `receive` that may never end. */
  readonly waiting = new Set<number>();
  readonly pace: Pace;
  readonly #pids = new Map<number, Pid>();
  readonly #numbers = new Map<Pid, number>();
  readonly #monitors = new Map<number, KnownMonitor>();
  readonly #looks = new Map<number, string>();

  constructor(pace: Pace) {
    this.pace = pace;
    this.runtime.events.on('process:exit', ({ pid, reason }) => {
      this.lines.push(`${this.show(pid)} exits ${this.show(reason)}`);
    });
  }

  arrive(number: number, pid: Pid): string {
    this.#pids.set(number, pid);
    this.#numbers.set(pid, number);
    return this.show(pid);
  }

  pidOf(number: number): Pid | undefined {
    return this.#pids.get(number);
  }

  setMonitor(monitor: KnownMonitor): void {
    this.#monitors.set(monitor.number, monitor);
  }

  monitorOf(number: number): KnownMonitor | undefined {
    return this.#monitors.get(number);
  }

  /** Everybody that there ever was, in order. */
  numbers(): number[] {
    return [...this.#pids.keys()].sort((one, other) => one - other);
  }

  /** What keeps the process from taking a step; undefined if nothing does. */
  hindrance(number: number): 'nobody' | 'dead' | 'waiting' | undefined {
    const pid = this.#pids.get(number);
    if (pid === undefined) return 'nobody';
    if (!this.runtime.isAlive(pid)) return 'dead';
    return this.waiting.has(number) ? 'waiting' : undefined;
  }

  /** Lets the process do what it is told, and waits until all that follows from it has happened. */
  async turn(number: number, ops: readonly Op[]): Promise<void> {
    this.runtime.send(this.#pids.get(number) as Pid, new Turn(ops));
    await this.rest();
  }

  async rest(): Promise<void> {
    for (let seen = -1; seen !== this.lines.length; ) {
      seen = this.lines.length;
      await settle(2);
    }
  }

  /** Notes what has changed of each process. */
  look(): void {
    for (const number of this.numbers()) {
      const text = this.info(this.#pids.get(number) as Pid);
      if (text === 'undefined' || text === this.#looks.get(number)) continue;
      this.#looks.set(number, text);
      this.lines.push(`? p${number} ${text}`);
    }
  }

  info(pid: Pid): string {
    const info = this.runtime.processInfo(pid);
    if (info === undefined) return 'undefined';
    const { links, monitors, monitoredBy, trapsExit, name, mailboxLength } = info;
    return (
      `links=${this.#showAll(links)} monitors=${this.#showAll(monitors)} by=${this.#showAll(monitoredBy)} ` +
      `traps=${trapsExit} name=${String(name ?? NOBODY)} queue=${mailboxLength}`
    );
  }

  show(term: unknown): string {
    return showTerm(term, { nameOf: (pid) => `p${this.#numbers.get(pid) ?? '?'}` });
  }

  showMessage(message: unknown): string {
    if (message instanceof Mail) return `msg p${message.from} ${message.tag}.${message.count}`;
    if (message instanceof ExitMessage) return `EXIT ${this.show(message.from)} ${this.show(message.reason)}`;
    if (!(message instanceof DownMessage)) return `unknown ${String(message)}`;
    const known = Array.from(this.#monitors.values()).find(({ ref }) => ref === message.ref);
    return `DOWN ${this.show(known?.target)} m${known?.number} ${this.show(message.process)} ${this.show(message.reason)}`;
  }

  /** Ends everybody. */
  async close(): Promise<void> {
    for (const pid of this.runtime.processes()) this.runtime.sendExit(pid, 'kill');
    await settle(1);
  }

  #showAll(pids: readonly Pid[]): string {
    return `[${pids
      .map((pid) => this.show(pid))
      .sort()
      .join(' ')}]`;
  }
}
