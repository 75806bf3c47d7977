import { BadArgumentError } from '@thousand-island/runtime';
import type { SocketAddress } from '../transport.ts';
import { type MemoryDirection, type Pieces, systemError, type Wire } from './wire.ts';

/** How one direction of a connection begins; see `MemoryDirection`. */
export interface MemoryDirectionOptions {
  readonly held?: boolean;
  readonly pieces?: Pieces;
  readonly cutAfter?: number;
}

/** Who connects, and how the two directions of the connection begin. */
export interface MemoryConnectOptions {
  /** The client's address; 127.0.0.1 and a port that no other client has unless said. */
  readonly remote?: Partial<SocketAddress>;
  /** Whether the client reads nothing until `resume()`; false unless said. */
  readonly paused?: boolean;
  /** Whether it goes on speaking when the server has said goodbye; unless said it says goodbye too, as clients of Node do. */
  readonly halfOpen?: boolean;
  readonly toServer?: MemoryDirectionOptions;
  readonly toClient?: MemoryDirectionOptions;
}

interface Reader {
  readonly count: number;
  readonly resolve: (bytes: Buffer) => void;
  readonly reject: (error: Error) => void;
}

/** What the two ends of a connection share. Made by the transport. */
export interface Pair {
  readonly toServer: Wire;
  readonly toClient: Wire;
  /** Breaks the connection for the server. */
  readonly breakServer: (code: string) => void;
}

/** The client's end of a connection in memory. Nothing that befalls it is uncaught. */
export class MemoryClient implements AsyncDisposable {
  /** What the client sends, and what can befall it on its way. */
  readonly toServer: MemoryDirection;
  /** What the server sends, and what can befall it on its way. */
  readonly toClient: MemoryDirection;
  /** Resolves when the connection is over for both sides: with `'end'`, or with the code of what broke it. */
  readonly closed: Promise<string>;
  readonly #pair: Pair;
  readonly #isHalfOpen: boolean;
  readonly #readers: Reader[] = [];
  #resolveClosed: (how: string) => void = () => {};
  #chunks: Buffer[] = [];
  #length = 0;
  #isPaused: boolean;
  #isReading = false;
  /** The server has said goodbye, or the connection has broken. */
  #isOver = false;
  #hasEnded = false;
  #failure: string | undefined = undefined;

  /** Left to the network. */
  constructor(pair: Pair, options: MemoryConnectOptions) {
    this.#pair = pair;
    this.toServer = pair.toServer;
    this.toClient = pair.toClient;
    this.#isPaused = options.paused ?? false;
    this.#isHalfOpen = options.halfOpen ?? false;
    this.closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    this.#listen();
  }

  /** Sends; resolves when the wire has taken it, which waits for a server that does not read. Rejects with EPIPE or ECONNRESET. */
  send(data: string | Uint8Array): Promise<void> {
    if (typeof data !== 'string' && !(data instanceof Uint8Array))
      throw BadArgumentError.of('data', 'a string or bytes', data);
    const sent = new Promise<void>((resolve, reject) => {
      const code = this.#failure ?? (this.#hasEnded ? 'EPIPE' : undefined);
      if (code !== undefined) reject(systemError('write', code));
      else this.#pair.toServer.write(Buffer.from(data), (error) => (error ? reject(error) : resolve()));
    });
    sent.catch(() => {});
    return sent;
  }

  /** Resolves to exactly so many bytes; rejects if the server closes before. */
  read(count: number): Promise<Buffer> {
    if (!Number.isInteger(count) || count < 0)
      throw BadArgumentError.of('count', 'a whole number of bytes >= 0', count);
    return this.#read(count);
  }

  /** As `read`, as text. */
  async readText(count: number): Promise<string> {
    return (await this.read(count)).toString();
  }

  /** Resolves to all that comes until the server closes its side, or the connection breaks. */
  readAll(): Promise<Buffer> {
    return this.#read(Number.POSITIVE_INFINITY);
  }

  /** Says that nothing more will come, after what was sent before and `data`; still reads. */
  end(data?: string | Uint8Array): void {
    if (this.#hasEnded) return;
    const isAllTaken = data === undefined && !this.#pair.toServer.isFull;
    const sent = isAllTaken ? undefined : this.send(data ?? '');
    this.#hasEnded = true;
    const end = (): void => {
      this.#pair.toServer.end();
      this.#closeIfOver();
    };
    if (sent === undefined) end();
    else sent.then(end, end);
  }

  /** Reads nothing any more, so that the server has to wait for what it sends. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Reads on, after `pause()`. */
  resume(): void {
    this.#isPaused = false;
    this.#listen();
  }

  /** Breaks the connection: the server gets ECONNRESET, and nothing that is under way. */
  reset(): void {
    this.#pair.breakServer('ECONNRESET');
    this.break('ECONNRESET');
  }

  /** @internal The connection broke. */
  break(code: string): void {
    if (this.#failure !== undefined) return;
    this.#failure = code;
    this.#isOver = true;
    this.#pair.toClient.close();
    this.#feed();
    this.#resolveClosed(code);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver || !this.#hasEnded) this.reset();
    await this.closed;
  }

  #read(count: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#readers.push({ count, resolve, reject });
      this.#feed();
    });
  }

  #listen(): void {
    if (this.#isReading || this.#isPaused || this.#isOver) return;
    this.#isReading = true;
    this.#pair.toClient.whenReadable(() => {
      this.#isReading = false;
      if (this.#isPaused) return;
      const piece = this.#pair.toClient.take();
      const { endCode } = this.#pair.toClient;
      if (piece === 'end' && endCode !== undefined) this.break(endCode);
      else if (piece === 'end') this.#onEnd();
      else if (piece !== undefined) {
        this.#chunks.push(piece);
        this.#length += piece.length;
        this.#feed();
      }
      this.#listen();
    });
  }

  #onEnd(): void {
    this.#isOver = true;
    this.#feed();
    if (!this.#isHalfOpen) this.end();
    this.#closeIfOver();
  }

  #closeIfOver(): void {
    if (this.#isOver && this.#hasEnded) this.#resolveClosed('end');
  }

  #feed(): void {
    for (let reader = this.#readers[0]; reader !== undefined; reader = this.#readers[0]) {
      const { count } = reader;
      if (!this.#isOver && this.#length < count) return;
      this.#readers.shift();
      if (count === Number.POSITIVE_INFINITY || this.#length >= count) reader.resolve(this.#take(count));
      else {
        const how = this.#failure ?? 'the server closed';
        reader.reject(new Error(`${how} after ${this.#length} of ${count} bytes`));
      }
    }
  }

  #take(count: number): Buffer {
    const all = Buffer.concat(this.#chunks, this.#length);
    const taken = all.subarray(0, count);
    this.#chunks = taken.length < all.length ? [all.subarray(taken.length)] : [];
    this.#length -= taken.length;
    return taken;
  }
}
