import type { Socket as RawSocket } from 'node:net';

/** One end of a connection, or where a server listens. */
export interface SocketAddress {
  readonly address: string;
  readonly port: number;
  /** `IPv4` or `IPv6`. */
  readonly family: string;
}

/** What went over a socket. OTP: `inet:getstat/1`. */
export interface SocketStatistics {
  readonly sentBytes: number;
  readonly sentCount: number;
  readonly receivedBytes: number;
  readonly receivedCount: number;
}

/** How a transport is to listen. */
export interface ListenOptions {
  /** The address to bind; all of them if undefined. */
  readonly host: string | undefined;
  /** 0 for any free port. */
  readonly port: number;
  readonly backlog: number;
  readonly noDelay: boolean;
}

/** A place where a transport listens. Owned by who listens. */
export interface ListenHandle {
  readonly address: SocketAddress;
  /** Stops listening at once: the port is free. Sockets that were accepted stay open. */
  close(): void;
}

/** A kind of connection, seen from the server. Elixir: the behaviour `ThousandIsland.Transport`. */
export interface Transport {
  readonly name: string;
  /**
   * Resolves when clients can connect; rejects with `ListenFailedError`. `onSocket` is called with each socket that comes,
   * paused, before anything was read from it; from then on the socket is the caller's.
   */
  listen(options: ListenOptions, onSocket: (raw: RawSocket) => void): Promise<ListenHandle>;
}
