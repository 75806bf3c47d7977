import type { Duplex } from 'node:stream';
import type { PeerCertificate } from 'node:tls';

/** One end of a connection, or where a server listens. */
export interface SocketAddress {
  /** The IP address; of a Unix socket the path, empty for a client, which seldom has one. */
  readonly address: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  /** `IPv4`, `IPv6` or `Unix`. */
  readonly family: string;
}

/** Who a Unix socket's file belongs to; what is absent stays as it is. */
export interface SocketOwner {
  readonly uid?: number;
  readonly gid?: number;
}

/** A Unix socket to listen on. */
export interface UnixPlace {
  /** The file's path; one that begins with a NUL is a name without a file, which Linux calls abstract. */
  readonly path: string;
  readonly mode: number | undefined;
  readonly owner: SocketOwner | undefined;
}

/** What went over a socket. OTP: `inet:getstat/1`. */
export interface SocketStatistics {
  readonly sentBytes: number;
  readonly sentCount: number;
  readonly receivedBytes: number;
  readonly receivedCount: number;
}

/** Who is told of what a socket reads, chunk by chunk. It may not throw, and the chunk is its own. */
export interface ChunkReceiver {
  onData(chunk: Buffer): void;
}

/**
 * What a connection talks over: a `net.Socket`, a `tls.TLSSocket`, or a stream that behaves like one. What is optional, a
 * stream may do without: it then has no address, or no such option to set.
 */
export interface RawSocket extends Duplex {
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** How many bytes had been taken when it was closed, if something still waited then. */
  takenAtEnd?: number | undefined;
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly remoteFamily?: string | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
  readonly localFamily?: string | undefined;
  /** As `net.Socket` has it: whether small writes go out at once. */
  setNoDelay?(noDelay?: boolean): unknown;
  /** As `net.Socket` has it: whether the kernel asks a silent client if it is still there. */
  setKeepAlive?(enable?: boolean, initialDelay?: number): unknown;
  /** As `net.Socket` has it: ends the connection at once, and tells the client so. */
  resetAndDestroy?(): unknown;
  /**
   * A stream that has this property tells whoever is put there of what it reads, also of what it has read already, and needs no
   * listener for `'data'` to do so, though those that there are hear of it too. `pause` and `resume` are obeyed as ever. With
   * undefined, or without the property, it is a stream like all others.
   */
  receiver?: ChunkReceiver | undefined;
}

/** How a transport is to listen. */
export interface ListenOptions {
  /** The address to bind; all of them if undefined. */
  readonly host: string | undefined;
  /** 0 for any free port. */
  readonly port: number;
  readonly backlog: number;
  readonly noDelay: boolean;
  /** Whether a server on `::` leaves IPv4 alone. */
  readonly ipv6Only: boolean;
  /** Whether other sockets may listen on the same port, and the kernel deals the connections out. */
  readonly reusePort: boolean;
  /** The Unix socket to listen on, in place of a port. */
  readonly unix: UnixPlace | undefined;
  /** The descriptor of a socket that somebody else has bound, in place of a port. */
  readonly fd: number | undefined;
}

/** Who is told what befalls a place where a transport listens. */
export interface ListenWatcher {
  /** Accepting a connection failed; the next one may go well. */
  onError(error: Error): void;
  /** It is closed, and `close` was not called. */
  onLost(): void;
}

/** A place where a transport listens. Owned by who listens. */
export interface ListenHandle {
  readonly address: SocketAddress;
  /** Tells this one, and nobody else, of what befalls it. A transport that has nothing to tell may leave it out. */
  watch?(watcher: ListenWatcher): void;
  /** Stops listening at once: the port is free. Sockets that were accepted stay open. */
  close(): void;
}

/**
 * A kind of connection, seen from the server: how it is listened for, and what has to happen before it can be talked over.
 * Elixir: the behaviour `ThousandIsland.Transport`. What all kinds have in common (`recv`, `send`, `shutdown`, …) is
 * `Socket`'s, which asks the transport for the rest.
 */
export interface Transport {
  readonly name: string;
  /** Whether nobody on the way can read what is said; false unless said. */
  readonly isSecure?: boolean;
  /**
   * Resolves when clients can connect; rejects with `ListenFailedError`. `onSocket` is called with each socket that comes,
   * before anybody has been told of what it brings; from then on the socket is the caller's.
   */
  listen(options: ListenOptions, onSocket: (raw: RawSocket) => void): Promise<ListenHandle>;
  /**
   * What a connection has to do before it can be talked over; without it, nothing. Called in the connection's process.
   * Resolves with what to talk over from then on, which ends when `raw` does and is paused; rejects with `HandshakeError`. It
   * has no time limit of its own: when the connection's is up, `raw` is destroyed, and nobody waits for the promise any more.
   */
  handshake?(raw: RawSocket): Promise<RawSocket>;
  /** As `handshake`, for a connection that was talked over already; without it, none can be switched to this transport. */
  upgrade?(raw: RawSocket): Promise<RawSocket>;
  /** The certificate that the client has shown; undefined if it has shown none. */
  peercert?(raw: RawSocket): PeerCertificate | undefined;
  /** The protocol that was agreed upon in the handshake; undefined if none was. TLS: ALPN. */
  negotiatedProtocol?(raw: RawSocket): string | undefined;
  /** What else there is to know of how the connection is secured; safe to turn into JSON. */
  connectionInformation?(raw: RawSocket): Readonly<Record<string, unknown>>;
}
