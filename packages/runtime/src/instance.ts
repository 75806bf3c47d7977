/**
 * Whether a value is of a class. As `instanceof`, but of anything that can be thrown: a revoked proxy, or one whose traps throw, is
 * of none.
 */
export function isInstance<Instance extends object>(
  value: unknown,
  Class: abstract new (...args: never[]) => Instance,
): value is Instance {
  try {
    return value instanceof Class;
  } catch {
    return false;
  }
}
