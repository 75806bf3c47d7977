import type { PeerCertificate } from 'node:tls';
import { BadArgumentError, type Resource, type Self } from '@thousand-island/runtime';
import type { AcceptorSpan } from './acceptor-span.ts';
import { ConnectionSpan } from './connection-span.ts';
import { HandshakeError, SendOverflowError, UnsupportedUpgradeError } from './errors.ts';
import type { IslandEvents } from './events.ts';
import { Outbox, SEND_HIGH_WATER } from './outbox.ts';
import type { Place } from './place.ts';
import { handled, rejected, SENT, type SendData, writeTo } from './sending.ts';
import { SocketReader } from './socket-reader.ts';
import type { RawSocket, SocketAddress, SocketStatistics, Transport } from './transport.ts';

/** What a socket has to know of its server: a part of the configuration. */
export interface SocketConfig {
  readonly readTimeout: number;
  readonly sendTimeout: number;
  readonly maxSendBuffer: number;
  readonly events: IslandEvents;
  readonly handler: object;
}

/**
 * One connection's socket, as handlers use it. Elixir: `ThousandIsland.Socket`.
 *
 * Its error listener is attached when it is made and stays until Node has closed it, so that no error of a connection is
 * ever uncaught. It belongs to one process; when that ends, it is closed.
 */
export class Socket implements Resource {
  /** @internal What has come, for the process of the connection. */
  readonly reader: SocketReader;
  /** @internal What its connection takes up with its acceptor. */
  place: Place | undefined = undefined;
  /** @internal Who has accepted it. */
  acceptor: AcceptorSpan | undefined = undefined;
  readonly #config: SocketConfig;
  #raw: RawSocket;
  #transport: Transport;
  #outbox: Outbox | undefined = undefined;
  #batching = false;
  #sentInBatch = false;
  #sentCount = 0;
  #span: ConnectionSpan | undefined = undefined;

  /** @internal */
  constructor(raw: RawSocket, transport: Transport, config: SocketConfig) {
    this.#raw = raw;
    this.#transport = transport;
    this.#config = config;
    this.reader = new SocketReader(raw);
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

  /** What the connection is talked over. */
  get transport(): Transport {
    return this.#transport;
  }

  /** Whether nobody on the way can read what is said: with TLS. */
  get isSecure(): boolean {
    return this.#transport.isSecure === true;
  }

  /** The certificate that the client has shown; undefined if it has shown none, or has no way to. */
  peercert(): PeerCertificate | undefined {
    return this.#transport.peercert?.(this.#raw);
  }

  /** The protocol that was agreed upon in the handshake (TLS: ALPN); undefined if none was. */
  negotiatedProtocol(): string | undefined {
    return this.#transport.negotiatedProtocol?.(this.#raw);
  }

  /** How the connection is secured, for logs and trees; empty if it is not. */
  connectionInformation(): Readonly<Record<string, unknown>> {
    return this.#transport.connectionInformation?.(this.#raw) ?? {};
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
      receivedCount: this.reader.receivedCount,
    };
  }

  /**
   * Sends. Resolves when the kernel has taken the data or little enough of it waits; so awaiting it, or returning it from a
   * callback, makes a handler as slow as its client. Rejects with `SocketClosedError`, `SocketError`, `SendTimeoutError`
   * or `SendOverflowError`. A rejection that nobody looks at is no unhandled rejection.
   */
  send(data: SendData): Promise<void> {
    const raw = this.#raw;
    const { events, maxSendBuffer } = this.#config;
    if (raw.destroyed || raw.writableEnded) return this.#observeSend(data, rejected(this.reader.endError()));
    if (raw.writableLength > maxSendBuffer) return this.#observeSend(data, this.#overflow());
    if (this.#batching) {
      // The first send of a callback goes out at once, the others together at its end.
      if (this.#sentInBatch) raw.cork();
      this.#sentInBatch = true;
    }
    this.#sentCount++;
    writeTo(raw, data);
    if (raw.writableLength > SEND_HIGH_WATER) {
      this.#uncork();
      const { self } = this.reader;
      if (raw.writableLength > SEND_HIGH_WATER && self !== undefined)
        return this.#observeSend(data, handled(this.#waitingRoom(self).drained()));
    }
    // Once per message: the only thing that is asked when nobody looks on.
    if (events.topics['connection:send'].isWanted) this.span?.sent(data);
    return SENT;
  }

  /** Tells what comes of a send, if somebody wants to know. */
  #observeSend(data: SendData, sent: Promise<void>): Promise<void> {
    const { topics } = this.#config.events;
    if (topics['connection:send'].isWanted || topics['connection:sendError'].isWanted) {
      const { span } = this;
      sent.then(
        () => span?.sent(data),
        (error: Error) => span?.sendFailed(data, error),
      );
    }
    return sent;
  }

  /**
   * Reads in a straight line: resolves to exactly `count` bytes, or to what there is when `count` is 0, waiting for the
   * first. While it waits, `handleData` is not called. Rejects with `RecvTimeoutError` after `timeout` ms (the server's
   * `readTimeout` unless said), with `SocketClosedError` or `SocketError`.
   */
  recv(count = 0, options: { readonly timeout?: number | 'infinity' } = {}): Promise<Buffer> {
    if (!Number.isInteger(count) || count < 0)
      throw BadArgumentError.of('count', 'a whole number of bytes >= 0', count);
    const timeout = options.timeout ?? this.#config.readTimeout;
    const { topics } = this.#config.events;
    const isObserved = topics['connection:recv'].isWanted || topics['connection:recvError'].isWanted;
    return this.reader.recv(
      count,
      timeout === 'infinity' ? Number.POSITIVE_INFINITY : timeout,
      isObserved ? this.span : undefined,
    );
  }

