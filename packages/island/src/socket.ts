import type { Socket as RawSocket } from 'node:net';
import { BadArgumentError, type Resource, type Self } from '@thousand-island/runtime';
import { SendOverflowError, SocketBusyError, SocketClosedError, SocketError } from './errors.ts';
import { Inbox, type PendingRecv, READ_HIGH_WATER, recvTimeout } from './inbox.ts';
import { Outbox, SEND_HIGH_WATER } from './outbox.ts';
import type { SocketAddress, SocketStatistics } from './transport.ts';

/** What can be sent: text as UTF-8, bytes, or several of these in one go. */
export type SendData = string | Uint8Array | readonly (string | Uint8Array)[];

/** The limits of a socket; part of the server's configuration. */
export interface SocketLimits {
  readonly readTimeout: number;
  readonly sendTimeout: number;
  readonly maxSendBuffer: number;
}

/** Why a socket is over: the client has said its last word, it broke, or we closed it. */
export type SocketEnd = { readonly kind: 'closed' } | { readonly kind: 'error'; readonly error: Error };

// What `send` answers when nobody needs to wait. One promise for all, which a caller can tell by identity.
const SENT: Promise<void> = Promise.resolve();
const PORT = Symbol('socket');

interface Marked extends RawSocket {
  [PORT]: Socket;
}

function onData(this: RawSocket, chunk: Buffer): void {
  (this as Marked)[PORT].onData(chunk);
}

function onEnd(this: RawSocket): void {
  (this as Marked)[PORT].onEnd();
}

function onError(this: RawSocket, error: Error): void {
  (this as Marked)[PORT].onError(error);
}

function onClose(this: RawSocket): void {
  (this as Marked)[PORT].onClose();
}

/**
 * One connection's socket, as handlers use it. Elixir: `ThousandIsland.Socket`.
 *
 * Its error listener is attached when it is made and stays until Node has closed it, so that no error of a connection is
 * ever uncaught. It belongs to one process; when that ends, it is closed.
 */
export class Socket implements Resource {
  readonly #raw: RawSocket;
  readonly #limits: SocketLimits;
  readonly #inbox = new Inbox();
  #outbox: Outbox | undefined = undefined;
  #self: Self | undefined = undefined;
  #recv: PendingRecv | undefined = undefined;
  #end: SocketEnd | undefined = undefined;
  /** Set while the socket waits for the client to say goodbye. */
  #onGoodbye: (() => void) | undefined = undefined;
  #active = false;
  /** The handler does not want to hear any more. */
  #deaf = false;
  #notified = false;
  #busy = false;
  #batching = false;
  #sentInBatch = false;
  #sentCount = 0;
  #receivedCount = 0;

  /** @internal */
  constructor(raw: RawSocket, limits: SocketLimits) {
    this.#raw = raw;
    this.#limits = limits;
    (raw as Marked)[PORT] = this;
    raw.on('error', onError);
    raw.on('close', onClose);
  }

  /** The client's address; undefined if first asked for when the socket is closed. Asking costs a system call, once. */
  peername(): SocketAddress | undefined {
    const { remoteAddress: address, remotePort: port, remoteFamily: family } = this.#raw;
    return address === undefined ? undefined : { address, port: port ?? 0, family: family ?? '' };
  }

  /** The server's address of this connection; undefined once the socket is closed. */
  sockname(): SocketAddress | undefined {
    const { localAddress: address, localPort: port, localFamily: family } = this.#raw;
    return address === undefined ? undefined : { address, port: port ?? 0, family: family ?? '' };
  }

  /** Whether the socket is closed for good. */
  get isClosed(): boolean {
    return this.#raw.destroyed;
  }

  /** What went over the socket so far. `sentBytes` counts what the kernel has taken. */
  getstat(): SocketStatistics {
    return {
      sentBytes: this.#raw.bytesWritten - this.#raw.writableLength,
      sentCount: this.#sentCount,
      receivedBytes: this.#raw.bytesRead,
      receivedCount: this.#receivedCount,
    };
  }

