import { BadArgumentError } from '@thousand-island/runtime';
import { BadOptionError, ProxyProtocolError } from '../errors.ts';
import { checkKnown } from '../known-options.ts';
import { scanV1 } from './header-v1.ts';
import { scanV2 } from './header-v2.ts';
import type { ProxyHeader } from './proxy-header.ts';
import { moreScan, type ProxyScan } from './proxy-scan.ts';
import { V1_SIGNATURE, V2_FIXED_LENGTH, V2_MAX_LENGTH, V2_SIGNATURE } from './wire.ts';

/** What the bytes that a connection begins with come to. */
export type ProxyReading =
  /** A header may be there, and has not come completely. */
  | { readonly kind: 'more' }
  /** A header has come; `rest` are the bytes behind it, as they came. */
  | { readonly kind: 'header'; readonly header: ProxyHeader; readonly rest: Buffer }
  /** The connection does not begin with a header; `rest` is all that has come, as it came. */
  | { readonly kind: 'absent'; readonly rest: Buffer }
  /** It begins as a header does, and goes on as none may. `error.kind` says why; the connection is to be closed. */
  | { readonly kind: 'rejected'; readonly error: ProxyProtocolError };

/** What a reader of headers bears. */
export interface ProxyReaderOptions {
  /**
   * How long a header of version 2 may be, in bytes, from 16 to 65,551; 8,192 unless said, which is enough for the
   * certificate of a client. The line of version 1 is never longer than 107.
   */
  readonly maxHeaderBytes?: number;
}

const KNOWN = ['maxHeaderBytes'];
const MORE: ProxyReading = { kind: 'more' };
const NOTHING = Buffer.alloc(0);
const DEFAULT_MAX_HEADER_BYTES = 8192;

/** Reads the header of the PROXY protocol that bytes begin with, if all of it is there. Pure. Throws `BadArgumentError` for no bytes. */
export function parseProxyHeader(bytes: Uint8Array, options: ProxyReaderOptions = {}): ProxyReading {
  const buffer = bufferOf('bytes', bytes);
  return readingOf(scan(buffer, maxHeaderBytes(options)), buffer);
}

/**
 * Reads the header of the PROXY protocol that a connection begins with, version 1 or 2, however the network has cut it.
 * Source: haproxy's proxy-protocol.txt.
 *
 * Holds what has come of a header and nothing else, at most `maxHeaderBytes`. Whatever the bytes are, the worst is `rejected`. Who
 * uses it sees to a timeout, and whom to believe: a header from somebody else than a proxy is a lie.
 */
export class ProxyHeaderReader {
  readonly #maxHeaderBytes: number;
  /** Its first `#length` bytes are the beginning of a header. */
  #held: Buffer = NOTHING;
  #length = 0;

  /** Throws `BadOptionError`. */
  constructor(options: ProxyReaderOptions = {}) {
    this.#maxHeaderBytes = maxHeaderBytes(options);
  }

  /**
   * Takes what has come. After an answer that is not `more`, the reader has forgotten all, and begins anew. Throws
   * `BadArgumentError` for what are no bytes.
   */
  push(bytes: Uint8Array): ProxyReading {
    const chunk = bufferOf('bytes', bytes);
    if (this.#length === 0) {
      // Nearly always all of a header comes at once, and is read where it lies.
      const whole = scan(chunk, this.#maxHeaderBytes);
      if (whole.kind === 'more') this.#hold(chunk, whole.target);
      return readingOf(whole, chunk);
    }
    const before = this.#length;
    let used = 0;
    let reading = scan(this.#held.subarray(0, before), this.#maxHeaderBytes);
    while (reading.kind === 'more' && used < chunk.length) {
      const part = chunk.subarray(used, used + reading.target - this.#length);
      this.#hold(part, reading.target);
      used += part.length;
      reading = scan(this.#held.subarray(0, this.#length), this.#maxHeaderBytes);
    }
    switch (reading.kind) {
      case 'more':
        return MORE;
      case 'header':
        this.#forget();
        // What was there before was too little for a header: it ends in this chunk.
        return { kind: 'header', header: reading.header, rest: chunk.subarray(reading.length - before) };
      case 'absent': {
        const rest = Buffer.concat([this.#held.subarray(0, before), chunk]);
        this.#forget();
        return { kind: 'absent', rest };
      }
      case 'rejected':
        this.#forget();
        return reading;
      default:
        return reading satisfies never;
    }
  }

  /** Answers what it comes to when nothing more will come: `absent`, or rejected as `incomplete`. */
  end(): ProxyReading {
    const bytes = this.#held.subarray(0, this.#length);
    this.#forget();
    if (!startsWith(bytes, V1_SIGNATURE) && !startsWith(bytes, V2_SIGNATURE))
      return { kind: 'absent', rest: bytes };
    const error = new ProxyProtocolError(
      'incomplete',
      `nothing came after ${bytes.length} bytes of a PROXY header`,
    );
    return { kind: 'rejected', error };
  }

  #hold(part: Buffer, target: number): void {
    // Never byte by byte: there are three sizes at most, and what is held is copied twice at most.
    if (this.#held.length < target) {
      const larger = Buffer.allocUnsafe(target);
      this.#held.copy(larger, 0, 0, this.#length);
      this.#held = larger;
    }
    this.#length += part.copy(this.#held, this.#length);
  }

  #forget(): void {
    this.#held = NOTHING;
    this.#length = 0;
  }
}

function scan(bytes: Buffer, maxLength: number): ProxyScan {
  if (startsWith(bytes, V1_SIGNATURE)) return scanV1(bytes);
  if (startsWith(bytes, V2_SIGNATURE)) return scanV2(bytes, maxLength);
  if (startsWith(V1_SIGNATURE, bytes) || startsWith(V2_SIGNATURE, bytes)) return moreScan(V2_FIXED_LENGTH);
  return { kind: 'absent' };
}

function readingOf(result: ProxyScan, bytes: Buffer): ProxyReading {
  switch (result.kind) {
    case 'more':
      return MORE;
    case 'header':
      return { kind: 'header', header: result.header, rest: bytes.subarray(result.length) };
    case 'absent':
      return { kind: 'absent', rest: bytes };
    case 'rejected':
      return result;
    default:
      return result satisfies never;
  }
}

/** The same bytes, not a copy. */
function bufferOf(argument: string, bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  if (bytes instanceof Uint8Array) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  throw BadArgumentError.of(argument, 'bytes', bytes);
}

function startsWith(bytes: Buffer, start: Buffer): boolean {
  return bytes.length >= start.length && start.compare(bytes, 0, start.length) === 0;
}

function maxHeaderBytes(options: ProxyReaderOptions): number {
  checkKnown('a reader of PROXY headers', options, KNOWN);
  const { maxHeaderBytes = DEFAULT_MAX_HEADER_BYTES } = options;
  if (
    Number.isInteger(maxHeaderBytes) &&
    maxHeaderBytes >= V2_FIXED_LENGTH &&
    maxHeaderBytes <= V2_MAX_LENGTH
  ) {
    return maxHeaderBytes;
  }
  const allowed = `a whole number from ${V2_FIXED_LENGTH} to ${V2_MAX_LENGTH}`;
  throw BadOptionError.of('maxHeaderBytes', allowed, maxHeaderBytes);
}
