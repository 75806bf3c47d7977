import { type BodyReading, ChunkedBody } from './chunked-body.ts';
import { type RefusalStatus, type RequestHead, readHead } from './http-head.ts';

/** What a client's bytes mean to a server, in the order in which it must react. */
export type RequestEvent =
  /** The client waits for `100 Continue`. */
  | { readonly kind: 'expectsContinue' }
  /** A request has come, with all of its body. */
  | { readonly kind: 'request'; readonly head: RequestHead }
  /** What came is refused. It is the last event. */
  | { readonly kind: 'refused'; readonly status: RefusalStatus };

const NOTHING = Buffer.alloc(0);
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Cuts one connection's bytes into requests, however the network has cut them. Bodies are skipped. */
export class HttpRequests {
  /** The beginning of a head, or of a line of a body in chunks. */
  #pending: Buffer = NOTHING;
  /** The request whose body is still to come. */
  #head: RequestHead | undefined = undefined;
  #bodyLeft = 0;
  /** What that body is read with if it comes in chunks. */
  #chunks: ChunkedBody | undefined = undefined;
  #over = false;

  /** Whether a request has begun and not ended. */
  get isWithinRequest(): boolean {
    return this.#pending.length > 0 || this.#head !== undefined;
  }

  /** Takes what has come, and answers what it brings to light. */
  push(chunk: Buffer): RequestEvent[] {
    const events: RequestEvent[] = [];
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (!this.#over) {
      if (this.#head !== undefined) {
        const { rest, outcome } = this.#skipBody(bytes);
        bytes = rest;
        if (outcome === 'incomplete') break;
        if (outcome !== 'over') {
          events.push({ kind: 'refused', status: outcome });
          this.#over = true;
          break;
        }
        events.push({ kind: 'request', head: this.#head });
        // RFC 9112, 9.6: after the last request, whatever comes is none.
        this.#over = !this.#head.keepAlive;
        this.#head = undefined;
        continue;
      }
      bytes = withoutEmptyLines(bytes);
      if (bytes.length === 0) break;
      const reading = readHead(bytes);
      if (reading.kind === 'incomplete') break;
      if (reading.kind === 'refused') {
        events.push(reading);
        this.#over = true;
        break;
      }
      bytes = bytes.subarray(reading.length);
      this.#head = reading.head;
      const { bodyLength, expectsContinue } = reading.head;
      this.#chunks = bodyLength === 'chunked' ? new ChunkedBody() : undefined;
      this.#bodyLeft = bodyLength === 'chunked' ? 0 : bodyLength;
      const awaited = expectsContinue && bodyLength !== 0 && bytes.length === 0;
      if (awaited) events.push({ kind: 'expectsContinue' });
    }
    this.#pending = this.#over ? NOTHING : bytes;
    return events;
  }

  #skipBody(bytes: Buffer): BodyReading {
    if (this.#chunks !== undefined) return this.#chunks.take(bytes);
    const skipped = Math.min(this.#bodyLeft, bytes.length);
    this.#bodyLeft -= skipped;
    return { rest: bytes.subarray(skipped), outcome: this.#bodyLeft > 0 ? 'incomplete' : 'over' };
  }
}

/** Those that come before a request, or after a body, begin none: RFC 9112, 2.2. */
function withoutEmptyLines(bytes: Buffer): Buffer {
  let start = 0;
  for (;;) {
    const end = bytes[start] === CARRIAGE_RETURN ? start + 1 : start;
    if (bytes[end] !== LINE_FEED) return start === 0 ? bytes : bytes.subarray(start);
    start = end + 1;
  }
}
