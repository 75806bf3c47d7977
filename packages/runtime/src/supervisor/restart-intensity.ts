/** How many restarts a supervisor may make in how long before it gives up. OTP: "Tuning the intensity and period". */
export interface RestartIntensity {
  /** So many are allowed; one more is too many. */
  readonly intensity: number;
  readonly periodMs: number;
}

/**
 * Counts one more restart: the restarts that are still within the window, this one last, and whether they are too many.
 * The window slides: a restart counts while `now - then <= period`. Pure; `now` comes from the caller's clock.
 */
export function addRestart(
  limits: RestartIntensity,
  restarts: readonly number[],
  now: number,
): { readonly restarts: readonly number[]; readonly exceeded: boolean } {
  const recent = restarts.filter((then) => now - then <= limits.periodMs);
  recent.push(now);
  return { restarts: recent, exceeded: recent.length > limits.intensity };
}
