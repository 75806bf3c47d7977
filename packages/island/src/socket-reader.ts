import { inspect } from 'node:util';
import type { Self } from '@thousand-island/runtime';
import { SocketBusyError, SocketClosedError, SocketError } from './errors.ts';
import { FrameInbox } from './framing/frame-inbox.ts';
import type { Framing } from './framing/framing.ts';
import { Inbox, READ_HIGH_WATER } from './inbox.ts';
import { type OwnFraming, PendingRecv, type RecvObserver } from './pending-recv.ts';
import { rejected } from './sending.ts';
import { ACTIVE, BUSY, DEAF, HEARING, LENT, NOTIFIED, OURS } from './socket-reader-flags.ts';
import { type Passed, passed, type Waits } from './socket-waits.ts';
import type { RawSocket } from './transport.ts';
import { AcceptedSocket } from './transports/accepted-socket.ts';

/** Why a socket is over: the client has said its last word, it broke, or we closed it. */
export type SocketEnd = { readonly kind: 'closed' } | { readonly kind: 'error'; readonly error: Error };

const READER = Symbol('reader');

interface Marked extends RawSocket {
  [READER]: SocketReader | undefined;
}

function onData(this: RawSocket, chunk: Buffer): void {
  (this as Marked)[READER]?.onData(chunk);
}

// When TLS has been laid over a raw socket, that one says what happens.
function onEnd(this: RawSocket): void {
  const reader = (this as Marked)[READER];
  if (reader?.raw === this) reader.onEnd();
}

function onError(this: RawSocket, cause: Error): void {
  const error = new SocketError(`the connection broke: ${cause.message}`, { cause });
  (this as Marked)[READER]?.over({ kind: 'error', error });
}

// Node's handle, and with it the socket, outlives all young collections: it is not to take the connection along.
function onClose(this: RawSocket): void {
  const reader = (this as Marked)[READER];
  (this as Marked)[READER] = undefined;
  if (reader?.raw === this) reader.onClose();
}

const LISTENERS = { error: onError, end: onEnd, close: onClose };

/**
 * The half of a socket that reads: what has come and was not handled, who waits for it, and the end.
 *
 * It tells the connection's process with itself as the message, once until that looks; `handleData` and `recv` take from the
 * same bytes. Reading pauses when the process is in an async callback, or too much has come.
 *
 * Its methods are private for the compiler alone: JavaScript's private methods are a word more in each object.
 */
export class SocketReader {
  /** Where it reads from. */
  raw: RawSocket;
  /** Nothing is to come any more, and why. For the process to ask when all chunks have been taken. */
  end: SocketEnd | undefined = undefined;
  /** The process that serves it, which is told of what is heard; given when there is one. */
  self: Self | undefined = undefined;
  receivedCount = 0;
  /** What has come, as long as it is one chunk that nobody has cut: a connection that is served message by message has no list. */
  #chunk: Buffer | undefined = undefined;
  #inbox: Inbox | FrameInbox | undefined = undefined;
  #waits: Waits | undefined = undefined;
  #flags = 0;

  constructor(raw: RawSocket) {
    this.raw = raw;
    this.guard(raw);
  }

  // From the first moment until Node has closed it: no error of it is ever uncaught, and no goodbye said to nobody.
  private guard(raw: RawSocket): void {
    (raw as Marked)[READER] = this;
    if (raw instanceof AcceptedSocket) raw.listenWith(LISTENERS);
    else raw.on('error', onError).on('end', onEnd).on('close', onClose);
  }

