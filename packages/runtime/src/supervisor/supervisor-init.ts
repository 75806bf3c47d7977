import { checkOptions } from '../arguments.ts';
import type { Awaitable } from '../behaviours/gen-server-module.ts';
import { IgnoreResult } from '../behaviours/gen-server-result.ts';
import { BadArgumentError } from '../errors.ts';
import type { Self } from '../process/self.ts';
import { type ChildSpec, type ResolvedChildSpec, resolveChildSpec } from './child-spec.ts';
import { follow } from './flow.ts';
import { RestartBudget } from './restart-budget.ts';
import type { Strategy } from './restart-plan.ts';
import {
  type AutoShutdown,
  checkAutoShutdown,
  checkIntensity,
  checkStrategy,
  type IntensityOptions,
} from './supervisor-options.ts';

/** What a supervisor is started with. */
export interface SupervisorOptions extends IntensityOptions {
  /** Whom a child's crash takes along; `'oneForOne'` unless said. */
  readonly strategy?: Strategy;
  /** The children, started in this order and stopped in the reverse one. */
  readonly children?: readonly ChildSpec[];
  /** Whether the supervisor ends when its significant children have; `'never'` unless said. */
  readonly autoShutdown?: AutoShutdown;
}

/**
 * Makes a supervisor's options when it is started, each time, in the supervisor's own process; who starts it is
 * `self.parent`. `ignore()` leaves the supervisor out. What it throws fails the start. OTP: `init/1` of a supervisor.
 */
export type SupervisorInitFunction<Options = SupervisorOptions> = (
  self: Self,
) => Awaitable<Options | IgnoreResult>;

/** A supervisor's options, checked and complete. */
export interface SupervisorInit {
  readonly strategy: Strategy;
  readonly autoShutdown: AutoShutdown;
  readonly budget: RestartBudget;
  readonly specs: readonly ResolvedChildSpec[];
}

const OPTIONS = ['strategy', 'children', 'autoShutdown', 'intensity', 'period'];

/** Checks what a supervisor is to be started with. */
export function checkSupervisorOptions(options: SupervisorOptions): SupervisorInit {
  checkOptions('a supervisor', options, OPTIONS);
  const autoShutdown = checkAutoShutdown(options.autoShutdown ?? 'never');
  const { children = [] } = options;
  if (!Array.isArray(children)) throw BadArgumentError.of('children', 'a list of child specs', children);
  const specs = children.map((spec) => resolveChildSpec(spec, autoShutdown));
  const ids = new Set<string>();
  for (const { id } of specs) {
    if (ids.has(id)) throw BadArgumentError.of('the id of a child', 'different from its siblings', id);
    ids.add(id);
  }
  const strategy = checkStrategy(options.strategy ?? 'oneForOne');
  return { strategy, autoShutdown, budget: new RestartBudget(checkIntensity(options)), specs };
}

/** Options as they are given, or made, and what the check makes of them. */
export function initialise<Options extends object, Init>(
  self: Self,
  given: Options | SupervisorInitFunction<Options>,
  check: (options: Options) => Init,
): Awaitable<Init | IgnoreResult> {
  if (typeof given !== 'function') return check(given);
  return follow(given(self), (options) => (options instanceof IgnoreResult ? options : check(options)));
}
