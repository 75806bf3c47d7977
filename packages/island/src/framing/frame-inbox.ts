import { FrameTooLargeError } from '../errors.ts';
import { ByteQueue } from './byte-queue.ts';
import type { Framing } from './framing.ts';

/**
 * The bytes that were read and not yet handled, cut into frames. Does for a connection with framing what `Inbox` does for
 * one without, with the same members. Pure: whoever reads puts them in.
 *
 * What a frame is can change between two frames. A frame longer than `packetSize` is an error, which stays: behind it
 * nobody knows where a frame begins. So does gen_tcp answer `{error, emsgsize}`; only the line that fills the buffer of its
 * driver before `packet_size` is reached does it hand on in pieces, which here never happens. A frame whose end never
 * comes because the client has closed is never handed on, as in OTP; `length` tells that there was one.
 */
export class FrameInbox {
  readonly #queue = new ByteQueue();
  #framing: Framing;
  /** As many bytes were looked at for the end of the line. */
  #searched = 0;

  constructor(framing: Framing) {
    this.#framing = framing;
  }

  /** How many bytes wait, those of frames that have not come completely too. */
  get length(): number {
    return this.#queue.length;
  }

  /** Whether `shift` would answer nothing: bytes may wait, but no frame. */
  get isEmpty(): boolean {
    return this.#frameEnd() === undefined;
  }

  /** Cuts what waits, and what comes, in another way from now on. */
  setFraming(framing: Framing): void {
    this.#framing = framing;
    this.#searched = 0;
  }

  push(chunk: Buffer): void {
    this.#queue.push(chunk);
  }

  /** Takes the next frame; undefined if it has not come completely. Throws `FrameTooLargeError`, and ever after. */
  shift(): Buffer | undefined {
    const end = this.#frameEnd();
    if (end === undefined) return undefined;
    if (end instanceof FrameTooLargeError) throw end;
    const { packet } = this.#framing;
    switch (packet) {
      case 'raw':
        return this.#queue.shift();
      case 'line':
        this.#searched = 0;
        return this.#queue.take(end);
      case 1:
      case 2:
      case 4:
        this.#queue.skip(packet);
        return this.#queue.take(end - packet);
      default:
        return packet satisfies never;
    }
  }

  /** Takes exactly `count` bytes, or all there are if `count` is 0, whatever the framing; undefined if there are not enough. */
  take(count: number): Buffer | undefined {
    if (this.#queue.length === 0 || this.#queue.length < count) return undefined;
    this.#searched = 0;
    return this.#queue.take(count === 0 ? this.#queue.length : count);
  }

  /** Answers how many of the bytes that wait are the next frame with its header; undefined if it has not come completely. */
  #frameEnd(): number | FrameTooLargeError | undefined {
    const { packet } = this.#framing;
    switch (packet) {
      case 'raw':
        return this.#queue.length === 0 ? undefined : this.#queue.length;
      case 'line':
        return this.#lineEnd();
      case 1:
      case 2:
      case 4:
        return this.#packetEnd(packet);
      default:
        return packet satisfies never;
    }
  }

  #lineEnd(): number | FrameTooLargeError | undefined {
    const { packetSize, lineDelimiter } = this.#framing;
    const found = this.#queue.indexOf(lineDelimiter, this.#searched);
    // The next look ends at once if it has been found, and goes on behind all that is there if not.
    this.#searched = found === -1 ? this.#queue.length : found;
    if (found === -1) return this.#queue.length < packetSize ? undefined : new FrameTooLargeError(packetSize);
    return found + 1 > packetSize ? new FrameTooLargeError(packetSize) : found + 1;
  }

  #packetEnd(headerLength: 1 | 2 | 4): number | FrameTooLargeError | undefined {
    if (this.#queue.length < headerLength) return undefined;
    let size = 0;
    for (let index = 0; index < headerLength; index += 1) size = size * 256 + this.#queue.at(index);
    if (size > this.#framing.packetSize) return new FrameTooLargeError(this.#framing.packetSize, size);
    const end = headerLength + size;
    return this.#queue.length < end ? undefined : end;
  }
}
