import type { Op, Pattern, Program, ProgramStep, Target } from './program.ts';

/**
 * A program as it is made up: its processes and monitors are any numbers, so that each part can be left out or changed
 * without regard for the others. They get a meaning when the program is whole.
 */
export interface Draft {
  readonly processes: number;
  readonly steps: readonly ProgramStep[];
}

/** In a draft: the child, or the monitor, that this very row of ops made last. */
export const LATEST = -1;
/** In a draft: the process itself. */
export const ITSELF = -2;

/** Gives the processes, monitors and messages of a draft their numbers. Pure; the same draft has always the same. */
export function numbered(id: string, { processes, steps }: Draft): Program {
  const numbering = new Numbering(processes);
  return { id, processes, steps: steps.map((step) => numbering.step(step)) };
}

class Numbering {
  #processes: number;
  #monitors = 0;
  #messages = 0;
  /** Whose monitors there are, and whose messages may have reached whom: to be looked for more often than others. */
  readonly #monitorsOf = new Map<number, number[]>();
  readonly #sendersTo = new Map<number, number[]>();

  constructor(processes: number) {
    this.#processes = processes;
  }

  step([actor, ops]: ProgramStep): ProgramStep {
    const number = actor % this.#processes;
    return [number, this.#ops(number, ops)];
  }

  #ops(actor: number, ops: readonly Op[]): Op[] {
    return new Row(this, actor, this.#processes).ops(ops);
  }

  newProcess(): number {
    return this.#processes++;
  }

  newMonitor(owner: number): number {
    remember(this.#monitorsOf, owner, this.#monitors);
    return this.#monitors++;
  }

  newMessage(from: number, to: Target): number {
    if (typeof to === 'number') remember(this.#sendersTo, to, from);
    return this.#messages++;
  }

  /** An even number is one of the owner's own. */
  monitor(owner: number, drawn: number): number {
    const own = this.#monitorsOf.get(owner);
    if (own !== undefined && drawn % 2 === 0) return own.at(-1 - ((drawn / 2) % own.length)) as number;
    return drawn % Math.max(1, this.#monitors);
  }

  /** An even number is one who has written. */
  sender(receiver: number, drawn: number, known: number): number {
    const senders = this.#sendersTo.get(receiver);
    if (senders !== undefined && drawn % 2 === 0) return senders[(drawn / 2) % senders.length] as number;
    return drawn % known;
  }

  body(child: number, body: readonly Op[]): Op[] {
    return this.#ops(child, body);
  }
}

/** What one process does in a row. It knows who was there before it, and whom it has made. */
class Row {
  readonly #numbering: Numbering;
  readonly #actor: number;
  readonly #known: number;
  #child: number | undefined;
  #monitor: number | undefined;

  constructor(numbering: Numbering, actor: number, known: number) {
    this.#numbering = numbering;
    this.#actor = actor;
    this.#known = known;
  }

  ops(ops: readonly Op[]): Op[] {
    return ops.map((op) => this.#op(op));
  }

  #op(op: Op): Op {
    switch (op[0]) {
      case 'spawn':
      case 'spawn_link': {
        this.#child = this.#numbering.newProcess();
        return [op[0], this.#child, this.#numbering.body(this.#child, op[2])];
      }
      case 'spawn_monitor': {
        this.#child = this.#numbering.newProcess();
        this.#monitor = this.#numbering.newMonitor(this.#actor);
        return [op[0], this.#child, this.#monitor, this.#numbering.body(this.#child, op[3])];
      }
      case 'link':
      case 'unlink':
      case 'is_alive':
      case 'info':
        return [op[0], this.#process(op[1])];
      case 'monitor': {
        const target = this.#target(op[2]);
        this.#monitor = this.#numbering.newMonitor(this.#actor);
        return [op[0], this.#monitor, target];
      }
      case 'demonitor':
        return [op[0], this.#ownMonitor(op[1]), op[2]];
      case 'signal':
        return [op[0], this.#process(op[1]), op[2]];
      case 'send': {
        const to = this.#target(op[1]);
        return [op[0], to, op[2], this.#numbering.newMessage(this.#actor, to)];
      }
      case 'register':
        return [op[0], op[1], this.#process(op[2])];
      case 'receive':
      case 'await':
        return [op[0], ...this.#pattern(op)];
      default:
        return op;
    }
  }

  #pattern([, kind, subject, tag]: readonly ['receive' | 'await', ...Pattern]): Pattern {
    if (kind === 'down') return [kind, this.#ownMonitor(subject)];
    if (kind === 'exit') return [kind, this.#process(subject)];
    const sender = this.#numbering.sender(this.#actor, subject, this.#known);
    return tag === undefined ? [kind, sender] : [kind, sender, tag];
  }

  #target(target: Target): Target {
    return typeof target === 'number' ? this.#process(target) : target;
  }

  #process(drawn: number): number {
    if (drawn === ITSELF) return this.#actor;
    return drawn === LATEST ? (this.#child ?? this.#actor) : drawn % this.#known;
  }

  #ownMonitor(drawn: number): number {
    if (drawn === LATEST && this.#monitor !== undefined) return this.#monitor;
    return this.#numbering.monitor(this.#actor, Math.max(0, drawn));
  }
}

function remember(map: Map<number, number[]>, key: number, value: number): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
