import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import { Duplex } from 'node:stream';
import type { ChunkReceiver, RawSocket } from '../transport.ts';
import { ReadBuffers } from './read-buffers.ts';
import { type Listeners, SharedListeners } from './shared-listeners.ts';
import { SharedLists } from './shared-lists.ts';
import { takenOf } from './taken.ts';

/** What Node's listening handle gives, and takes back, for a connection. */
export interface ConnectionHandle {
  setNoDelay?(noDelay: boolean): void;
}

// biome-ignore lint/suspicious/noExplicitAny: as Node declares it.
type Listener = (...values: any[]) => void;

const buffers = new ReadBuffers();
/** Node asks for it right after a read has been told; before the first one, it is the one that all share. */
let next = buffers.shared;

const shared = new SharedListeners();
const lists = new SharedLists();

const ONREAD: OnReadOpts = {
  buffer() {
    const buffer = next;
    next = buffers.shared;
    return buffer;
  },
  callback(this: AcceptedSocket, length: number, buffer: Uint8Array): boolean {
    return this.onRead(length, buffer as Buffer);
  },
};

/**
 * A socket that has been accepted. Its chunks go straight to who is to receive them, past the stream; while nobody is, they go
 * into the stream as they do for every `net.Socket`, whose events, methods and errors it has in any case.
 */
export class AcceptedSocket extends Socket implements RawSocket {
  /** Not there as long as nothing is known to be lost: a word less in each socket. */
  declare takenAtEnd: number | undefined;
  #receiver: ChunkReceiver | undefined = undefined;

  /** `noDelay` is what `handle` has been told, or has inherited. */
  constructor(handle: ConnectionHandle, noDelay: boolean) {
    // Half-open, so that a client which has said all it had to say still gets its answer; we close our side ourselves. Not
    // paused: what is read before anybody listens stays in the stream, is bounded there, and is one stop less.
    const options = { handle, noDelay, allowHalfOpen: true, readable: true, writable: true, onread: ONREAD };
    super(options as SocketConstructorOpts);
    // Node's own listener, of `'end'`, minds only sockets that are not half-open.
    shared.clear(this);
    lists.share(this);
  }

  /** Has these hear of it from now on. They are to be the same for all sockets, which then keep no list of their own. */
  listenWith(listeners: Listeners): void {
    shared.add(this, listeners);
  }

  override on(event: string | symbol, listener: Listener): this {
    shared.part(this);
    return super.on(event as string, listener);
  }

  override addListener(event: string | symbol, listener: Listener): this {
    return this.on(event, listener);
  }

  override prependListener(event: string | symbol, listener: Listener): this {
    shared.part(this);
    return super.prependListener(event as string, listener);
  }

  override off(event: string | symbol, listener: Listener): this {
    return this.removeListener(event, listener);
  }

  override removeListener(event: string | symbol, listener: Listener): this {
    shared.part(this);
    return super.removeListener(event, listener);
  }

  override removeAllListeners(event?: string | symbol): this {
    shared.part(this);
    return event === undefined ? super.removeAllListeners() : super.removeAllListeners(event);
  }

  override push(chunk: unknown, encoding?: BufferEncoding): boolean {
    // The end, which null tells, puts in what a decoder has left at the most: of bytes that were pushed before.
    if (chunk !== null) lists.part(this);
    return super.push(chunk, encoding);
  }

  /** Answers as `push` does, which Node's declaration does not say. */
  override unshift(chunk: unknown, encoding?: BufferEncoding): boolean {
    lists.part(this);
    return super.unshift(chunk, encoding) as unknown as boolean;
  }

  override pipe<To extends NodeJS.WritableStream>(to: To, options?: { end?: boolean }): To {
    lists.part(this);
    return super.pipe(to, options);
  }

  get receiver(): ChunkReceiver | undefined {
    return this.#receiver;
  }

  set receiver(receiver: ChunkReceiver | undefined) {
    if (this.#receiver === receiver) return;
    this.#receiver = receiver;
    if (receiver === undefined) {
      // The stream has waited for its first chunk all the time: an empty one makes it ask for the next.
      this.push('');
      return;
    }
    const early: Buffer | null = this.readableLength > 0 ? this.read() : null;
    if (early !== null) receiver.onData(early);
    if (this.isPaused()) super.pause();
  }

  override pause(): this {
    if (this.#receiver !== undefined) return super.pause();
    // Node stops reading what is read into buffers that it is given. A stream reads on, as far as its bounds go: who waits for
    // `'readable'` asks for nothing, and would never hear of it.
    Duplex.prototype.pause.call(this);
    return this;
  }

  /** Answers whether to read on. */
  onRead(length: number, buffer: Buffer): boolean {
    const receiver = this.#receiver;
    if (receiver === undefined || this.listenerCount('data') > 0)
      return tell(this, buffers.copy(buffer, length));
    const chunk = buffers.take(buffer, length);
    next = buffers.next(this, length);
    receiver.onData(chunk);
    return true;
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    // Afterwards nobody knows: Node counts what it was given, and forgets what has waited.
    if (this.writableLength > 0) this.takenAtEnd = takenOf(this);
    buffers.release(this);
    this.#receiver = undefined;
    super._destroy(error, callback);
  }
}

// A function, not a private method: an object of a class with private methods is a word larger for it.
/** For those who listen to the stream, which may throw; Node then does not ask for another buffer, so that none is given away. */
function tell(socket: AcceptedSocket, chunk: Buffer): boolean {
  buffers.release(socket);
  if (socket.receiver === undefined) return socket.push(chunk);
  socket.emit('data', chunk);
  socket.receiver?.onData(chunk);
  return true;
}
