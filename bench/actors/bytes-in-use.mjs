/** Bytes that the objects of this process hold, once nobody holds what is garbage. Needs `--expose-gc`. */
export async function bytesInUse() {
  globalThis.gc();
  await new Promise((resolve) => setTimeout(resolve, 20));
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
