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

/** Ours against the peer's. Whether more is better depends on what was measured. */
export function ratio(ours, peer) {
  return ours / peer;
}
