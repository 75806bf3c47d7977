import type { PeerCertificate } from 'node:tls';
import { BadArgumentError, type Resource, type Self } from '@thousand-island/runtime';
import type { AcceptorSpan } from './acceptor-span.ts';
import type { ConnectionSpan } from './connection-span.ts';
import { SendOverflowError, SocketClosedError } from './errors.ts';
import { Outbox, SEND_HIGH_WATER } from './outbox.ts';
import type { RecvOptions } from './pending-recv.ts';
import type { PlaceGiver } from './place.ts';
import type { ProxyHeader } from './proxy/proxy-header.ts';
import {
  type FilePart,
  filePart,
  type SendfileOptions,
  type SendfileSource,
  writeFilePart,
} from './sendfile.ts';
import { byteLength, handled, rejected, SENT, type SendData, uncork, writeTo } from './sending.ts';
import { localAddressOf, remoteAddressOf } from './socket-addresses.ts';
import { type Exchange, exchange, type OnFailed, upgradeBetween } from './socket-exchange.ts';
import { ADMITTED, BATCHING, COUNTED, MUTE, SENT_IN_BATCH } from './socket-flags.ts';
import { sayGoodbye } from './socket-goodbye.ts';
import {
  isRecvWanted,
  isSendfileWanted,
  isSendWanted,
  observeFile,
  observeSend,
} from './socket-observers.ts';
import {
  applySettings,
  changedSettings,
  optionsOf,
  type SocketOptions,
  type SocketSettings,
  setKeepAlive,
} from './socket-options.ts';
import { SocketReader } from './socket-reader.ts';
import { recvRequest } from './socket-recv.ts';
import { refusalOf } from './socket-refusal.ts';
import { statisticsOf } from './socket-statistics.ts';
import { type Told, toldWithSpan } from './socket-told.ts';
import type { RawSocket, SocketAddress, SocketStatistics, Transport } from './transport.ts';

/**
 * One connection's socket, as handlers use it. Elixir: `ThousandIsland.Socket`.
 *
 * Its error listener is attached when it is made and stays until Node has closed it, so that no error of a connection is
 * ever uncaught. It belongs to one process; when that ends, it is closed.
 */
export class Socket implements Resource {
  /** @internal What has come, for the process of the connection. */
  readonly reader: SocketReader;
  /** @internal Who has accepted it. */
  acceptor: AcceptorSpan | undefined = undefined;
  #settings: SocketSettings;
  /** Who has let it in. */
  #giver: PlaceGiver | undefined = undefined;
  #outbox: Outbox | undefined = undefined;
  #told: Told | undefined = undefined;
  #flags = 0;
  #sentCount = 0;

  /** Left to the server. */
  constructor(raw: RawSocket, settings: SocketSettings) {
    this.#settings = settings;
    this.reader = new SocketReader(raw);
    if (settings.transport.handshake !== undefined) this.#flags = MUTE;
    if (settings.keepAlive !== false) setKeepAlive(raw, settings.keepAlive);
  }

  /**
   * The client's address: what a PROXY header says, or else the other end's, which is undefined if first asked for when the
   * socket is closed. Asking costs a system call, once.
   */
  peername(): SocketAddress | undefined {
    return remoteAddressOf(this.reader.raw, this.proxyHeader);
  }

  /** The address that the client has connected to: as `peername`, the proxy's word goes first. Undefined once it is closed. */
  sockname(): SocketAddress | undefined {
    return localAddressOf(this.reader.raw, this.proxyHeader);
  }

  /** What a trusted proxy has said of the client; undefined if the connection came without a header. */
  get proxyHeader(): ProxyHeader | undefined {
    return this.#told?.proxyHeader;
  }

  /** @internal The header that the connection began with. */
  set proxyHeader(header: ProxyHeader) {
    this.#told = { ...this.#told, proxyHeader: header };
  }

  /** What the connection is talked over. */
  get transport(): Transport {
    return this.#settings.transport;
  }