  /**
   * Closes one direction: `'write'` says goodbye to the client and still reads; `'read'` stops listening to it: what it sends
   * is thrown away, and only its end is noticed.
   */
  shutdown(way: 'read' | 'write' | 'readWrite'): void {
    if (this.#config.events.topics['connection:socketShutdown'].isWanted) this.span?.shutDown(way);
    if (way !== 'read') this.#raw.end();
    if (way === 'readWrite') this.close();
    if (way === 'read') this.reader.deafen();
  }

  /** Closes the socket at once. What was sent and not yet taken by the kernel is lost; `close()` of a result waits for it. */
  close(): void {
    this.#raw.destroy();
  }

  /**
   * Takes the connection out of the count that `maxConnections` bounds: for one that lives long and costs little. It goes on,
   * is drained as all others are, and `waitForConnections` still counts it. Twice is once. ranch: `remove_connection/1`.
   */
  removeConnection(): void {
    this.place?.uncount();
  }

  /** @internal Where it is told of. */
  get events(): IslandEvents {
    return this.#config.events;
  }

  /** @internal Who tells of the connection; asked for by those who know that somebody looks on. None before `attach`. */
  get span(): ConnectionSpan | undefined {
    const { self } = this.reader;
    if (this.#span === undefined && self !== undefined) {
      const { events, handler } = this.#config;
      this.#span = new ConnectionSpan(events, self, handler, this.acceptor?.span, this.peername());
    }
    return this.#span;
  }

  /** @internal Ties the socket to the process that serves it, and is told of what comes. */
  attach(self: Self): void {
    this.reader.attach(self);
  }

  /**
   * @internal Does what the transport's connections have to do before they can be talked over; undefined if that is nothing.
   * Rejects with `HandshakeError`. Without a time limit: who waits no longer closes the socket.
   */
  handshake(): Promise<void> | undefined {
    const transport = this.#transport;
    return transport.handshake === undefined ? undefined : this.#exchange(transport, transport.handshake);
  }

  /**
   * @internal Goes on over another transport. What has come and was not taken, and `unread`, which was taken too early, is
   * the first that the new transport sees. Rejects with `HandshakeError` or `UnsupportedUpgradeError`.
   */
  async upgrade(transport: Transport, unread: Buffer | undefined): Promise<void> {
    const { upgrade } = transport;
    if (upgrade === undefined || this.isSecure) {
      const from = this.#transport.name;
      throw new UnsupportedUpgradeError(`a connection cannot be switched from ${from} to ${transport.name}`);
    }
    if (unread !== undefined && unread.length > 0) this.reader.inbox.unshift(unread);
    this.#uncork();
    const { self } = this.reader;
    // In the clear to the last byte: what is still to go out must not be mixed with what the handshake sends.
    if (this.#raw.writableLength > 0 && self !== undefined) await this.#waitingRoom(self).drained();
    await this.#exchange(transport, upgrade);
  }

  async #exchange(transport: Transport, begin: (raw: RawSocket) => Promise<RawSocket>): Promise<void> {
    const before = this.#raw;
    const { reader } = this;
    if (reader.end !== undefined || before.destroyed) {
      const message = 'the client was gone before the handshake';
      throw new HandshakeError('closed', message, { cause: reader.endError() });
    }
    reader.letGo();
    const after = await begin.call(transport, before);
    this.#raw = after;
    this.#transport = transport;
    this.#outbox = undefined;
    reader.goOnWith(after);
    if (before.destroyed) after.destroy();
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
    const { self, end } = this.reader;
    if (raw.destroyed || self === undefined || !self.alive) return undefined;
    const lingers = lingerMs > 0 && end === undefined;
    if (raw.writableLength === 0) return lingers ? this.#linger(self, lingerMs) : undefined;
    const flushed = this.#waitingRoom(self)
      .drained()
      .catch(() => {});
    return lingers ? flushed.then(() => this.#linger(self, lingerMs)) : flushed;
  }

  #linger(self: Self, lingerMs: number): Promise<void> | undefined {
    const { reader } = this;
    if (reader.end !== undefined || this.#raw.destroyed) return undefined;
    return new Promise((resolve) => {
      reader.onGoodbye = resolve;
      self.callAfter(lingerMs, resolve);
      this.#raw.end();
      this.#raw.resume();
    });
  }

  /** Where senders wait for the kernel. Most sockets never have one. */
  #waitingRoom(self: Self): Outbox {
    if (this.#outbox !== undefined) return this.#outbox;
    const outbox = new Outbox(this.#raw, self, this.#config.sendTimeout, (error) => this.#destroy(error));
    this.reader.onClosed = () => outbox.fail(() => this.reader.endError());
    this.#outbox = outbox;
    return outbox;
  }

  #uncork(): void {
    while (this.#raw.writableCorked > 0) this.#raw.uncork();
  }

  #overflow(): Promise<void> {
    const { maxSendBuffer } = this.#config;
    const error = new SendOverflowError(`more than ${maxSendBuffer} bytes wait for the client to take them`);
    this.#destroy(error);
    return rejected(error);
  }

  #destroy(error: Error): void {
    this.reader.over({ kind: 'error', error });
    this.#raw.destroy();
  }
}
