/** Whom a child's crash takes along: itself, all, or itself and those started after it. */
export type Strategy = 'oneForOne' | 'oneForAll' | 'restForOne';

/** A strategy by which a crash takes others along. */
export type GroupStrategy = Exclude<Strategy, 'oneForOne'>;

/**
 * Which children are stopped and started again when one has failed, in the order they were started. They are stopped
 * youngest first and started oldest first, the failed one at its own place. Pure: the supervisor carries it out.
 */
export function planRestart<Child>(
  strategy: GroupStrategy,
  failed: Child,
  startOrder: Iterable<Child>,
): readonly Child[] {
  switch (strategy) {
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