  /** Whether nobody on the way can read what is said: with TLS, from the end of the handshake on. */
  get isSecure(): boolean {
    return (this.#flags & MUTE) === 0 && this.transport.isSecure === true;
  }

  /** The certificate that the client has shown; undefined if it has shown none, or has no way to. */
  peercert(): PeerCertificate | undefined {
    return this.transport.peercert?.(this.reader.raw);
  }

  /** The protocol that was agreed upon in the handshake (TLS: ALPN); undefined if none was. */
  negotiatedProtocol(): string | undefined {
    return this.transport.negotiatedProtocol?.(this.reader.raw);
  }

  /** How the connection is secured, for logs and trees; empty if it is not. */
  connectionInformation(): Readonly<Record<string, unknown>> {
    return this.transport.connectionInformation?.(this.reader.raw) ?? {};
  }

  /** Whether the socket is closed for good. */
  get isClosed(): boolean {
    return this.reader.raw.destroyed;
  }

  /** What went over the socket so far. `sentBytes` counts what the kernel has taken; over TLS, of whole writes. */
  getstat(): SocketStatistics {
    return statisticsOf(this.reader, this.#sentCount);
  }

  /** The options of this socket, as they are. OTP: `inet:getopts/2`. */
  getopts(): SocketOptions {
    return optionsOf(this.#settings);
  }

  /**
   * Changes options of this socket; what is not said stays. What has come and was not taken is cut in the new way. Throws
   * `BadOptionError` if an option is unknown, impossible, or not to be had in Node; then none is changed. OTP: `inet:setopts/2`.
   */
  setopts(options: SocketOptions): void {
    const before = this.#settings;
    const after = changedSettings(before, options);
    this.#settings = after;
    applySettings(this.reader.raw, before, after);
    if (this.#outbox !== undefined) this.#outbox.timeoutMs = after.sendTimeout;
    if (after.framing !== before.framing) this.reader.setFraming(after.framing);
  }

  /**
   * Sends; with `packet` 1, 2 or 4 as one frame. Resolves when the kernel has taken the data or little enough of it waits; so
   * awaiting it, or returning it from a callback, makes a handler as slow as its client. Rejects with `SocketClosedError`,
   * `SocketError`, `SendTimeoutError` or `SendOverflowError`. A rejection that nobody looks at is no unhandled rejection.
   */
  send(data: SendData): Promise<void> {
    const raw = this.reader.raw;
    const { events, maxSendBuffer, framing } = this.#settings;
    if (this.#outbox?.turn !== undefined) return this.observeSend(data, this.sendInTurn(this.#outbox, data));
    const refusal = this.refusal();
    if (refusal !== undefined) return this.observeSend(data, rejected(refusal));
    const waiting = raw.writableLength;
    if ((this.#flags & BATCHING) !== 0) {
      // The first send of a callback goes out at once, the others together at its end.
      if ((this.#flags & SENT_IN_BATCH) !== 0) raw.cork();
      this.#flags |= SENT_IN_BATCH;
    }
    writeTo(raw, data, framing);
    this.#sentCount++;
    const { writableLength } = raw;
    // What is sent when nothing waits may be of any size: it is in memory already, and could never be sent otherwise.
    if (waiting > 0 && writableLength > maxSendBuffer) return this.observeSend(data, this.overflow());
    if (writableLength > SEND_HIGH_WATER) {
      uncork(this.reader.raw);
      const { self } = this.reader;
      if (raw.writableLength > SEND_HIGH_WATER && self !== undefined)
        return this.observeSend(data, handled(this.waitingRoom(self).drained()));
    }
    // Once per message: the only thing that is asked when nobody looks on.
    if (events.topics['connection:send'].isWanted) this.span?.sent(data);
    return SENT;
  }

  /** Tells what comes of a send, if somebody wants to know. */
  private observeSend(data: SendData, sent: Promise<void>): Promise<void> {
    return isSendWanted(this.#settings.events) ? observeSend(this.span, data, sent) : sent;
  }

  /** A file is being sent: this stands behind it, and counts as what waits. */
  private sendInTurn(outbox: Outbox, data: SendData): Promise<void> {
    const bytes = byteLength(data);
    const waiting = outbox.waitingForTurn;
    if (waiting > 0 && waiting + bytes > this.#settings.maxSendBuffer) return this.overflow();
    const send = async (): Promise<void> => {
      const { raw, self } = this.reader;
      const refusal = this.refusal();
      if (refusal !== undefined) throw refusal;
      writeTo(raw, data, this.#settings.framing);
      this.#sentCount++;
      if (raw.writableLength > SEND_HIGH_WATER && self !== undefined) await this.waitingRoom(self).drained();
    };
    return handled(outbox.inTurn(bytes, send));
  }

  /**
   * Sends a file, or a part of it, as it is (without the header of `packet`), behind what was sent before and in front of what is
   * sent after. Resolves to how many bytes that was: fewer than `length` if the file ends before, none if `offset` is behind it.
   *
   * It is read only as fast as the client takes. A path is opened and closed again, whatever happens; a `FileHandle` stays the
   * caller's. Rejects with `SendfileError` if it cannot be opened or read (the socket stays as it is), and as `send` does.
   */
  sendfile(file: SendfileSource, options: SendfileOptions = {}): Promise<number> {
    const part = filePart(file, options);
    const sent = handled(this.writeFile(part));
    return isSendfileWanted(this.#settings.events) ? observeFile(this.span, part.range, sent) : sent;
  }

  private writeFile(part: FilePart): Promise<number> {
    const { self } = this.reader;
    if (self === undefined || !self.alive)
      return rejected(this.refusal() ?? new SocketClosedError('the socket has no process'));
    const begin = (): Promise<number> => {
      const refusal = this.refusal();
      return refusal === undefined ? writeFilePart(this.reader.raw, part, self, flushed) : rejected(refusal);
    };
    const flushed = (): Promise<void> => {
      const refusal = this.refusal();
      if (refusal !== undefined) return rejected(refusal);
      this.#sentCount++;
      return this.waitingRoom(self).drained();
    };
    return this.waitingRoom(self).inTurn(0, begin);
  }

  /**
   * Reads in a straight line: resolves to exactly `count` bytes, or, when `count` is 0, to what there is, waiting for the first;
   * with `packet` to the next frame, which the socket's `packet` says, or `options` for this one. While it waits, `handleData`
   * is not called. Rejects with `RecvTimeoutError` after `timeout` ms, with `FrameTooLargeError`, `SocketClosedError` or
   * `SocketError`.
   */
  recv(count?: number, options?: RecvOptions): Promise<Buffer>;
  recv(options: RecvOptions): Promise<Buffer>;
  recv(countOrOptions: number | RecvOptions = 0, more: RecvOptions = {}): Promise<Buffer> {
    const { count, timeoutMs, own } = recvRequest(countOrOptions, more, this.#settings);
    const observer = isRecvWanted(this.#settings.events) ? this.span : undefined;
    return this.reader.recv(count, timeoutMs, observer, own);
  }

  /**
   * Closes one direction, when all that was sent before has gone out. `'write'` says goodbye to the client and still reads.
   * `'read'` stops listening to it: what it sends is read and thrown away, so that it can go on, and only its end is noticed; a
   * `recv` that waits is rejected. `'readWrite'` closes at once.
   */
  shutdown(way: 'read' | 'write' | 'readWrite'): void {
    if (way !== 'read' && way !== 'write' && way !== 'readWrite')
      throw BadArgumentError.of('way', "'read', 'write' or 'readWrite'", way);
    if (this.#settings.events.topics['connection:socketShutdown'].isWanted) this.span?.shutDown(way);
    const turn = this.#outbox?.turn;
    if (way === 'readWrite') this.close();
    else if (way === 'read') this.reader.deafen();
    else if (turn === undefined) this.reader.raw.end();
    else void this.#outbox?.inTurn(0, async () => void this.reader.raw.end());
  }

  /** Closes the socket at once. What was sent and not yet taken by the kernel is lost; `close()` of a result waits for it. */
  close(): void {
    const { raw, end } = this.reader;
    this.reader.closing();
    // RFC 8446 section 6.1: without a goodbye of its own, TLS looks cut off. It goes out with this call, or never.
    if (this.isSecure && end?.kind !== 'error' && !raw.destroyed) raw.end();
    raw.destroy();
  }

  /**
   * Takes the connection out of the count that `maxConnections` bounds: for one that lives long and costs little. It goes on,
   * is drained as all others are, and `waitForConnections` still counts it. Twice is once. ranch: `remove_connection/1`.
   */
  removeConnection(): void {
    if ((this.#flags & COUNTED) === 0) return;
    this.#flags &= ~COUNTED;
    this.#giver?.uncounted();
  }

  /** @internal It was let in: it takes up a place from now on. */
  enter(giver: PlaceGiver): void {
    this.#giver = giver;
    this.#flags |= ADMITTED | COUNTED;
  }

  /** @internal Whether it takes up a place. */
  get isAdmitted(): boolean {
    return (this.#flags & ADMITTED) !== 0;
  }

  /** @internal Gives its place back, once, however its connection has ended; `why` is for the statistics, if there was one. */
  leave(why?: string): void {
    if (!this.isAdmitted) return;
    const counted = (this.#flags & COUNTED) !== 0;
    this.#flags &= ~(ADMITTED | COUNTED);
    this.#giver?.left(counted, why);
  }

  /** @internal How its server has said that connections begin. */
  get settings(): SocketSettings {
    return this.#settings;
  }

  /** @internal Who tells of the connection; asked for by those who know that somebody looks on. None before it has a process. */
  get span(): ConnectionSpan | undefined {
    if (this.#told?.span === undefined) this.#told = toldWithSpan(this, this.#told);
    return this.#told?.span;
  }

  /**
   * @internal Does what the transport's connections have to do before they can be talked over. Throws, or fails with,
   * `HandshakeError`. Without a time limit: who waits no longer closes the socket. No promise: there may be very many.
   */
  handshake(onDone: () => void, onFailed: OnFailed): void {
    const { transport } = this.#settings;
    if (transport.handshake === undefined) onDone();
    else this.goOver(transport, transport.handshake, onDone, onFailed);
  }

  /**
   * @internal Goes on over another transport. What has come and was not taken, and `unread`, taken too early, is the first that
   * it sees; what is sent from here on waits for it. Rejects with `HandshakeError` or `UnsupportedUpgradeError`.
   */
  async upgrade(transport: Transport, unread: Buffer | undefined): Promise<void> {
    const upgrade = upgradeBetween(this.transport, transport);
    if (unread !== undefined) this.reader.putBack(unread);
    const { raw, self } = this.reader;
    const go = async (): Promise<void> => {
      uncork(raw);
      // In the clear to the last byte: it must not be mixed with what the handshake sends.
      while (raw.writableLength > 0 && self !== undefined) await this.waitingRoom(self).drained();
      await new Promise<void>((done, failed) => this.goOver(transport, upgrade, done, failed));
    };
    await (self === undefined ? go() : this.waitingRoom(self).inTurn(0, go));
  }

  private goOver(transport: Transport, begin: Exchange, onDone: () => void, onFailed: OnFailed): void {
    const onTaken = (): void => {
      if (transport !== this.transport) this.#settings = { ...this.#settings, transport };
      this.#outbox?.goOnWith(this.reader.raw);
      this.#flags &= ~MUTE;
      onDone();
    };
    this.#flags |= MUTE;
    exchange(this.reader, transport, begin, onTaken, onFailed);
  }

  /** @internal What is sent from here on may wait for `endBatch`. */
  beginBatch(): void {
    this.#flags = (this.#flags | BATCHING) & ~SENT_IN_BATCH;
  }

  /** @internal Sends what has waited. */
  endBatch(): void {
    this.#flags &= ~BATCHING;
    if (this.reader.raw.writableCorked > 0) uncork(this.reader.raw);
  }

  /**
   * @internal Closes when all that was sent has been taken, or could not be in `sendTimeout`, and goodbye has been said on both
   * sides, or on ours for `lingerMs`; see `sayGoodbye`. Rejects if what was sent is lost.
   */
  finish(lingerMs: number, isClose: boolean): Promise<void> | undefined {
    const { raw, self } = this.reader;
    uncork(raw);
    if (raw.destroyed || self === undefined || !self.alive) return undefined;
    const turn = this.#outbox?.turn;
    const goOn = () =>
      raw.destroyed ? rejected<void>(this.reader.endError()) : this.finish(lingerMs, isClose);
    if (turn !== undefined) return turn.then(goOn);
    return sayGoodbye(this.reader, self, lingerMs, isClose, () => this.waitingRoom(self).drained());
  }

  /** Where senders wait for the kernel. Most sockets never have one. */
  private waitingRoom(self: Self): Outbox {
    if (this.#outbox !== undefined) return this.#outbox;
    const outbox = new Outbox(this.reader.raw, self, this.#settings.sendTimeout, (error) =>
      this.breakOff(error),
    );
    this.reader.awaitClose(() => outbox.fail(() => this.reader.endError()));
    this.#outbox = outbox;
    return outbox;
  }

  private refusal(): Error | undefined {
    return refusalOf(this.reader, (this.#flags & MUTE) !== 0);
  }

  private overflow(): Promise<void> {
    const bytes = this.#settings.maxSendBuffer;
    const error = new SendOverflowError(`more than ${bytes} bytes wait for the client to take them`);
    this.breakOff(error);
    return rejected(error);
  }

  private breakOff(error: Error): void {
    this.reader.over({ kind: 'error', error });
    this.reader.raw.destroy();
  }
}
