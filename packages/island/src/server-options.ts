import type { Name } from '@thousand-island/runtime';
import type { AlarmOptions } from './alarm-options.ts';
import type { IslandEvents } from './events.ts';
import type { Packet } from './framing/framing.ts';
import type { Handler } from './handler.ts';
import type { PostListen } from './listen-options.ts';
import type { ProxyProtocolMode, ProxyProtocolOptions } from './proxy-options.ts';
import type { SocketOwner, Transport } from './transport.ts';

/** A time in ms, or none. */
export type Timeout = number | 'infinity';

/**
 * That `handlerOptions` is there for a handler that cannot do without. Nothing is asked of `ServerOptions<never>`, which stands for
 * those of any handler.
 */
export type HandlerOptionsOf<Options> = [undefined] extends [Options]
  ? { readonly handlerOptions?: Options }
  : [Options] extends [never]
    ? { readonly handlerOptions?: Options }
    : { readonly handlerOptions: Options };

/** What a server is started with. Only `handler` is required, and what its `init` needs. Times are in ms. */
export interface ServerOptions<Options = unknown> {
  /** What is done with each connection. */
  readonly handler: Handler<Options, unknown, unknown, unknown>;
  /** Given to the handler's `init`; without one, it is each connection's state as it is. */
  readonly handlerOptions?: Options;
  /** The port to listen on; 4000 unless said, 0 for any that is free. */
  readonly port?: number;
  /** The address to bind; all addresses of the machine unless said. */
  readonly host?: string;
  /** Whether a server on `::` leaves IPv4 alone; false unless said. */
  readonly ipv6Only?: boolean;
  /** The Unix socket to listen on in place of a port: the path of its file. One that a dead server has left is taken over. */
  readonly path?: string;
  /** Who may connect to `path`, such as `0o660`; what the process' umask leaves unless said. Set before anybody can. */
  readonly socketMode?: number;
  /** Whom the file at `path` belongs to; set before anybody can connect. */
  readonly socketOwner?: SocketOwner;
  /** The descriptor of a bound socket to listen on, in place of a port; see `systemd`. It can be listened on only once. */
  readonly fd?: number;
  /**
   * How many sockets listen on the port, for the kernel to deal connections out; 1 unless said, at most `acceptors`. More than
   * one needs Node.js 22.12 or 23.1, and Linux 3.9 or another system that has SO_REUSEPORT.
   */
  readonly listenSockets?: number;
  /**
   * Called each time the server has begun to listen, before it accepts. What it throws or rejects with makes the start fail
   * with `ListenFailedError`.
   */
  readonly postListen?: PostListen;
  /** How the server listens; TCP unless said. */
  readonly transport?: Transport;
  /** How many acceptors there are, each with its own connections; 10 unless said. */
  readonly acceptors?: number;
  /** How many connections each acceptor can have at a time; 16,384 unless said. */
  readonly maxConnections?: Timeout;
  /** How many connections the server can have at a time, all its acceptors together; no limit unless said. */
  readonly maxTotalConnections?: Timeout;
  /**
   * What an acceptor at its limit does: `'retry'` takes the next client, tries again for a while, and closes it then;
   * `'park'` takes none until one of its connections has ended or the limit was raised. `'retry'` unless said.
   */
  readonly whenFull?: 'retry' | 'park';
  /** What is to happen when an acceptor has many connections, by name. */
  readonly alarms?: Readonly<Record<string, AlarmOptions>>;
  /** How often an acceptor at its limit tries again with a connection before it closes it; 5 unless said. */
  readonly maxConnectionsRetryCount?: number;
  /** How long it waits before it tries again; 1,000 unless said. */
  readonly maxConnectionsRetryWait?: number;
  /** How many accepted sockets can wait for an acceptor; more are closed at once. 1,024 unless said. */
  readonly maxAcceptQueue?: number;
  /**
   * How many of the process' descriptors are kept back from new connections, which wait, or are refused, when only these are
   * left; 64 unless said, at most a quarter of `ulimit -n`; 0 for no such care. Needs `/proc`.
   */
  readonly descriptorReserve?: number;
  /** How long to wait before descriptors are counted again when only the reserve is left; 100 unless said. */
  readonly acceptBackoff?: number;
  /** How long a client may be silent before `handleTimeout`; 60,000 unless said. */
  readonly readTimeout?: Timeout;
  /** How long a connection may take until it can be talked over: its PROXY header, its TLS handshake. 5,000 unless said. */
  readonly handshakeTimeout?: Timeout;
  /** How long a client may take nothing of what is sent before the socket is closed; 30,000 unless said. */
  readonly sendTimeout?: Timeout;
  /**
   * How many bytes can wait for one client before the socket is closed; 16 MiB unless said. What is sent when nothing waits may
   * be more.
   */
  readonly maxSendBuffer?: number;
  /** How long connections have to end when the server stops; 15,000 unless said; `'brutalKill'` gives them none. */
  readonly shutdownTimeout?: Timeout | 'brutalKill';
  /** How long the server still accepts after it was told to end or to drain, so that others stop sending clients; 0 unless said. */
  readonly drainDelay?: number;
  /** Over how long its connections are told to end, in batches; 0 unless said: all at once. */
  readonly drainWindow?: number;
  /** How many connections can wait in the kernel; 1,024 unless said. */
  readonly backlog?: number;
  /** Whether small writes go out at once; true unless said. */
  readonly noDelay?: boolean;
  /**
   * Whether `error(reason)` of a callback ends the connection's process with `{ shutdown: reason }`, which nobody reports as a
   * crash; false unless said. What is thrown is a crash all the same.
   */
  readonly silentTerminateOnError?: boolean;
  /**
   * Whether the kernel asks a silent client if it is still there, so that one that has vanished is noticed; a number is how
   * long it is silent before, in ms. False unless said.
   */
  readonly keepAlive?: boolean | number;
  /**
   * How what comes is cut into frames, each of which is given to `handleData` whole: `'raw'`, not at all, unless said; `'line'`,
   * or a length in front of 1, 2 or 4 bytes, which is also put in front of what is sent.
   */
  readonly packet?: Packet;
  /** How many bytes a frame may have; 1 MiB unless said. A longer one ends the connection with `FrameTooLargeError`. */
  readonly packetSize?: Timeout;
  /** The byte that ends a line; 10 unless said. */
  readonly lineDelimiter?: number;
  /**
   * Whether connections begin with a header of the PROXY protocol, in which a proxy says whom they are from; `'off'` unless
   * said.
   */
  readonly proxyProtocol?: ProxyProtocolMode | ProxyProtocolOptions;
  /**
   * Whether an error that a connection's code throws where nobody catches it (a timer, an event, a forgotten promise) ends
   * that connection only, and not Node; true unless said. See `Runtime.contain`, which it turns on.
   */
  readonly containment?: boolean;
  /** The name that the server's process is registered under. */
  readonly name?: Name;
  /** What the server is called in trees; `server` unless said. */
  readonly label?: string;
  /** Where its events go: a bus of `islandEvents()`, for those who look on from the very start. Its own unless said. */
  readonly events?: IslandEvents;
}
