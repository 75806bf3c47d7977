import type { Pid } from '../pid.ts';
import type { EventHandler, HandlerRef } from './event-handler.ts';

/** A handler whose types nobody looks at any more: what the manager works with. */
export type LooseHandler = EventHandler<unknown, unknown, unknown, LooseTable>;
type LooseTable = { readonly [Request in string]?: (...args: unknown[]) => unknown };

/** A handler as its manager keeps it. OTP: `#handler{}`. */
export class InstalledHandler {
  readonly ref: HandlerRef;
  readonly module: LooseHandler;
  /** The process that is told of its end and takes it along, if it was added by `addSupHandler`. */
  readonly owner: Pid | undefined;
  state: unknown;

  constructor(ref: HandlerRef, owner: Pid | undefined, state: unknown) {
    this.ref = ref;
    this.module = moduleOf(ref);
    this.owner = owner;
    this.state = state;
  }

  /** Whether this is the handler that is meant. */
  is(ref: HandlerRef): boolean {
    return this.module === moduleOf(ref) && idOf(this.ref) === idOf(ref);
  }
}

/** The callbacks of the handler that is meant. */
export function moduleOf(ref: HandlerRef): LooseHandler {
  return (isPair(ref) ? ref[0] : ref) as unknown as LooseHandler;
}

function idOf(ref: HandlerRef): unknown {
  return isPair(ref) ? ref[1] : undefined;
}

/** The handler in a word, for reports: `log`, `log:errors`. */
export function describeHandler(ref: HandlerRef): string {
  const name = moduleOf(ref).name ?? 'handler';
  return isPair(ref) ? `${name}:${String(ref[1])}` : name;
}

// The compiler does not tell a readonly pair from an object by `Array.isArray`.
function isPair(ref: HandlerRef): ref is Extract<HandlerRef, readonly unknown[]> {
  return Array.isArray(ref);
}
