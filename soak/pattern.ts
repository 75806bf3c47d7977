/** A prime, so that no piece of the pattern looks like its neighbour. */
const PERIOD = 251;
/** What is sent at a time. */
const CHUNK = 64 << 10;

const PATTERN = Buffer.from(Array.from({ length: CHUNK + PERIOD }, (_, index) => index % PERIOD));

/** The bytes from `offset` on, `size` of them, a chunk at a time: the same that `isPattern` looks for. */
export function* pattern(offset: number, size: number): IterableIterator<Buffer> {
  for (let at = 0; at < size; at += CHUNK) {
    const from = (offset + at) % PERIOD;
    yield PATTERN.subarray(from, from + Math.min(CHUNK, size - at));
  }
}

/** Whether these bytes are what stands at `offset`. */
export function isPattern(bytes: Buffer, offset: number): boolean {
  let at = offset;
  for (let from = 0; from < bytes.length; from += CHUNK) {
    const piece = bytes.subarray(from, from + CHUNK);
    const start = at % PERIOD;
    if (!piece.equals(PATTERN.subarray(start, start + piece.length))) return false;
    at += piece.length;
  }
  return true;
}