  /**
   * Sends. Resolves when the kernel has taken the data or little enough of it waits; so awaiting it, or returning it from a
   * callback, makes a handler as slow as its client. Rejects with `SocketClosedError`, `SocketError`, `SendTimeoutError`
   * or `SendOverflowError`. A rejection that nobody looks at is no unhandled rejection.
   */
  send(data: SendData): Promise<void> {
    const raw = this.#raw;
    if (raw.destroyed || raw.writableEnded) return rejected(this.#endError());
    if (raw.writableLength > this.#limits.maxSendBuffer) return this.#overflow();
    if (this.#batching) {
      // The first send of a callback goes out at once, the others together at its end.
      if (this.#sentInBatch) raw.cork();
      this.#sentInBatch = true;
    }
    this.#sentCount++;
    this.#write(data);
    if (raw.writableLength <= SEND_HIGH_WATER) return SENT;
    this.#uncork();
    if (raw.writableLength <= SEND_HIGH_WATER || this.#self === undefined) return SENT;
    this.#outbox ??= new Outbox(raw, this.#self, this.#limits.sendTimeout, (error) => this.#destroy(error));
    return handled(this.#outbox.drained());
  }

  /**
   * Reads in a straight line: resolves to exactly `count` bytes, or to what there is when `count` is 0, waiting for the
   * first. While it waits, `handleData` is not called. Rejects with `RecvTimeoutError` after `timeout` ms (the server's
   * `readTimeout` unless said), with `SocketClosedError` or `SocketError`.
   */
  recv(count = 0, options: { readonly timeout?: number | 'infinity' } = {}): Promise<Buffer> {
    if (!Number.isInteger(count) || count < 0)
      throw BadArgumentError.of('count', 'a whole number of bytes >= 0', count);
    if (this.#recv !== undefined)
      return rejected(new SocketBusyError('a recv is waiting on this socket already'));
    const data = this.#inbox.take(count);
    if (data !== undefined) return Promise.resolve(data);
    if (this.#end !== undefined) return rejected(this.#endError());
    if (this.#deaf) return rejected(new SocketClosedError('the socket does not listen any more'));
    const self = this.#self;
    if (self === undefined) return rejected(new SocketClosedError('the socket has no process'));
    const timeout = options.timeout ?? this.#limits.readTimeout;
    const timeoutMs = timeout === 'infinity' ? Number.POSITIVE_INFINITY : timeout;
    return new Promise((resolve, reject) => {
      const timer =
        timeoutMs === Number.POSITIVE_INFINITY
          ? undefined
          : self.callAfter(timeoutMs, () => {
              this.#recv = undefined;
              reject(recvTimeout(count, timeoutMs, this.#inbox.length));
              this.#goOn();
            });
      const settle = (): void => {
        this.#recv = undefined;
        if (timer !== undefined) self.cancelTimer(timer);
      };
      this.#recv = {
        count,
        resolve: (bytes) => {
          settle();
          resolve(bytes);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      this.#raw.resume();
    });
  }

  /**
   * Closes one direction: `'write'` says goodbye to the client and still reads; `'read'` stops listening to it: what it sends
   * is thrown away, and only its end is noticed.
   */
  shutdown(way: 'read' | 'write' | 'readWrite'): void {
    if (way !== 'read') this.#raw.end();
    if (way === 'readWrite') this.close();
    if (way !== 'read') return;
    this.#deaf = true;
    this.#inbox.take(0);
    this.#recv?.reject(new SocketClosedError('the socket does not listen any more'));
  }

  /** Closes the socket at once. What was sent and not yet taken by the kernel is lost; `close()` of a result waits for it. */
  close(): void {
    this.#raw.destroy();
  }

  /** @internal Ties the socket to the process that serves it, and is told of what comes. */
  attach(self: Self): void {
    this.#self = self;
    this.#raw.on('data', onData);
    this.#raw.on('end', onEnd);
  }

  /** @internal From now on the owner is told of what comes. Until then it only comes to those who `recv`. */
  activate(): void {
    this.#active = true;
    if (this.#end !== undefined || !this.#inbox.isEmpty) this.#notify();
    if (this.#end === undefined) this.#raw.resume();
  }

  /** @internal While the owner is in an async callback, reading pauses as soon as something has come. */
  setBusy(busy: boolean): void {
    this.#busy = busy;
    // Not before all that has come is handled: a slow callback is not to have ever more read ahead of it.
    if (!busy && this.#raw.isPaused() && this.#inbox.isEmpty && this.#end === undefined) {
      this.#raw.resume();
    }
  }

  /** @internal The owner looks at what has come; it is told again of what comes after. */
  look(): void {
    this.#notified = false;
  }

  /** @internal Whether chunks wait for `handleData`. */
  get hasChunks(): boolean {
    return this.#recv === undefined && !this.#inbox.isEmpty;
  }

  /** @internal Tells the owner once more, after other messages, if something has come or the socket is over. */
  lookAgain(): void {
    if (this.hasChunks || this.#end !== undefined) this.#notify();
  }

  /** @internal The next chunk for `handleData`. */
  nextChunk(): Buffer | undefined {
    return this.#recv === undefined ? this.#inbox.shift() : undefined;
  }

  /** @internal Whether nothing is to come any more, and why. Only to be asked when all chunks have been taken. */
  get end(): SocketEnd | undefined {
    return this.#end;
  }

  /** @internal What is sent from here on may wait for `endBatch`. */
  beginBatch(): void {
    this.#batching = true;
    this.#sentInBatch = false;
  }

  /** @internal Sends what has waited. */
  endBatch(): void {
    this.#batching = false;
    if (this.#raw.writableCorked > 0) this.#uncork();
  }

  /**
   * @internal Closes when all that was sent has been taken, or could not be in `sendTimeout`. With `lingerMs`, it then says
   * goodbye, and waits so long for the client to do the same; what still comes is not looked at.
   */
  finish(lingerMs: number): Promise<void> | undefined {
    this.#uncork();
    const raw = this.#raw;
    const self = this.#self;
    if (raw.destroyed || self === undefined || !self.alive) return undefined;
    const lingers = lingerMs > 0 && this.#end === undefined;
    if (raw.writableLength === 0) return lingers ? this.#linger(self, lingerMs) : undefined;
    this.#outbox ??= new Outbox(raw, self, this.#limits.sendTimeout, (error) => this.#destroy(error));
    const flushed = handled(this.#outbox.drained()).catch(() => {});
    return lingers ? flushed.then(() => this.#linger(self, lingerMs)) : flushed;
  }

  #linger(self: Self, lingerMs: number): Promise<void> | undefined {
    if (this.#end !== undefined || this.#raw.destroyed) return undefined;
    return new Promise((resolve) => {
      this.#onGoodbye = resolve;
      self.callAfter(lingerMs, resolve);
      this.#raw.end();
      this.#raw.resume();
    });
  }

  /** @internal */
  onData(chunk: Buffer): void {
    if (this.#onGoodbye !== undefined) return;
    if (this.#deaf) return;
    this.#receivedCount++;
    this.#inbox.push(chunk);
    if (this.#recv !== undefined) this.#feedRecv(this.#recv);
    else {
      if (this.#busy || !this.#active || this.#inbox.length >= READ_HIGH_WATER) this.#raw.pause();
      this.#notify();
    }
  }

  /** @internal */
  onEnd(): void {
    this.#over({ kind: 'closed' });
  }

  /** @internal */
  onError(cause: Error): void {
    this.#over({
      kind: 'error',
      error: new SocketError(`the connection broke: ${cause.message}`, { cause }),
    });
  }

  /** @internal */
  onClose(): void {
    this.#over({ kind: 'closed' });
    this.#outbox?.fail(this.#endError());
  }

  #feedRecv(recv: PendingRecv): void {
    const data = this.#inbox.take(recv.count);
    if (data === undefined) return;
    // Nobody may want more for now: the next recv, or the end of the callback, reads on.
    if (this.#busy || !this.#active) this.#raw.pause();
    recv.resolve(data);
    this.#goOn();
  }

  /** A recv is over; if no callback was waiting for it, none will look at what is left. */
  #goOn(): void {
    if (!this.#busy) this.lookAgain();
  }

  #over(end: SocketEnd): void {
    if (this.#end !== undefined && (this.#end.kind === 'error' || end.kind === 'closed')) return;
    this.#end = end;
    this.#recv?.reject(this.#endError());
    this.#onGoodbye?.();
    this.#notify();
  }

  #notify(): void {
    if (!this.#active || this.#notified) return;
    this.#notified = true;
    this.#self?.sendSelfAfterIo(this);
  }

  #write(data: SendData): void {
    if (typeof data === 'string' || data instanceof Uint8Array) {
      if (data.length > 0) this.#raw.write(data);
      return;
    }
    if (!Array.isArray(data)) throw BadArgumentError.of('data', 'a string, bytes or a list of these', data);
    this.#raw.cork();
    for (const part of data) this.#write(part);
    this.#raw.uncork();
  }

  #uncork(): void {
    while (this.#raw.writableCorked > 0) this.#raw.uncork();
  }

  #overflow(): Promise<void> {
    const { maxSendBuffer } = this.#limits;
    const error = new SendOverflowError(`more than ${maxSendBuffer} bytes wait for the client to take them`);
    this.#destroy(error);
    return rejected(error);
  }

  #destroy(error: Error): void {
    this.#over({ kind: 'error', error });
    this.#raw.destroy();
  }

  #endError(): Error {
    return this.#end?.kind === 'error' ? this.#end.error : new SocketClosedError('the socket is closed');
  }
}

/** Whether this is what `send` answers when nobody needs to wait. @internal */
export function isSent(value: unknown): boolean {
  return value === SENT;
}

function rejected<Value>(error: Error): Promise<Value> {
  return handled(Promise.reject(error));
}

// Those who await it still see the rejection; for those who do not, the connection's own end tells.
function handled<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}
