/**
 * The memory that this process holds, in bytes, once it has collected its garbage: what a collector has not come round to
 * says nothing of what is kept.
 */
export function memoryHeld() {
  globalThis.gc();
  globalThis.gc();
  return { residentBytes: process.memoryUsage.rss() };
}
