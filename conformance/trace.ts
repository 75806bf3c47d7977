import type { Pid } from '@thousand-island/runtime';
import { type Incarnation, nameOf } from './incarnation.ts';

/** Something that has happened, as it was noted down. Every text in it is ready to be printed. */
export type TraceEvent =
  | { readonly kind: 'step' | 'result' | 'look' | 'mark'; readonly text: string }
  | { readonly kind: 'start'; readonly of: Incarnation; readonly outcome: string }
  | { readonly kind: 'term' | 'exit'; readonly of: Incarnation; readonly reason: string }
  | Report;

/** What a supervisor has reported. */
export interface Report {
  readonly kind: 'report';
  readonly of: Incarnation;
  readonly context: string;
  /** Whom it is about. */
  readonly who: string;
  readonly pid: Pid | undefined;
  readonly reason: string;
}

/**
 * The lines of a trace: the events in their order, except those that OTP itself leaves unordered. These are marked with `~`
 * and sorted at the end of their step. `stoppedAlone` are the children that a step has stopped one by one.
 */
export function canonicalLines(events: readonly TraceEvent[], stoppedAlone: ReadonlySet<Pid>): string[] {
  const started = new Set(
    events
      .filter((event) => event.kind === 'start' && event.outcome === 'ok')
      .map((event) => (event as { of: Incarnation }).of),
  );
  const lines: string[] = [];
  let step: TraceEvent[] = [];
  let inStep = false;
  for (const event of events) {
    if (event.kind === 'step') {
      lines.push(lineOf(event));
      inStep = true;
      step = [];
    } else if (event.kind === 'result') {
      lines.push(...stepLines(groupReports(step, stoppedAlone), started), lineOf(event));
      inStep = false;
    } else if (inStep) step.push(event);
    else lines.push(lineOf(event));
  }
  return lines;
}

/** The lines of one step: the ordered ones, then the free ones. */
function stepLines(events: readonly TraceEvent[], started: ReadonlySet<Incarnation>): string[] {
  const dying = new Set<Incarnation>();
  for (const event of events) if (event.kind === 'exit' && stopsAllAtOnce(event.of)) dying.add(event.of);
  const killed = new Set<Incarnation>();
  const isLoose = (incarnation: Incarnation | undefined): boolean => {
    if (incarnation === undefined) return false;
    return killed.has(incarnation) || dying.has(incarnation) || isLoose(incarnation.parent);
  };
  const isFree = (event: TraceEvent): boolean => {
    if (event.kind === 'term' || event.kind === 'exit') return isLoose(event.of.parent);
    if (event.kind !== 'report') return false;
    if (event.context === 'shutdown_error' && dying.has(event.of)) return true;
    return killed.has(event.of) || isLoose(event.of.parent);
  };
  const ordered: string[] = [];
  const free: string[] = [];
  for (const event of events) {
    // What never came to be started has no end of its own.
    if (event.kind === 'exit' && !started.has(event.of)) continue;
    const loose = isFree(event);
    if (event.kind === 'exit' && (loose || event.reason === 'killed')) killed.add(event.of);
    if (loose) free.push(`~${lineOf(event)}`);
    else ordered.push(lineOf(event));
  }
  return [...ordered, ...free.sort()];
}

function stopsAllAtOnce({ kind }: Incarnation): boolean {
  return kind === 'simple' || kind === 'dynamic';
}

// OTP: a simple_one_for_one supervisor that ends reports once for all children with the same reason.
function groupReports(events: readonly TraceEvent[], stoppedAlone: ReadonlySet<Pid>): TraceEvent[] {
  const groups = new Map<string, { report: Report; count: number }>();
  const rest: TraceEvent[] = [];
  for (const event of events) {
    if (event.kind !== 'report' || !isOneOfMany(event, stoppedAlone)) {
      rest.push(event);
      continue;
    }
    const group = `${nameOf(event.of)} ${event.reason}`;
    const count = (groups.get(group)?.count ?? 0) + 1;
    groups.set(group, { report: event, count });
  }
  if (groups.size === 0) return rest;
  return [...rest, ...Array.from(groups.values(), ({ report, count }) => ({ ...report, who: `${count}x` }))];
}

function isOneOfMany({ of, context, pid }: Report, stoppedAlone: ReadonlySet<Pid>): boolean {
  return of.kind === 'simple' && context === 'shutdown_error' && pid !== undefined && !stoppedAlone.has(pid);
}

function lineOf(event: TraceEvent): string {
  switch (event.kind) {
    case 'step':
      return `> ${event.text}`;
    case 'result':
      return `= ${event.text}`;
    case 'look':
      return `? ${event.text}`;
    case 'mark':
      return `! ${event.text}`;
    case 'start':
      return `start ${nameOf(event.of)} ${event.outcome}`;
    case 'report':
      return `report ${event.of.key} ${event.context} ${event.who} ${event.reason}`;
    default:
      return `${event.kind} ${nameOf(event.of)} ${event.reason}`;
  }
}
