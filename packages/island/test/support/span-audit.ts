import { type IslandEvents, islandEvents, type Span, type SpanEvent } from '../../src/index.ts';

const KINDS = ['listener', 'acceptor', 'connection'] as const;

/** Looks on from the very start, and counts how often each span has started and stopped. */
export class SpanAudit {
  readonly events: IslandEvents = islandEvents();
  readonly #starts = new Map<Span, SpanEvent[]>();
  readonly #stops = new Map<Span, SpanEvent[]>();

  constructor() {
    for (const kind of KINDS) {
      this.events.on(`${kind}:start`, (event) => note(this.#starts, event));
      this.events.on(`${kind}:stop`, (event) => note(this.#stops, event));
    }
  }

  /** The spans of a kind that have started, oldest first. */
  started(kind: Span['kind']): Span[] {
    return [...this.#starts.keys()].filter((span) => span.kind === kind);
  }

  /** What is not as it should be: spans without exactly one start and one stop, or whose parent is none. */
  faults(): string[] {
    const spans = new Set([...this.#starts.keys(), ...this.#stops.keys()]);
    return [...spans].flatMap((span) => {
      const [start, ...starts] = this.#starts.get(span) ?? [];
      const [stop, ...stops] = this.#stops.get(span) ?? [];
      const faults: string[] = [];
      if (start === undefined || starts.length > 0) faults.push(`${span} has not started once`);
      if (stop === undefined || stops.length > 0) faults.push(`${span} has not stopped once`);
      if (stop !== undefined && start !== undefined && !follows(start, stop))
        faults.push(`${span} is longer or shorter than it says`);
      if (!this.#hasItsParent(span)) faults.push(`the parent of ${span} is wrong`);
      return faults;
    });
  }

  #hasItsParent({ kind, parent }: Span): boolean {
    const wanted = KINDS[KINDS.indexOf(kind) - 1];
    // An acceptor that starts while the server is suspended has none.
    if (parent === undefined) return kind !== 'connection';
    return parent.kind === wanted && this.#starts.has(parent);
  }
}

function note(spans: Map<Span, SpanEvent[]>, event: SpanEvent): void {
  spans.set(event.span, [...(spans.get(event.span) ?? []), event]);
}

function follows(start: SpanEvent, stop: SpanEvent & { readonly durationMs?: number }): boolean {
  return start.time + (stop.durationMs ?? Number.NaN) === stop.time;
}
