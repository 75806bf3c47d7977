import { BadArgumentError } from '../errors.ts';
import type { RestartIntensity } from './restart-intensity.ts';
import type { Strategy } from './restart-plan.ts';

/** When a supervisor ends because its significant children have: never, when one has, when all have. */
export type AutoShutdown = 'never' | 'anySignificant' | 'allSignificant';

/** How often a supervisor restarts children before it gives up. OTP's own default is 1 restart; Elixir's, as here, is 3. */
export interface IntensityOptions {
  /** How many restarts are allowed within the period; 3 unless said. */
  readonly intensity?: number;
  /** In seconds, as in OTP; 5 unless said. */
  readonly period?: number;
}

const STRATEGIES: readonly unknown[] = ['oneForOne', 'oneForAll', 'restForOne'];
const AUTO_SHUTDOWNS: readonly unknown[] = ['never', 'anySignificant', 'allSignificant'];

/** The strategy, or an error that names what is allowed. */
export function checkStrategy(strategy: unknown): Strategy {
  if (STRATEGIES.includes(strategy)) return strategy as Strategy;
  throw BadArgumentError.of('strategy', STRATEGIES.join(', '), strategy);
}

export function checkAutoShutdown(autoShutdown: unknown): AutoShutdown {
  if (AUTO_SHUTDOWNS.includes(autoShutdown)) return autoShutdown as AutoShutdown;
  throw BadArgumentError.of('autoShutdown', AUTO_SHUTDOWNS.join(', '), autoShutdown);
}

export function checkIntensity(options: IntensityOptions): RestartIntensity {
  const { intensity = 3, period = 5 } = options;
  if (!Number.isInteger(intensity) || intensity < 0) {
    throw BadArgumentError.of('intensity', 'a whole number >= 0', intensity);
  }
  if (typeof period !== 'number' || !(period > 0) || !Number.isFinite(period)) {
    throw BadArgumentError.of('period', 'a number of seconds > 0', period);
  }
  return { intensity, periodMs: period * 1_000 };
}
