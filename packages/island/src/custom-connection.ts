import {
  type DynamicChildSpec,
  Pid,
  type Resource,
  type Self,
  type StartResult,
} from '@thousand-island/runtime';
import { errorOfEnd } from './connection-span.ts';
import { ConnectionStarter, type CustomHandler } from './connection-starter.ts';
import { HandshakeError } from './errors.ts';
import type { AnyHandler } from './handler.ts';
import { checkKnown } from './known-options.ts';
import { timeout as timeoutOf } from './option-checks.ts';
import type { ServerMemory } from './server-memory.ts';
import type { Socket } from './socket.ts';
import { expectsProxyHeader, readProxyHeader } from './socket-proxy.ts';

/** Whether the connections of this handler are processes of its own. */
export function isCustom(handler: AnyHandler): handler is AnyHandler & CustomHandler {
  return handler.startConnection !== undefined;
}

/**
 * How the ConnectionSupervisor of one acceptor starts processes that are not ours. They are told to end by an exit signal, as all
 * are in OTP.
 */
export function customConnectionSpec(
  { config, starters }: ServerMemory,
  handler: CustomHandler,
  acceptor: string,
): DynamicChildSpec<Socket> {
  const { shutdownTimeout: timeout } = config.current;
  const starter = new ConnectionStarter(config, handler);
  starters.set(acceptor, starter);
  return {
    restart: 'temporary',
    shutdown: timeout === 0 ? 'brutalKill' : timeout === Number.POSITIVE_INFINITY ? 'infinity' : timeout,
    start: (supervisor, socket) => starter.start(supervisor, socket),
  };
}

/** What the connection takes up with its acceptor, as long as the process that was started for it lives. */
class Place implements Resource {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  close(): void {
    this.#socket.leave('other');
  }
}

/** The acceptor's part when such a process has started: socket and place are its, however it ends. */
export function handOver(self: Self, socket: Socket, result: Extract<StartResult, { kind: 'ok' }>): void {
  const { pid, extra } = result;
  self.giveAway(new Place(socket), pid);
  self.giveAway(socket, extra instanceof Pid ? extra : pid);
}

/** The span of a connection whose process is not ours: it ends when that does, however that comes. */
class TakenSpan implements Resource {
  readonly #socket: Socket;
  readonly #self: Self;
  readonly #startedAt: number;

  constructor(socket: Socket, self: Self) {
    const { topics } = socket.settings.events;
    this.#socket = socket;
    this.#self = self;
    this.#startedAt = self.now;
    self.own(this);
    if (topics['connection:start'].isWanted || topics['connection:stop'].isWanted)
      socket.span?.start(this.#startedAt);
  }

  ready(): void {
    if (this.#socket.settings.events.topics['connection:ready'].isWanted) this.#socket.span?.ready();
  }

  close(): void {
    if (!this.#socket.settings.events.topics['connection:stop'].isWanted) return;
    const time = this.#self.now;
    this.#socket.span?.stop({
      time,
      durationMs: time - this.#startedAt,
      statistics: this.#socket.getstat(),
      ...errorOfEnd(this.#self.exitReason),
    });
  }
}

/**
 * Makes a connection ready in a process of one's own, which then can `recv` and `send`: reads its PROXY header and does the
 * transport's handshake, if there are any. Not in `init`: until that is over, the acceptor accepts nobody else. Rejects with
 * `ProxyProtocolError` or `HandshakeError`, and the socket is closed, also when one of them takes longer than `timeout` ms
 * (the server's `handshakeTimeout` unless said); with `BadOptionError` for another option, and nothing is done then. ranch:
 * `recv_proxy_header/2`, `handshake/1`.
 */
export async function takeSocket(
  socket: Socket,
  self: Self,
  options: { readonly timeout?: number | 'infinity' } = {},
): Promise<void> {
  checkKnown('takeSocket', options, ['timeout']);
  const { proxyProtocol, framing, handshakeTimeout } = socket.settings;
  const timeoutMs = options.timeout === undefined ? handshakeTimeout : timeoutOf('timeout', options.timeout);
  socket.reader.self = self;
  socket.reader.hear();
  let span: TakenSpan | undefined;
  try {
    try {
      if (proxyProtocol !== undefined && expectsProxyHeader(socket, proxyProtocol))
        await readProxyHeader(socket, self, proxyProtocol, proxyProtocol.timeout ?? timeoutMs);
    } finally {
      // Not before it is known whom the connection is from.
      span = new TakenSpan(socket, self);
    }
    await handshake(socket, self, timeoutMs);
    span.ready();
  } catch (error) {
    socket.close();
    throw error;
  }
  if (framing !== undefined) socket.reader.setFraming(framing);
}

async function handshake(socket: Socket, self: Self, timeoutMs: number): Promise<void> {
  if (socket.transport.handshake === undefined) return;
  let isLate = false;
  const onTimeout = (): void => {
    isLate = true;
    socket.close();
  };
  const timer = timeoutMs === Number.POSITIVE_INFINITY ? undefined : self.callAfter(timeoutMs, onTimeout);
  try {
    await new Promise<void>((resolve, reject) => socket.handshake(resolve, reject));
  } catch (error) {
    throw isLate ? new HandshakeError('timeout', `the handshake took longer than ${timeoutMs} ms`) : error;
  } finally {
    if (timer !== undefined) self.cancelTimer(timer);
  }
}
