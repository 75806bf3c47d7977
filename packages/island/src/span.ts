import { inspect } from 'node:util';
import type { Pid } from '@thousand-island/runtime';
import { nodeCrypto } from './node-modules.ts';

/** What a span is about. */
export type SpanKind = 'listener' | 'acceptor' | 'connection';

/**
 * Names what belongs together: all events from one start to the stop that goes with it carry the same span. Compare with
 * `===`, or use it as a key. Elixir: `telemetry_span_context`.
 */
export class Span {
  readonly kind: SpanKind;
  /** The process that it is about. */
  readonly pid: Pid;
  /** The span within which this one began: a connection's is its acceptor's, an acceptor's the listener's. */
  readonly parent: Span | undefined;
  #id: string | undefined = undefined;

  constructor(kind: SpanKind, pid: Pid, parent?: Span) {
    this.kind = kind;
    this.pid = pid;
    this.parent = parent;
  }

  /** The span's name outside this program: 16 hex digits, as W3C's Trace Context has them. Made when first asked for. */
  get id(): string {
    this.#id ??= nodeCrypto().randomBytes(8).toString('hex');
    return this.#id;
  }

  toString(): string {
    return `${this.kind} ${this.id}`;
  }

  toJSON(): string {
    return this.id;
  }

  [inspect.custom](): string {
    return `Span<${this.toString()}>`;
  }
}
