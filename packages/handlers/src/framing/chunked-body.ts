import { HEADER_LINE, MAX_HEAD_LENGTH } from './http-head.ts';

/** The longest line in front of a chunk, its end included: a length, and extensions, which nobody here knows. */
const MAX_SIZE_LINE = 1024;
/** RFC 9112, 7.1. Thirteen digits are as many as a number can hold exactly. */
const SIZE_LINE = /^([\da-f]{1,13})(?:[ \t]*;[^\0\r]*)?$/i;
const LINE_FEED = 0x0a;

/** How far a body has come: what is left of the bytes, and whether it goes on, is over, or is refused with a status. */
export interface BodyReading {
  readonly rest: Buffer;
  readonly outcome: 'incomplete' | 'over' | 400 | 431;
}

/**
 * Finds the end of a body that comes in chunks, however the network has cut them; extensions and trailers are skipped. RFC 9112, 7.1.
 *
 * Its lines end with CRLF alone. Who takes less for a line's end than the proxy in front takes another request for the next.
 */
export class ChunkedBody {
  #next: 'size' | 'data' | 'dataEnd' | 'trailer' = 'size';
  #dataLeft = 0;
  #trailersLeft = MAX_HEAD_LENGTH;

  /**
   * Takes of `bytes` what belongs to the body, and answers what is left: the beginning of a line, or, when it is over, what comes
   * behind it.
   */
  take(bytes: Buffer): BodyReading {
    let rest = bytes;
    while (rest.length > 0) {
      if (this.#next === 'data') {
        const skipped = Math.min(this.#dataLeft, rest.length);
        rest = rest.subarray(skipped);
        this.#dataLeft -= skipped;
        if (this.#dataLeft === 0) this.#next = 'dataEnd';
        continue;
      }
      const limit = this.#limit();
      const end = rest.subarray(0, limit).indexOf(LINE_FEED);
      if (end === -1) {
        if (rest.length < limit) break;
        return { rest, outcome: this.#next === 'trailer' ? 431 : 400 };
      }
      const line = rest.toString('latin1', 0, end);
      rest = rest.subarray(end + 1);
      const outcome = line.endsWith('\r') ? this.#takeLine(line.slice(0, -1)) : 400;
      if (outcome !== 'incomplete') return { rest, outcome };
    }
    return { rest, outcome: 'incomplete' };
  }

  #limit(): number {
    if (this.#next === 'trailer') return this.#trailersLeft;
    return this.#next === 'size' ? MAX_SIZE_LINE : '\r\n'.length;
  }

  #takeLine(line: string): 'incomplete' | 'over' | 400 {
    if (this.#next === 'trailer') {
      if (line === '') return 'over';
      this.#trailersLeft -= line.length + '\r\n'.length;
      return HEADER_LINE.test(line) ? 'incomplete' : 400;
    }
    if (this.#next === 'dataEnd') {
      this.#next = 'size';
      return line === '' ? 'incomplete' : 400;
    }
    const size = SIZE_LINE.exec(line)?.[1];
    if (size === undefined) return 400;
    this.#dataLeft = Number.parseInt(size, 16);
    this.#next = this.#dataLeft === 0 ? 'trailer' : 'data';
    return 'incomplete';
  }
}