  /** Hears from now on what comes, for the process that it has by now; what nobody has heard yet too. */
  hear(): void {
    if ((this.#flags & HEARING) !== 0) return;
    this.#flags |= HEARING;
    const { raw } = this;
    if ('receiver' in raw) raw.receiver = this;
    else raw.on('data', onData);
  }

  /**
   * Hears nothing for now; what has come and was not taken is put back for who reads from `raw` next. Answers what had gone over
   * it by then; undefined if nothing had.
   */
  letGo(): Passed | undefined {
    this.#flags |= LENT;
    const { raw } = this;
    if ((this.#flags & HEARING) === 0) return undefined;
    this.#flags &= ~HEARING;
    raw.pause();
    if ('receiver' in raw) raw.receiver = undefined;
    else raw.off('data', onData);
    const early = this.takeBytes(0);
    if (early !== undefined) raw.unshift(early);
    return passed(raw);
  }

  /** Goes on with another raw socket, which lies over the one before: errors of that one come through it. */
  goOnWith(raw: RawSocket, before: Passed | undefined): void {
    if (raw !== this.raw) {
      this.raw = raw;
      this.guard(raw);
      if (before !== undefined) this.ownWaits().before = before;
    }
    raw.pause();
    this.#flags &= ~LENT;
    this.hear();
    if (raw.readableEnded) this.onEnd();
  }

  /** From now on the owner is told of what comes. Until then it only comes to those who `recv`. */
  activate(): void {
    this.#flags |= ACTIVE;
    if (this.end !== undefined || !this.isEmpty()) this.notify();
    if (this.end === undefined && this.raw.isPaused()) this.raw.resume();
  }

  /** While the owner is in an async callback, reading pauses as soon as something has come. */
  setBusy(busy: boolean): void {
    this.#flags = busy ? this.#flags | BUSY : this.#flags & ~BUSY;
    // Not before all that has come is handled: a slow callback is not to have ever more read ahead of it.
    if (!busy && this.raw.isPaused() && this.isEmpty() && this.end === undefined) this.raw.resume();
  }

  /** The owner looks at what has come; it is told again of what comes after. */
  look(): void {
    this.#flags &= ~NOTIFIED;
  }

  /** What had gone over the socket before it was switched to another transport. */
  get before(): Passed | undefined {
    return this.#waits?.before;
  }

  /** When a `recv` outside of all callbacks has heard the client last. */
  get heardAt(): number {
    return this.#waits?.heardAt ?? 0;
  }

  /** Whether chunks wait for `handleData`. */
  get hasChunks(): boolean {
    return this.#waits?.recv === undefined && !this.isEmpty();
  }

  /** Tells the owner once more, after other messages, if something has come or the socket is over. */
  lookAgain(): void {
    if (this.hasChunks || this.end !== undefined) this.notify();
  }

  /** The next chunk for `handleData`, or the next frame. */
  nextChunk(): Buffer | undefined {
    if (this.#waits?.recv !== undefined) return undefined;
    const inbox = this.#inbox;
    if (inbox !== undefined) return inbox instanceof FrameInbox ? this.nextFrame(inbox) : inbox.shift();
    const chunk = this.#chunk;
    this.#chunk = undefined;
    return chunk;
  }

  /** Puts bytes back in front of all others: they were taken too early. */
  putBack(bytes: Buffer): void {
    if (bytes.length === 0) return;
    const rest = this.takeBytes(0);
    this.push(bytes);
    if (rest !== undefined) this.push(rest);
  }

  /** Cuts what has come and was not taken, and what comes, in another way from now on; undefined cuts it not at all. */
  setFraming(framing: Framing | undefined): void {
    // A recv that has a way of its own is not disturbed.
    const recv = this.#waits?.recv;
    if (recv?.framing !== undefined) recv.framing.after = framing;
    else this.cut(framing);
    if (recv !== undefined) this.feed(recv);
    this.notify();
  }

  /** With `framing`, what comes is cut in that way until this `recv` is over. */
  recv(
    count: number,
    timeoutMs: number,
    observer?: RecvObserver | undefined,
    framing?: OwnFraming,
  ): Promise<Buffer> {
    if (this.#waits?.recv !== undefined)
      return refused(new SocketBusyError('a recv is waiting on this socket already'), observer);
    if (framing !== undefined) this.cut(framing.during);
    const data = this.take(count);
    const over = data === undefined ? this.whyOver() : undefined;
    if (framing !== undefined && (data ?? over) !== undefined) this.cut(framing.after);
    if (data !== undefined) {
      observer?.received(data);
      return Promise.resolve(data);
    }
    if (over !== undefined) return refused(over, observer);
    return new Promise((resolve, reject) => {
      const onTimeout = (): number => {
        this.takeRecv();
        this.goOn();
        return this.length();
      };
      const self = this.self as Self;
      const recv = new PendingRecv(self, count, framing, timeoutMs, onTimeout, resolve, reject, observer);
      this.ownWaits().recv = recv;
      this.raw.resume();
    });
  }

  /** Why nothing can be waited for any more; undefined if it can. */
  private whyOver(): Error | undefined {
    if (this.end !== undefined) return this.endError();
    if ((this.#flags & DEAF) !== 0) return new SocketClosedError('the socket does not listen any more');
    return this.self?.alive === true ? undefined : new SocketClosedError('the socket has no process');
  }

  /** Stops listening: what comes is thrown away, and only the end is noticed. */
  deafen(): void {
    this.#flags |= DEAF;
    this.takeBytes(0);
    this.takeRecv()?.reject(new SocketClosedError('the socket does not listen any more'));
  }

  onData(chunk: Buffer): void {
    const waits = this.#waits;
    if (waits?.onGoodbye !== undefined || (this.#flags & DEAF) !== 0) return;
    this.receivedCount++;
    this.push(chunk);
    if (waits?.recv !== undefined) this.feed(waits.recv);
    else {
      if ((this.#flags & (ACTIVE | BUSY)) !== ACTIVE || this.length() >= READ_HIGH_WATER) this.raw.pause();
      this.notify();
    }
  }

  /** Whether the end is our own doing. */
  get isClosedByUs(): boolean {
    return (this.#flags & OURS) !== 0;
  }

  /** We close it: what Node tells of it is no doing of the client's. */
  closing(): void {
    if (this.end === undefined && !this.raw.destroyed) this.#flags |= OURS;
  }

  /** The client has said goodbye. While the raw socket is lent, that is for those who have it. */
  onEnd(): void {
    if ((this.#flags & LENT) === 0) this.over({ kind: 'closed' });
  }

  onClose(): void {
    this.over({ kind: 'closed' });
    this.#waits?.onClosed?.();
  }

  /** The socket is over. An error counts more than a mere end, and the first one stands. */
  over(end: SocketEnd): void {
    this.#waits?.onGoodbye?.();
    if (this.end !== undefined && (this.end.kind === 'error' || end.kind === 'closed')) return;
    this.end = end;
    this.takeRecv()?.reject(this.endError());
    this.notify();
  }

  /** What to tell those who want something of a socket that is over. */
  endError(): Error {
    return this.end?.kind === 'error' ? this.end.error : new SocketClosedError('the socket is closed');
  }

  private feed(recv: PendingRecv): void {
    const data = this.take(recv.count);
    if (data === undefined) return;
    // Nobody may want more for now: the next recv, or the end of the callback, reads on.
    if ((this.#flags & (ACTIVE | BUSY)) !== ACTIVE) this.raw.pause();
    this.takeRecv();
    if ((this.#flags & BUSY) === 0) this.ownWaits().heardAt = this.self?.now ?? 0;
    recv.resolve(data);
    this.goOn();
  }

  private takeRecv(): PendingRecv | undefined {
    const waits = this.#waits;
    const recv = waits?.recv;
    if (waits !== undefined) waits.recv = undefined;
    if (recv?.framing !== undefined) this.cut(recv.framing.after);
    return recv;
  }

  /** Exactly `count` bytes, whatever the framing; if it is 0, a frame, or what there is. */
  private take(count: number): Buffer | undefined {
    const inbox = this.#inbox;
    return count === 0 && inbox instanceof FrameInbox ? this.nextFrame(inbox) : this.takeBytes(count);
  }

  private nextFrame(inbox: FrameInbox): Buffer | undefined {
    try {
      return inbox.shift();
    } catch (error) {
      // Behind a frame that cannot be, nobody knows where the next one begins.
      this.#inbox = undefined;
      this.raw.pause();
      this.over({ kind: 'error', error: error as Error });
      return undefined;
    }
  }

  private cut(framing: Framing | undefined): void {
    const inbox = this.#inbox;
    if (framing === undefined && !(inbox instanceof FrameInbox)) return;
    if (framing !== undefined && inbox instanceof FrameInbox) {
      inbox.setFraming(framing);
      return;
    }
    const rest = this.takeBytes(0);
    this.#inbox = framing === undefined ? undefined : new FrameInbox(framing);
    if (rest !== undefined) this.push(rest);
  }

  /** A recv is over; if no callback was waiting for it, none will look at what is left. */
  private goOn(): void {
    if ((this.#flags & BUSY) === 0) this.lookAgain();
  }

  private notify(): void {
    if ((this.#flags & (ACTIVE | NOTIFIED)) !== ACTIVE) return;
    this.#flags |= NOTIFIED;
    this.self?.sendSelfAfterIo(this);
  }

  /** Waits for the client to say goodbye; nothing that comes before counts any more. */
  awaitGoodbye(onGoodbye: () => void): void {
    this.ownWaits().onGoodbye = onGoodbye;
  }

  /** Tells when the socket has closed. */
  awaitClose(onClosed: () => void): void {
    this.ownWaits().onClosed = onClosed;
  }

  private ownWaits(): Waits {
    this.#waits ??= {};
    return this.#waits;
  }

  /** Without what lies below: over TLS that leads to the keys of the server, and this is the last message of many a crash. */
  [inspect.custom](): string {
    const end = this.end === undefined ? '' : `, ${this.end.kind}`;
    return `SocketReader<${this.receivedCount} received, ${this.length()} bytes wait${end}>`;
  }

  toJSON(): string {
    return inspect(this);
  }

  private isEmpty(): boolean {
    return this.#inbox === undefined ? this.#chunk === undefined : this.#inbox.isEmpty;
  }

  private length(): number {
    return this.#inbox === undefined ? (this.#chunk?.length ?? 0) : this.#inbox.length;
  }

  private push(chunk: Buffer): void {
    if (this.#inbox === undefined && this.#chunk === undefined) this.#chunk = chunk;
    else this.ownInbox().push(chunk);
  }

  /** Takes exactly `count` bytes, or all there are if it is 0; undefined if there are not enough. */
  private takeBytes(count: number): Buffer | undefined {
    if (this.#inbox === undefined && this.#chunk === undefined) return undefined;
    return this.ownInbox().take(count);
  }

  private ownInbox(): Inbox | FrameInbox {
    if (this.#inbox !== undefined) return this.#inbox;
    const inbox = new Inbox();
    if (this.#chunk !== undefined) inbox.push(this.#chunk);
    this.#chunk = undefined;
    this.#inbox = inbox;
    return inbox;
  }
}

function refused(error: Error, observer: RecvObserver | undefined): Promise<Buffer> {
  observer?.recvFailed(error);
  return rejected(error);
}
