import { checkOptions } from '../arguments.ts';
import { BadArgumentError } from '../errors.ts';
import { type DynamicChildSpec, type ResolvedChildSpec, resolveChildSpec } from './child-spec.ts';
import { RestartBudget } from './restart-budget.ts';
import {
  type AutoShutdown,
  checkAutoShutdown,
  checkIntensity,
  type IntensityOptions,
} from './supervisor-options.ts';

/** What a dynamic supervisor is started with. */
export interface DynamicSupervisorOptions extends IntensityOptions {
  /**
   * The one spec of all children, which are then started with `startChildWith`: they differ in their argument alone. Without
   * it each child brings a spec of its own. OTP: the child spec of a `simple_one_for_one` supervisor.
   */
  readonly child?: DynamicChildSpec<never>;
  /** How many children there can be, those being restarted included; no limit unless said. */
  readonly maxChildren?: number | 'infinity';
  /** Whether the supervisor ends when its significant children have; `'never'` unless said. */
  readonly autoShutdown?: AutoShutdown;
}

const OPTIONS = ['child', 'maxChildren', 'autoShutdown', 'intensity', 'period'];

/** How many children there can be as a number, or an error. */
export function checkMaxChildren(maxChildren: unknown): number {
  if (maxChildren === 'infinity') return Number.POSITIVE_INFINITY;
  if (typeof maxChildren === 'number' && Number.isInteger(maxChildren) && maxChildren >= 0)
    return maxChildren;
  throw BadArgumentError.of('maxChildren', "a whole number >= 0 or 'infinity'", maxChildren);
}

/** Checks what a dynamic supervisor is to be started with. */
export function checkDynamicOptions(options: DynamicSupervisorOptions): DynamicInit {
  checkOptions('a dynamic supervisor', options, OPTIONS);
  const maxChildren = checkMaxChildren(options.maxChildren ?? 'infinity');
  const autoShutdown = checkAutoShutdown(options.autoShutdown ?? 'never');
  const budget = new RestartBudget(checkIntensity(options));
  const { child } = options;
  if (child === undefined) return { budget, autoShutdown, maxChildren, child };
  if (typeof child !== 'object' || child === null || Array.isArray(child))
    throw BadArgumentError.of('child', 'one child spec without an id', child);
  return {
    budget,
    autoShutdown,
    maxChildren,
    child: resolveChildSpec({ ...child, id: 'dynamic' }, autoShutdown),
  };
}

/** A dynamic supervisor's options, checked and complete. */
export interface DynamicInit {
  readonly budget: RestartBudget;
  readonly autoShutdown: AutoShutdown;
  /** `Infinity` for no limit. */
  readonly maxChildren: number;
  /** The spec of all children; undefined if each brings its own. */
  readonly child: ResolvedChildSpec | undefined;
}
