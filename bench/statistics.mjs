/** The middle value, or the mean of the two in the middle. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** How far the values lie apart, as a share of their median: 0.1 means 10 %. */
export function spread(values) {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/**
 * Ours against the peer's, value by value, and of these ratios the median. The values of one place were measured one after the
 * other: a machine that is half as fast a minute later is so for both. Whether more is better depends on what was measured.
 */
export function pairedRatio(ours, peer) {
  return median(ours.map((value, index) => value / peer[index]));
}
