import type { SpanKind } from '@thousand-island/island';
import type { Levels } from './levels.ts';
import type { Operation } from './operation-plan.ts';
import type { ServerName } from './visit-plan.ts';

/** What the process of the servers is asked for. */
export type Request =
  | { readonly kind: 'start'; readonly servers: readonly ServerName[] }
  | { readonly kind: 'operate'; readonly operation: Operation }
  /** Brings everything back to where it was at the start. */
  | { readonly kind: 'restore' }
  | { readonly kind: 'measure' }
  | { readonly kind: 'stop' };

/** What it answers. */
export type Answer =
  | { readonly kind: 'done' }
  /** What was asked for could not be, because something it needs was being killed or changed at the same time. */
  | { readonly kind: 'crossed'; readonly by: string }
  /** What was asked for went wrong, for no good reason. */
  | { readonly kind: 'failed'; readonly why: string }
  | { readonly kind: 'levels'; readonly levels: Levels };

export interface Asked {
  readonly id: number;
  readonly request: Request;
}

/** What it tells: an answer, or what happens in it. */
export type Told =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer }
  | { readonly kind: 'listening'; readonly server: ServerName; readonly at: number | string }
  | { readonly kind: 'start'; readonly of: SpanKind; readonly span: string }
  | { readonly kind: 'stop'; readonly of: SpanKind; readonly span: string; readonly why: string }
  /** A supervisor has started a process that is no connection. */
  | { readonly kind: 'started' }
  /** Something has happened that must not happen, whatever is killed. */
  | { readonly kind: 'violation'; readonly text: string };
