import {
  type DynamicChildSpec,
  Pid,
  type Resource,
  type Self,
  type StartResult,
} from '@thousand-island/runtime';
import { errorOfEnd } from './connection-span.ts';
import { HandshakeError } from './errors.ts';
import type { AnyHandler } from './handler.ts';
import type { LiveConfig } from './live-config.ts';
import type { Socket } from './socket.ts';

/** A handler that starts processes of its own. */
type CustomHandler = Required<Pick<AnyHandler, 'startConnection'>>;

/** Whether the connections of this handler are processes of its own. */
export function isCustom(handler: AnyHandler): handler is AnyHandler & CustomHandler {
  return handler.startConnection !== undefined;
}

/** How ConnectionSupervisors start processes that are not ours. They are told to end by an exit signal, as all are in OTP. */
export function customConnectionSpec(live: LiveConfig, handler: CustomHandler): DynamicChildSpec<Socket> {
  const { shutdownTimeout: timeout } = live.current;
  return {
    restart: 'temporary',
    shutdown: timeout === 0 ? 'brutalKill' : timeout === Number.POSITIVE_INFINITY ? 'infinity' : timeout,
    start: (supervisor, socket) => handler.startConnection(socket, supervisor, live.current.handlerOptions),
  };
}

/** The acceptor's part when such a process has started: socket and place are its, however it ends. */
export function handOver(self: Self, socket: Socket, result: Extract<StartResult, { kind: 'ok' }>): void {
  const { pid, extra } = result;
  if (socket.place !== undefined) self.giveAway(socket.place, pid);
  self.giveAway(socket, extra instanceof Pid ? extra : pid);
}

/** The span of a connection whose process is not ours: it ends when that does, however that comes. */
class TakenSpan implements Resource {
  readonly #socket: Socket;
  readonly #self: Self;
  readonly #startedAt: number;

  constructor(socket: Socket, self: Self) {
    const { topics } = socket.events;
    this.#socket = socket;
    this.#self = self;
    this.#startedAt = self.now;
    self.own(this);
    if (topics['connection:start'].isWanted || topics['connection:stop'].isWanted)
      socket.span?.start(this.#startedAt);
  }

  ready(): void {
    if (this.#socket.events.topics['connection:ready'].isWanted) this.#socket.span?.ready();
  }

  close(): void {
    if (!this.#socket.events.topics['connection:stop'].isWanted) return;
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
 * Makes a connection ready in a process of one's own, which then can `recv` and `send`: does the transport's handshake, if it
 * has one. Not in `init`: until that is over, the acceptor accepts nobody else. Rejects with `HandshakeError`, and the
 * socket is closed, also when it takes longer than `timeout` ms (5,000 unless said). ranch: `handshake/1`.
 */
export async function takeSocket(
  socket: Socket,
  self: Self,
  options: { readonly timeout?: number | 'infinity' } = {},
): Promise<void> {
  const { timeout = 5_000 } = options;
  socket.attach(self);
  const span = new TakenSpan(socket, self);
  const handshake = socket.handshake();
  if (handshake === undefined) return span.ready();
  let isLate = false;
  const timer =
    timeout === 'infinity'
      ? undefined
      : self.callAfter(timeout, () => {
          isLate = true;
          socket.close();
        });
  try {
    await handshake;
    span.ready();
  } catch (error) {
    socket.close();
    throw isLate ? new HandshakeError('timeout', `the handshake took longer than ${timeout} ms`) : error;
  } finally {
    if (timer !== undefined) self.cancelTimer(timer);
  }
}
