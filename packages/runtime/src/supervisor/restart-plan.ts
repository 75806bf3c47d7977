/** Whom a child's crash takes along: itself, all, or itself and those started after it. */
export type Strategy = 'oneForOne' | 'oneForAll' | 'restForOne';

/**
 * Which children are stopped and started again when one has failed, in the order they were started. They are stopped
 * youngest first and started oldest first, the failed one at its own place. Pure: the supervisor carries it out. The order
 * is looked at only where it matters: one alone of many is restarted as fast as one of few.
 */
export function planRestart<Child>(
  strategy: Strategy,
  failed: Child,
  startOrder: Iterable<Child>,
): readonly Child[] {
  switch (strategy) {
    case 'oneForOne':
      return [failed];
    case 'oneForAll':
      return [...startOrder];
    case 'restForOne': {
      const order = [...startOrder];
      return order.slice(order.indexOf(failed));
    }
    default:
      return strategy satisfies never;
  }
}
